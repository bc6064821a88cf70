import { expect, test, vi } from 'vitest';
import { createCms, handleCms } from '../src/lib/index.js';
import { api, json, REVALIDATED, visit } from './api.js';

const RULES = [
  { from_path: '/sale', to: '/offers', status: 301 },
  { from_path: '/caf%C3%A9/a+b', to: 'https://shop.example/?x=1#top', status: 307 },
  { from_path: '/cut-off', to: '/offers#now', status: 308 },
  { from_path: '/road', to: '/straße/日本?é=1#ü', status: 301 },
  { from_path: '/fax', to: null, status: 410 }
];

async function site({ base = '', rules = RULES, pages = [] as string[] } = {}) {
  const { url, requests } = await api((request, response) => {
    if (request.url === '/api/v1/redirects') {
      if (request.headers['if-none-match'] === '"1"') return response.writeHead(304).end();
      return json(response, { items: rules }, { ETag: '"1"' });
    }
    const isThere = pages.some((slug) => request.url!.endsWith(`/${slug}`));
    return json(response, { slug: 'a' }, {}, isThere ? 200 : 404);
  });
  const handle = handleCms(createCms({ url, base }));
  const missing = () => new Response('No road here', { status: 404 });
  const ask = async (path: string, resolve: () => Promise<Response> | Response = missing) => {
    const { status, headers } = await handle({ event: visit(path), resolve });
    return [status, headers.get('location'), headers.get('cache-control')];
  };
  return { ask, handle, requests, url };
}

test.each([
  ['/sale', 301, '/offers'],
  ['/sale/', 301, '/offers'],
  ['/sale?utm=1', 301, '/offers?utm=1'],
  ['/s%61le', 301, '/offers'],
  ['/caf%c3%a9/a%2Bb?y=2', 307, 'https://shop.example/?x=1#top'],
  ['/road', 301, '/stra%C3%9Fe/%E6%97%A5%E6%9C%AC?%C3%A9=1#%C3%BC'],
  ['/cut-off?utm=1', 308, '/offers?utm=1#now']
])('%s leads where its rule says, kept by no cache unasked', async (path, status, location) => {
  const { ask } = await site();
  expect(await ask(path)).toEqual([status, location, REVALIDATED]);
});

test('what is gone says so in words of the site, and no rule is no redirect', async () => {
  const { ask, handle } = await site();
  expect(await ask('/fax')).toEqual([410, null, 'no-store']);
  const resolve = () => new Response('No road here', { status: 404 });
  const response = await handle({ event: visit('/fax'), resolve });
  expect(await response.text()).toBe('No road here');
  for (const path of ['/Sale', '/sale/more', '/%', '/'])
    expect(await ask(path), path).toEqual([404, null, 'no-store']);
});

test('a page that is there comes before any rule, and costs no request more', async () => {
  const { ask, requests } = await site();
  expect(await ask('/sale', () => new Response('The sale'))).toEqual([200, null, null]);
  expect(requests).toHaveLength(0);
});

test('what a page would set in cookies is set all the same', async () => {
  const { ask } = await site();
  const headers = { 'Set-Cookie': 'a=b' };
  const answer = await ask('/sale', () => new Response('', { status: 404, headers }));
  expect(answer).toEqual([301, '/offers', 'private, no-store']);
});

test('a site below a path has its rules below it too', async () => {
  const { ask } = await site({ base: '/de' });
  expect(await ask('/de/sale')).toEqual([301, '/de/offers', REVALIDATED]);
  for (const path of ['/sale', '/desale']) expect((await ask(path))[0], path).toBe(404);
});

test('a rule comes before where a slug has moved', async () => {
  const { url } = await api((request, response) => {
    if (request.url === '/api/v1/redirects') return json(response, { items: RULES });
    return response.writeHead(301, { Location: '/api/v1/pages/new' }).end();
  });
  const cms = createCms({ url });
  const handle = handleCms(cms);
  const open = async (path: string, slug: string) => {
    const event = visit(path);
    const resolve = () =>
      cms(event)
        .page(slug)
        .then(
          () => new Response(),
          ({ status, location }: { status: number; location: string }) =>
            new Response(null, { status, headers: { location } })
        );
    return (await handle({ event, resolve })).headers.get('location');
  };
  expect(await open('/sale', 'sale')).toBe('/offers');
  expect(await open('/old', 'old')).toBe('/new');
});

test('a click on what has a rule goes there, and on what is there stays', async () => {
  const { handle, url } = await site({ pages: ['there'] });
  const cms = createCms({ url });
  const click = async (slug: string, page: Response) => {
    const own = (...asked: Parameters<typeof fetch>) =>
      asked[0] instanceof URL ? Promise.resolve(page) : fetch(...asked);
    const event = visit('/sale', { isDataRequest: true, fetch: own });
    const resolve = async () => {
      await cms(event)
        .page(slug)
        .catch(() => undefined);
      return new Response('{"type":"data"}');
    };
    return handle({ event, resolve });
  };
  const moved = new Response(null, { status: 301, headers: { location: '/offers' } });
  expect((await click('gone', moved)).headers.get('location')).toBe('/offers');
  expect((await click('gone', new Response('The sale'))).status).toBe(200);
  expect(await (await click('there', moved)).text()).toBe('{"type":"data"}');
});

test('a rule that is known holds while the page itself cannot be had', async () => {
  const { ask } = await site();
  const away = () => new Response('A flat tyre', { status: 503 });
  expect(await ask('/sale', away)).toEqual([301, '/offers', REVALIDATED]);
  expect(await ask('/other', away)).toEqual([503, null, 'no-store']);
});

test('an API that hangs holds no page up for long, and what was known holds', async () => {
  let isHanging = false;
  const { url } = await api((_, response) => {
    if (!isHanging) json(response, { items: RULES }, { ETag: '"1"' });
  });
  const handle = handleCms(createCms({ url }));
  const resolve = () => new Response(null, { status: 404 });
  const status = async (path: string) => (await handle({ event: visit(path), resolve })).status;
  expect(await status('/sale')).toBe(301);
  isHanging = true;
  await new Promise((done) => setTimeout(done, 501));
  const started = performance.now();
  expect(await status('/sale')).toBe(301);
  expect(await status('/other')).toBe(404);
  expect(performance.now() - started).toBeLessThan(2500);
});

test('rules are asked for again by their tag', async () => {
  const { ask, requests } = await site();
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    await ask('/sale');
    await ask('/fax');
    vi.advanceTimersByTime(501);
    expect((await ask('/sale'))[0]).toBe(301);
  } finally {
    vi.useRealTimers();
  }
  expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"']);
});
