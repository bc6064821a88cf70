import type { RequestEvent } from '@sveltejs/kit';
import { isRedirect } from '@sveltejs/kit';
import { expect, test } from 'vitest';
import {
  createCms,
  createEditors,
  handleCms,
  handleEditors,
  login,
  read,
  submit
} from '../src/lib/index.js';
import { api, json, thrown } from './api.js';

const PAIR = { access_token: 'new', refresh_token: 'r2', token_type: 'bearer', expires_in: 900 };
const SESSION = { cms_access: 'old', cms_refresh: 'r1' };

/** What SvelteKit gives, with cookies in a plain object. */
function visit(cookies: Record<string, string>, path = '/admin', body?: FormData) {
  const request = new Request(
    `https://www.example.com${path}`,
    body ? { method: 'POST', body } : {}
  );
  const event = {
    fetch,
    request,
    url: new URL(request.url),
    locals: {},
    getClientAddress: () => '203.0.113.7',
    cookies: {
      get: (name: string) => cookies[name],
      set: (name: string, value: string) => (cookies[name] = value),
      delete: (name: string) => Reflect.deleteProperty(cookies, name)
    }
  };
  return event as unknown as RequestEvent;
}

function editorsOf(url: string) {
  return createEditors(createCms({ url }), { login: '/login', home: '/admin' });
}

test('loads that find the token refused refresh once, and ask again with the new one', async () => {
  const { url, requests } = await api((request, response) => {
    if (request.url!.endsWith('/refresh')) json(response, PAIR);
    else if (request.headers.authorization === 'Bearer new')
      json(response, { email: 'a@example.com' });
    else json(response, {}, {}, 401);
  });
  const cookies = { ...SESSION };
  const event = visit(cookies);
  const editors = editorsOf(url);
  const me = () => read(editors(event).GET('/api/v1/users/me'));
  for (const { data } of await Promise.all([me(), me(), me()]))
    expect(data.email).toBe('a@example.com');
  expect(requests.filter((request) => request.url!.endsWith('/refresh'))).toHaveLength(1);
  expect(cookies).toEqual({ cms_access: 'new', cms_refresh: 'r2' });
  expect(requests.every((request) => request.headers['x-forwarded-for'] === '203.0.113.7')).toBe(
    true
  );
});

test("an address that the site's server cannot tell is its own fault, and not the API's", async () => {
  const { url, requests } = await api((_, response) => json(response, PAIR));
  const getClientAddress = () => expect.fail('ADDRESS_HEADER is absent from request');
  const event = { ...visit({}, '/login', new FormData()), getClientAddress };
  const failure = await thrown(login(editorsOf(url))(event));
  expect(String(failure)).toContain('ADDRESS_HEADER');
  expect(requests).toHaveLength(0);
});

test('a session that has ended leaves no cookie behind, and leads to the login', async () => {
  const { url } = await api((_, response) => json(response, {}, {}, 401));
  const cookies: Record<string, string> = { ...SESSION };
  const failure = await thrown(
    read(editorsOf(url)(visit(cookies, '/admin/a')).GET('/api/v1/users/me'))
  );
  expect(isRedirect(failure) && failure.location).toBe('/login?next=%2Fadmin%2Fa');
  expect(cookies).toEqual({});
});

test.each(['handleEditors', 'handleCms'])(
  '%s lets nobody below the home of editors without a session, and has no cache keep it',
  async (name) => {
    const { url, requests } = await api((_, response) => json(response, {}, {}, 401));
    const cms = createCms({ url });
    const editors = createEditors(cms, { login: '/login', home: '/admin' });
    const handle = name === 'handleCms' ? handleCms(cms, { editors }) : handleEditors(editors);
    const resolve = () => new Response('the page');
    const open = (path: string, cookies: Record<string, string>) =>
      Promise.resolve(handle({ event: visit(cookies, path), resolve }));

    const failure = await thrown(open('/admin/a', {}));
    expect(isRedirect(failure) && failure.location).toBe('/login?next=%2Fadmin%2Fa');
    const shown = await open('/admin/a', { ...SESSION });
    expect(await shown.text()).toBe('the page');
    expect(shown.headers.get('cache-control')).toBe('private, no-store');
    expect(await (await open('/administration', {})).text()).toBe('the page');
    expect(requests).toHaveLength(0);
  }
);

test.each([429, 503])('a refresh that is answered with %i keeps the session', async (status) => {
  const { url } = await api((_, response) => json(response, {}, { 'Retry-After': '9' }, status));
  const cookies: Record<string, string> = { cms_refresh: 'r1' };
  const editors = editorsOf(url);
  const handle = handleEditors(editors);
  const response = await handle({ event: visit(cookies), resolve: () => new Response('the page') });
  expect(await response.text()).toBe('the page');
  expect(await thrown(read(editors(visit(cookies)).GET('/api/v1/users/me')))).toMatchObject({
    status: 503
  });
  expect(cookies).toEqual({ cms_refresh: 'r1' });
});

test('a write is sent once, whole, and again only after a refresh', async () => {
  const bodies: string[] = [];
  const { url } = await api((request, response) => {
    if (request.url!.endsWith('/refresh')) return json(response, PAIR);
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      bodies.push(body);
      const isGood = request.headers.authorization === 'Bearer new';
      json(response, { slug: 'a' }, { ETag: '"2"' }, isGood ? 200 : 401);
    });
  });
  const writing = editorsOf(url)(visit({ ...SESSION })).PUT('/api/v1/posts/{slug}', {
    params: { path: { slug: 'a' } },
    body: { title: 'A' }
  });
  expect(await submit(writing, {}, ({ data, etag }) => [data.slug, etag])).toEqual(['a', '"2"']);
  expect(bodies).toEqual(['{"title":"A"}', '{"title":"A"}']);
});

test.each([
  ['/admin/a?b=c', '/admin/a?b=c'],
  ['//evil.example', '/admin'],
  ['/\\evil.example', '/admin'],
  ['https://evil.example', '/admin'],
  ['/\t/evil.example', '/admin']
])('after the login, next=%s leads to %s', async (next, location) => {
  const { url } = await api((_, response) => json(response, PAIR));
  const form = new FormData();
  const path = `/login?${new URLSearchParams({ next })}`;
  const failure = await thrown(login(editorsOf(url))(visit({}, path, form)));
  expect(isRedirect(failure) && failure.location).toBe(location);
});
