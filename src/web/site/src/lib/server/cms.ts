import { createCms } from 'cms-kit';
import { base } from '#lib/base.ts';

export const cms = createCms({ url: process.env.API_URL ?? 'http://127.0.0.1:8000', base });
