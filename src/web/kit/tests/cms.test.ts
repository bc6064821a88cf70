import { isHttpError, isRedirect } from '@sveltejs/kit';
import { expect, test, vi } from 'vitest';
import { type Cms, createCms, optional } from '../src/lib/index.js';
import { api, json, thrown } from './api.js';

const POST = { slug: 'a', title: 'A' };

function event(headers: Record<string, string> = {}) {
  const depends = vi.fn<(...keys: `${string}:${string}`[]) => void>();
  const request = new Request('https://www.example.com/', { headers });
  return { fetch, request, locals: {}, depends };
}

test('a page is read, and depends on what invalidate() can name', async () => {
  const { url } = await api((_, response) => json(response, POST));
  const visit = event();
  expect(await createCms({ url })(visit).post('a')).toEqual(POST);
  expect(visit.depends).toHaveBeenCalledWith('cms:posts');
});

test('an API that hangs is a 503 when the time is up', async () => {
  const { url } = await api(() => undefined);
  const failure = await thrown(createCms({ url, timeout: 50 })().post('a'));
  expect(isHttpError(failure, 503)).toBe(true);
});

test('an API that stops in the middle of an answer is a 503 when the time is up', async () => {
  const { url } = await api((_, response) => response.writeHead(200).write('{"slug": '));
  const failure = await thrown(createCms({ url, timeout: 50 })().post('a'));
  expect(isHttpError(failure, 503)).toBe(true);
});

test('a dropped connection is tried a second time, and no third', async () => {
  let drops = 1;
  const { url, requests } = await api((request, response) =>
    drops-- > 0 ? request.socket.destroy() : json(response, POST)
  );
  const cms = createCms({ url });
  expect(await cms().post('a')).toEqual(POST);
  expect(requests).toHaveLength(2);
  drops = 2;
  expect(isHttpError(await thrown(cms().post('b')), 503)).toBe(true);
  expect(requests).toHaveLength(4);
});

test('public reads ask without credentials, and pass the request id on', async () => {
  const { url, requests } = await api((_, response) => json(response, POST));
  const visit = event({ 'x-request-id': 'abc-1', cookie: 'cms_access=secret' });
  const fetching = vi.fn(fetch);
  await createCms({ url })({ ...visit, fetch: fetching }).post('a');
  expect(fetching.mock.calls[0]![1]!.credentials).toBe('omit');
  expect(requests[0]!.headers.cookie).toBeUndefined();
  expect(requests[0]!.headers['x-request-id']).toBe('abc-1');
  await createCms({ url })(event({ 'x-request-id': 'not an id' })).post('a');
  expect(requests[1]!.headers['x-request-id']).toBeUndefined();
});

test.each([
  ['a slug that moved', (cms: Cms): Promise<unknown> => cms().post('old'), '/blog/new'],
  ['a page that moved home', (cms: Cms): Promise<unknown> => cms().page('old'), '/']
])('%s is a redirect to where it is now', async (_, read, location) => {
  const { url } = await api((request, response) => {
    const to = request.url!.replace(/old$/, request.url!.includes('posts') ? 'new' : 'home');
    response.writeHead(301, { Location: to }).end();
  });
  const cms = createCms({ url });
  const failure = await thrown(read(cms));
  expect(isRedirect(failure) && [failure.status, failure.location]).toEqual([301, location]);
  expect(isRedirect(await thrown(optional(read(cms))))).toBe(true);
});

test('what a page can do without is left out where it is missing, and errors of the program are not', async () => {
  const { url } = await api((_, response) => json(response, {}, {}, 404));
  expect(await optional(createCms({ url })().post('a'))).toBeNull();
  expect(await optional(createCms({ url: 'http://127.0.0.1:1' })().post('a'), [])).toEqual([]);
  const broken = Promise.reject(new RangeError('a mistake'));
  expect(await thrown(optional(broken))).toBeInstanceOf(RangeError);
});

test.each(['0', '-1', '1.5', 'abc', '', '9999999999'])(
  'page %s of a list is not found',
  async (page) => {
    const { url, requests } = await api((_, response) => json(response, { items: [] }));
    expect(isHttpError(await thrown(createCms({ url })().posts({ page })), 404)).toBe(true);
    expect(requests).toHaveLength(0);
  }
);

test('a list is not found past its last page; its first may be empty', async () => {
  const { url } = await api((_, response) => json(response, { items: [], total_pages: 0 }));
  expect(await createCms({ url })().posts()).toMatchObject({ items: [] });
  expect(isHttpError(await thrown(createCms({ url })().posts({ page: 2 })), 404)).toBe(true);
});

test('slugs and tags are encoded, and none leads out of its folder', async () => {
  const { url, requests } = await api((_, response) => json(response, { items: [1] }));
  const cms = createCms({ url, memory: false });
  await cms().post('é/?#');
  await cms().posts({ tag: ['r&d', 'ü'], page: 2, perPage: 5 });
  expect(requests.map((request) => request.url)).toEqual([
    '/api/v1/posts/%C3%A9%2F%3F%23',
    '/api/v1/posts?page=2&per_page=5&sort=-published_at&tag=r%26d&tag=%C3%BC'
  ]);
  for (const slug of ['', '.', '..'])
    expect(isHttpError(await thrown(cms().page(slug)), 404)).toBe(true);
  expect(requests).toHaveLength(2);
});

test('a list of posts is asked for by when they were published, unless told otherwise', async () => {
  const list = { items: [POST], page: 1, per_page: 10, total: 1, total_pages: 1 };
  const { url, requests } = await api((_, response) => json(response, list));
  const cms = createCms({ url });
  await cms().posts();
  await cms().posts({ sort: 'title', author: 'Marta Lindqvist' });
  await cms().pages();
  expect(requests.map((request) => request.url)).toEqual([
    '/api/v1/posts?page=1&sort=-published_at',
    '/api/v1/posts?page=1&sort=title&author=Marta+Lindqvist',
    '/api/v1/pages?page=1'
  ]);
});
