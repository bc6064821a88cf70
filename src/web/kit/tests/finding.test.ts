import type { RequestEvent } from '@sveltejs/kit';
import { isHttpError } from '@sveltejs/kit';
import { expect, test } from 'vitest';
import {
  createCms,
  entriesOf,
  prerenderedSitemap,
  sitemap,
  type SitemapOptions
} from '../src/lib/index.js';
import { api, json, thrown } from './api.js';
import { xml } from '../src/lib/xml.js';

const PATHS = { page: (slug: string) => `/p/${slug}`, post: (slug: string) => `/news/${slug}` };
const item = (type: string, slug: string) => ({ type, slug, path: `/at-the-api/${slug}` });

test('what is found has the path that this site shows it at, and the API knows of other types', async () => {
  const items = [item('pages', 'a'), item('posts', 'b'), item('events', 'c')];
  const { url, requests } = await api((_, response) => json(response, { items, total: 3 }));
  const cms = createCms({ url, paths: PATHS, base: '/de' });
  const found = await cms().search({ q: ' r&d  "x" ', type: 'posts', page: '2', perPage: 5 });
  expect(found.items.map(({ path }) => path)).toEqual(['/p/a', '/news/b', '/de/at-the-api/c']);
  expect(found.total).toBe(3);
  expect(requests.map((request) => request.url)).toEqual([
    '/api/v1/search?page=2&per_page=5&q=r%26d++%22x%22&type=posts'
  ]);
});

test.each([null, undefined, '', '  ', '\u200b\u2800', '\u0000'])(
  'a search for %j finds nothing, and costs no request',
  async (q) => {
    const { url, requests } = await api((_, response) => json(response, {}));
    expect(await createCms({ url })().search({ q })).toMatchObject({ items: [], total: 0 });
    expect(requests).toHaveLength(0);
  }
);

test('whatever is typed is a search that the API takes', async () => {
  const { url, requests } = await api((_, response) => json(response, { items: [] }));
  const cms = createCms({ url });
  for (const q of [`a\u0000b\n\u009f${'🚲'.repeat(300)}`, 'cafe\u0301', '\ud800x'])
    await cms().search({ q });
  const asked = requests.map(({ url: path }) => new URL(path!, url).searchParams.get('q'));
  expect(asked).toEqual([`a b ${'🚲'.repeat(196)}`, 'café', '\ufffdx']);
});

test('searches take nothing out of the memory, and are not kept there', async () => {
  const { url, requests } = await api((_, response) =>
    json(response, { items: [] }, { ETag: '"1"' })
  );
  const cms = createCms({ url, memory: { entries: 1, maxAge: 60_000 } });
  for (const read of [cms().tags, cms().search, cms().search, cms().tags]) await read({ q: 'a' });
  expect(requests.map((request) => request.url)).toEqual([
    '/api/v1/tags',
    '/api/v1/search?page=1&q=a',
    '/api/v1/search?page=1&q=a'
  ]);
});

test('past the last page of what was found nothing is', async () => {
  const { url } = await api((_, response) => json(response, { items: [], total: 3 }));
  const failure = await thrown(createCms({ url })().search({ q: 'a', page: 9 }));
  expect(isHttpError(failure, 404)).toBe(true);
});

const places = (text: string) =>
  [...text.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, place]) => place!);

/** An API with `total` posts, p1 and so on; and its sitemap, as the site gives it. */
async function sitemapOf(total: number, options?: SitemapOptions) {
  const slugs = Array.from({ length: total }, (_, i) => `p${i + 1}&`);
  const { url, requests } = await api((request, response) => {
    const query = new URL(request.url!, 'http://api').searchParams;
    const [page, size] = [Number(query.get('page')), Number(query.get('per_page'))];
    const items = slugs
      .slice((page - 1) * size, page * size)
      .map((slug) => ({ ...item('posts', slug), updated_at: '2026-01-01T00:00:00Z' }));
    json(response, { items, total_pages: Math.ceil(total / size) }, { ETag: `"${page}"` });
  });
  const cms = createCms({ url, paths: PATHS });
  const get = async (address: string, id = ROUTE) => {
    const part = /sitemap(.*)\.xml$/.exec(address)![1];
    const event = { url: new URL(address), params: { part }, route: { id }, fetch, locals: {} };
    return (await sitemap(cms, options)(event as unknown as RequestEvent)).text();
  };
  return { cms, get, requests };
}

const ROUTE = '/sitemap[[part]].xml';
const SITEMAP = 'https://www.example.com/sitemap.xml';
const file = (part: string) => `https://www.example.com/sitemap-${part}.xml`;

test('the sitemap goes through all pages of the one list', async () => {
  const { cms, get, requests } = await sitemapOf(1001);
  const found = places(await get(SITEMAP));
  expect(found).toHaveLength(1002);
  expect(found.slice(0, 2)).toEqual([
    'https://www.example.com/blog',
    'https://www.example.com/news/p1&amp;'
  ]);
  expect(requests.map((request) => request.url)).toEqual([
    '/api/v1/sitemap?page=1&per_page=1000',
    '/api/v1/sitemap?page=2&per_page=1000'
  ]);
  expect((await entriesOf(cms, 'posts')()).at(-1)).toEqual({ slug: 'p1001&' });
  expect(requests.at(-1)!.url).toBe('/api/v1/sitemap?page=2&per_page=1000&type=posts');
});

test('a sitemap of more than a file may hold is an index of files that hold each address once', async () => {
  const { get } = await sitemapOf(7, { documents: 3 });
  const index = await get(SITEMAP);
  expect(index).toContain('<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">');
  expect(places(index)).toEqual(['1', '2', '3'].map(file));
  const files = await Promise.all(places(index).map((place) => get(place)));
  expect(files.every((file) => file.includes('<urlset '))).toBe(true);
  expect(files.map(places)).toEqual([
    ['https://www.example.com/blog', ...posts(1, 2, 3)],
    posts(4, 5, 6),
    posts(7)
  ]);
  for (const part of ['0', '4', '1.5', '01', 'x', ''])
    expect(isHttpError(await thrown(get(file(part))), 404), part).toBe(true);
});

test('a sitemap at a place that has no room for parts says so before there are any', async () => {
  const { get } = await sitemapOf(1);
  await expect(get(SITEMAP, '/sitemap.xml')).rejects.toThrow('sitemap[[part]].xml');
});

test('while a site is built, a sitemap is written with all its files, or not at all', async () => {
  const url = Object.defineProperty(new URL(SITEMAP), 'search', {
    // As SvelteKit has it.
    get: () => expect.fail('Cannot access url.search on a page with prerendering enabled')
  });
  const event = { url, params: {}, route: { id: ROUTE }, fetch, locals: {} };
  const options = { documents: 3 };
  for (const [documents, parts] of [
    [3, []],
    [4, ['1', '2']]
  ] as const) {
    const { cms } = await sitemapOf(documents);
    const { GET, entries, prerender } = prerenderedSitemap(cms, options);
    const index = await (await GET(event as unknown as RequestEvent)).text();
    expect(places(index).filter((place) => place.endsWith('.xml'))).toEqual(parts.map(file));
    const wanted = ['', ...parts.map((part) => `-${part}`)];
    expect([await entries(), prerender]).toEqual([wanted.map((part) => ({ part })), true]);
    const plain = sitemap(cms, options)(event as unknown as RequestEvent);
    if (parts.length > 0) await expect(plain).rejects.toThrow('prerenderedSitemap(cms)');
    else expect(await (await plain).text()).toBe(index);
  }
});

test('no file of a sitemap holds more than sitemaps.org allows, and all that is published is in one', async () => {
  const { get } = await sitemapOf(51_500);
  const index = places(await get(SITEMAP));
  expect(index.length).toBeLessThan(10);
  const files = await Promise.all(index.map((place) => get(place)));
  const found = files.map(places);
  expect(Math.max(...found.map((each) => each.length))).toBeLessThanOrEqual(50_000);
  expect(Math.max(...files.map((file) => Buffer.byteLength(file)))).toBeLessThan(50 * 2 ** 20);
  expect(new Set(found.flat()).size).toBe(51_501);
}, 30_000);

function posts(...numbers: number[]): string[] {
  return numbers.map((number) => `https://www.example.com/news/p${number}&amp;`);
}

test('no character that XML cannot hold makes a feed unreadable', () => {
  const text = xml`<title>${'a\uFFFF<\u0001\uD800b\uFFFD😀\n'}</title>`.text;
  expect(text).toBe('<title>a&lt;b\uFFFD😀\n</title>');
});
