import { resolve } from '$app/paths';
import { robots } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
import { editors } from '#lib/server/editors.ts';

export const GET = robots(cms, {
  sitemap: resolve('/sitemap.xml'),
  disallow: [editors.home, editors.login]
});
