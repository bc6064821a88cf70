import { robots } from 'cms-kit';
import { base } from '#lib/base.ts';
import { cms } from '#lib/server/cms.ts';
import { editors } from '#lib/server/editors.ts';

export const GET = robots(cms, {
  sitemap: `${base}/sitemap.xml`,
  disallow: [editors.home, editors.login]
});
