import { error, type RequestEvent } from '@sveltejs/kit';
import type { Cms } from './cms.js';
import { publishedAt } from './dates.js';
import { xml, xmlResponse } from './xml.js';

const SITEMAPS = 'http://www.sitemaps.org/schemas/sitemap/0.9';

type Endpoint = (event: RequestEvent) => Promise<Response>;

export interface SitemapOptions {
  /** How many documents one file holds at most: sitemaps.org allows 50,000 addresses and 50 MB. */
  documents?: number;
}

/**
 * `GET` of `sitemap.xml`: the list of posts, and all that is published. What is too much for one file
 * is in several, `sitemap.xml?part=1` and so on, and this is their index.
 */
export function sitemap(cms: Cms, { documents = 10_000 }: SitemapOptions = {}): Endpoint {
  const perPage = Math.min(documents, 1000);
  const perFile = Math.floor(documents / perPage);
  return async (event) => {
    const absolute = (path: string) => new URL(path, cms.origin ?? event.url).href;
    const read = cms(event);
    const first = await read.sitemapPage(1, perPage);
    const files = Math.max(1, Math.ceil(first.total_pages / perFile));
    // Not of `event.url`, whose query is out of reach while a site is prerendered.
    const asked = new URL(event.request.url).searchParams.get('part');
    if (asked === null && files > 1) {
      const parts = Array.from({ length: files }, (_, i) => {
        const place = absolute(`${event.url.pathname}?part=${i + 1}`);
        return xml`<sitemap><loc>${place}</loc></sitemap>`;
      });
      return xmlResponse(
        xml`<sitemapindex xmlns="${SITEMAPS}">\n${parts}\n</sitemapindex>\n`,
        'application/xml'
      );
    }
    const part = Number(asked ?? 1);
    if (!(Number.isInteger(part) && part >= 1 && part <= files)) error(404, 'Not found');
    const urls = part === 1 ? [xml`<url><loc>${absolute(cms.paths.posts())}</loc></url>`] : [];
    const last = Math.min(part * perFile, first.total_pages);
    for (let page = (part - 1) * perFile + 1; page <= last; page++) {
      const { items } = page === 1 ? first : await read.sitemapPage(page, perPage);
      for (const { path, updated_at } of items)
        urls.push(xml`<url><loc>${absolute(path)}</loc><lastmod>${updated_at}</lastmod></url>`);
    }
    return xmlResponse(xml`<urlset xmlns="${SITEMAPS}">\n${urls}\n</urlset>\n`, 'application/xml');
  };
}

export interface FeedOptions {
  format?: 'atom' | 'rss';
  /** How many of the newest posts. */
  posts?: number;
}

/** `GET` of `feed.xml`: the newest posts, with their excerpts. */
export function feed(cms: Cms, { format = 'atom', posts = 20 }: FeedOptions = {}): Endpoint {
  return async (event) => {
    const read = cms(event);
    const absolute = (path: string) => new URL(path, cms.origin ?? event.url).href;
    const [{ site_name, tagline }, { items }] = await Promise.all([
      read.settings(),
      read.posts({ perPage: posts })
    ]);
    const self = absolute(event.url.pathname);
    const blog = absolute(cms.paths.posts());
    const updated =
      items
        .map((post) => post.updated_at)
        .sort()
        .at(-1) ?? new Date(0).toISOString();
    if (format === 'rss') {
      const entries = items.map((post) => {
        const link = absolute(cms.paths.post(post.slug));
        const author = post.author && xml`<dc:creator>${post.author}</dc:creator>`;
        const tags = post.tags.map((tag) => xml`<category>${tag}</category>`);
        return xml`<item>
<title>${post.title}</title><link>${link}</link><guid>${link}</guid>
<pubDate>${new Date(publishedAt(post)).toUTCString()}</pubDate>${author}${tags}
<description>${post.excerpt}</description>
</item>`;
      });
      return xmlResponse(
        xml`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>${site_name}</title><link>${blog}</link><description>${tagline ?? site_name}</description>
<atom:link href="${self}" rel="self" type="application/rss+xml"/>
<lastBuildDate>${new Date(updated).toUTCString()}</lastBuildDate>
${entries}
</channel></rss>\n`,
        'application/rss+xml'
      );
    }
    const entries = items.map((post) => {
      const link = absolute(cms.paths.post(post.slug));
      const author = post.author && xml`<author><name>${post.author}</name></author>`;
      const tags = post.tags.map((tag) => xml`<category term="${tag}"/>`);
      return xml`<entry>
<title>${post.title}</title><link href="${link}"/><id>urn:uuid:${post.id}</id>
<published>${publishedAt(post)}</published><updated>${post.updated_at}</updated>${author}${tags}
<summary>${post.excerpt}</summary>
</entry>`;
    });
    return xmlResponse(
      xml`<feed xmlns="http://www.w3.org/2005/Atom">
<title>${site_name}</title><subtitle>${tagline}</subtitle><id>${blog}</id><updated>${updated}</updated>
<author><name>${site_name}</name></author>
<link href="${blog}"/><link href="${self}" rel="self" type="application/atom+xml"/>
${entries}
</feed>\n`,
      'application/atom+xml'
    );
  };
}

/** `GET` of `robots.txt`: all may be read but what is named. */
export function robots(cms: Cms, { sitemap = '/sitemap.xml', disallow = [] as string[] } = {}) {
  return (event: RequestEvent): Response => {
    const lines = ['User-agent: *', ...disallow.map((path) => `Disallow: ${path}`), 'Allow: /'];
    const address = new URL(sitemap, cms.origin ?? event.url).href;
    return new Response(`${lines.join('\n')}\n\nSitemap: ${address}\n`);
  };
}

/** `entries` of a prerendered route with `[slug]`: what is published when the site is built. */
export function entriesOf(cms: Cms, type: 'pages' | 'posts') {
  return async (): Promise<{ slug: string }[]> => {
    const found: { slug: string }[] = [];
    for await (const { slug } of cms().sitemap(type)) found.push({ slug });
    return found;
  };
}
