import { resolve } from '$app/paths';
import { robots } from 'cms-kit';
import { cms, editors } from '#lib/server/cms.ts';

export const GET = robots(cms, {
  sitemap: resolve('/sitemap.xml'),
  disallow: [editors.home, editors.login]
});
