import type { RequestEvent } from '@sveltejs/kit';
import { isHttpError } from '@sveltejs/kit';
import { expect, test } from 'vitest';
import { createCms, entriesOf, sitemap } from '../src/lib/index.js';
import { api, json, thrown } from './api.js';

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

test('the sitemap goes through all pages of the one list', async () => {
  const { url, requests } = await api((request, response) => {
    const page = new URL(request.url!, 'http://api').searchParams.get('page');
    const items = [{ ...item('posts', `p${page}&`), updated_at: '2026-01-01T00:00:00Z' }];
    json(response, { items, total_pages: 2 });
  });
  const cms = createCms({ url, paths: PATHS });
  const event = { url: new URL('https://www.example.com/sitemap.xml'), fetch, locals: {} };
  const text = await (await sitemap(cms)(event as unknown as RequestEvent)).text();
  expect([...text.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, place]) => place)).toEqual([
    'https://www.example.com/blog',
    'https://www.example.com/news/p1&amp;',
    'https://www.example.com/news/p2&amp;'
  ]);
  expect(requests.map((request) => request.url)).toEqual([
    '/api/v1/sitemap?page=1&per_page=1000',
    '/api/v1/sitemap?page=2&per_page=1000'
  ]);
  expect(await entriesOf(cms, 'posts')()).toEqual([{ slug: 'p1&' }, { slug: 'p2&' }]);
  expect(requests.at(-1)!.url).toBe('/api/v1/sitemap?page=2&per_page=1000&type=posts');
});
