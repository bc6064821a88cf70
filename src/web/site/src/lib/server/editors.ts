import { resolve } from '$app/paths';
import { createEditors } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';

export const editors = createEditors(cms, { login: resolve('/login'), home: resolve('/admin') });
