import type { RequestEvent } from '@sveltejs/kit';
import type { Cms } from './cms.js';
import { publishedAt } from './dates.js';
import { xml, xmlResponse } from './xml.js';

export type Endpoint = (event: RequestEvent) => Promise<Response>;

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
