import { sitemap } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';

export const GET = sitemap(cms);
