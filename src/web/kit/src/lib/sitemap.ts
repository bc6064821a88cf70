import { error, type RequestEvent } from '@sveltejs/kit';
import type { Cms } from './cms.js';
import type { Endpoint } from './endpoints.js';
import { xml, xmlResponse } from './xml.js';

const XMLNS = 'http://www.sitemaps.org/schemas/sitemap/0.9';

export interface SitemapOptions {
  /** How many documents one file holds at most: sitemaps.org allows 50,000 addresses and 50 MB. */
  documents?: number;
}

/**
 * `GET` of `sitemap[[part]].xml`: the list of posts, and all that is published. What is too much for one
 * file is in several, `sitemap-1.xml` and so on, and `sitemap.xml` is their index.
 */
export function sitemap(cms: Cms, options?: SitemapOptions): Endpoint {
  const { respond } = filesOf(cms, options);
  return (event) => respond(event, !isPrerendering(event));
}

/** All that such a route exports to have its files written while the site is built. */
export function prerenderedSitemap(cms: Cms, options?: SitemapOptions) {
  const { count, respond } = filesOf(cms, options);
  const GET: Endpoint = (event) => respond(event, true);
  const entries = async () => {
    const files = await count();
    const parts = Array.from({ length: files }, (_, i) => ({ part: `-${i + 1}` }));
    return [{ part: '' }, ...(files > 1 ? parts : [])];
  };
  return { GET, entries, prerender: true };
}

function filesOf(cms: Cms, { documents = 10_000 }: SitemapOptions = {}) {
  const perPage = Math.min(documents, 1000);
  const perFile = Math.floor(documents / perPage);

  async function start(event?: RequestEvent) {
    const first = await cms(event).sitemapPage(1, perPage);
    return { first, files: Math.max(1, Math.ceil(first.total_pages / perFile)) };
  }

  async function respond(event: RequestEvent, canHaveParts: boolean): Promise<Response> {
    if (!event.route.id?.includes('[[part]]'))
      throw new Error('sitemap() belongs into src/routes/sitemap[[part]].xml/+server.ts');
    const absolute = (path: string) => new URL(path, cms.origin ?? event.url).href;
    const { first, files } = await start(event);
    const asked = event.params.part ?? '';
    if (!asked && files > 1) {
      if (!canHaveParts)
        throw new Error(
          'The files that this sitemap is the index of would not be prerendered. Write in its place: ' +
            'export const { GET, entries, prerender } = prerenderedSitemap(cms);'
        );
      const places = Array.from({ length: files }, (_, i) =>
        absolute(event.url.pathname.replace(/(\.[^./]*)?$/, `-${i + 1}$1`))
      );
      const sitemaps = places.map((place) => xml`<sitemap><loc>${place}</loc></sitemap>`);
      return xmlResponse(
        xml`<sitemapindex xmlns="${XMLNS}">\n${sitemaps}\n</sitemapindex>\n`,
        'application/xml'
      );
    }
    const part = asked ? Number(/^-([1-9]\d*)$/.exec(asked)?.[1]) : 1;
    if (!(part <= files)) error(404, 'Not found');
    const urls = part === 1 ? [xml`<url><loc>${absolute(cms.paths.posts())}</loc></url>`] : [];
    const last = Math.min(part * perFile, first.total_pages);
    for (let page = (part - 1) * perFile + 1; page <= last; page++) {
      const { items } = page === 1 ? first : await cms(event).sitemapPage(page, perPage);
      for (const { path, updated_at } of items)
        urls.push(xml`<url><loc>${absolute(path)}</loc><lastmod>${updated_at}</lastmod></url>`);
    }
    return xmlResponse(xml`<urlset xmlns="${XMLNS}">\n${urls}\n</urlset>\n`, 'application/xml');
  }

  return { count: async () => (await start()).files, respond };
}

/** SvelteKit keeps a request's query out of reach then, and tells in no other way. */
function isPrerendering({ url }: RequestEvent): boolean {
  try {
    return url.search === undefined;
  } catch {
    return true;
  }
}
