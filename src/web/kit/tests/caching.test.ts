import type { RequestEvent } from '@sveltejs/kit';
import { expect, test } from 'vitest';
import { createCms, handleCms } from '../src/lib/index.js';
import { api, json, REVALIDATED, visit } from './api.js';

const OWN = { 'cache-control': 'max-age=60' };

/** A site whose pages read what `slug` says, and an API that has `there` and nothing else. */
async function site() {
  let isAway = false;
  const { url } = await api((request, response) => {
    if (isAway) return response.writeHead(503).end();
    if (request.url === '/api/v1/redirects')
      return json(response, { items: [{ from_path: '/sale', to: '/offers', status: 301 }] });
    const isThere = request.url === '/api/v1/pages/there';
    return json(response, {}, { ETag: '"1"' }, isThere ? 200 : 404);
  });
  const cms = createCms({ url, memory: { maxAge: 0 } });
  const handle = handleCms(cms);
  const read = (event: RequestEvent, slug: string) =>
    cms(event)
      .page(slug)
      .catch(() => undefined);
  const cached = async (event: RequestEvent, slug: string, page = new Response()) => {
    const resolve = async () => {
      if (slug) await read(event, slug);
      return page;
    };
    const { status, headers } = await handle({ event, resolve });
    return [status, headers.get('cache-control')];
  };
  return { cached, handle, leave: () => (isAway = true), read };
}

test.each([
  ['read the CMS', 'there', {}, 200, REVALIDATED],
  ['read nothing', '', {}, 200, null],
  ['says so itself', 'there', { headers: OWN }, 200, 'max-age=60'],
  ['is an error', 'there', { status: 418 }, 418, 'no-store'],
  ['is an error, whatever it says', 'there', { status: 404, headers: OWN }, 404, 'no-store'],
  ['sets a cookie', 'there', { headers: { 'set-cookie': 'a=b' } }, 200, 'private, no-store']
])('caches are told of a page that %s', async (_, slug, page, status, header) => {
  const { cached } = await site();
  const answer = new Response(null, page);
  expect(await cached(visit('/'), slug, answer)).toEqual([status, header]);
});

test('nothing that is out of date is kept, nor what came of a form', async () => {
  const { cached, leave } = await site();
  expect(await cached(visit('/'), 'there')).toEqual([200, REVALIDATED]);
  const form = new Request('https://www.example.com/', { method: 'POST' });
  expect(await cached(visit('/', { request: form }), 'there')).toEqual([200, 'no-store']);
  leave();
  expect(await cached(visit('/'), 'there')).toEqual([200, 'no-store']);
});

test('a page that is there stays, though a part of it is missing and its path has a rule', async () => {
  const { cached } = await site();
  expect(await cached(visit('/sale'), 'gone')).toEqual([200, REVALIDATED]);
  expect((await cached(visit('/sale'), 'gone', new Response(null, { status: 404 })))[0]).toBe(301);
});

test("a hook of the site's own may make the locals anew", async () => {
  const { handle, read } = await site();
  const event = visit('/');
  const resolve = async () => {
    Object.assign(event, { locals: {} });
    await read(event, 'there');
    return new Response();
  };
  const { headers } = await handle({ event, resolve });
  expect(headers.get('cache-control')).toBe(REVALIDATED);
});
