import { isHttpError, isRedirect, type RequestEvent } from '@sveltejs/kit';
import { expect, test, vi } from 'vitest';
import { createCms, handleCms, previewOf } from '../src/lib/index.js';
import { api, json, thrown } from './api.js';

const TOKEN = 'Vn0Zl0yCq3kq6m8mYb0mJt5pCwq9rX1o4sE7uHn2aLk';
const DRAFT = { slug: 'draft', title: 'Draft' };
const FOUND = { type: 'posts', document: DRAFT, path: '/x', expires_at: '2030-01-01T00:00:00Z' };

function visit(path: string, { cookie = '', method = 'GET' } = {}) {
  const cookies = {
    get: vi.fn(() => cookie || undefined),
    set: vi.fn(),
    delete: vi.fn(),
    serialize: vi.fn(() => 'cms_preview=; Max-Age=0')
  };
  const url = new URL(path, 'https://www.example.com');
  const request = new Request(url, { method });
  const event = { url, request, fetch, locals: {}, cookies, route: { id: '/blog/[slug]' } };
  return event as unknown as RequestEvent & { cookies: typeof cookies };
}

const resolve = () => Promise.resolve(new Response('page'));

async function previews(answer = (): [object, number] => [FOUND, 200]) {
  const { url, requests } = await api((request, response) => {
    const [body, status] = request.url!.includes('/preview/') ? answer() : [{ slug: 'a' }, 200];
    json(response, body, {}, status);
  });
  const cms = createCms({ url, memory: false });
  return { cms, handle: handleCms(cms), requests };
}

test('a link sets a cookie that scripts cannot read, and leads to where the document will be', async () => {
  const { handle } = await previews();
  const event = visit(`/preview?token=${TOKEN}`);
  const failure = await thrown(handle({ event, resolve }));
  expect(isRedirect(failure) && [failure.status, failure.location]).toEqual([303, '/blog/draft']);
  expect(event.cookies.set).toHaveBeenCalledWith('cms_preview', TOKEN, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: true,
    expires: new Date(FOUND.expires_at)
  });
});

test('with the cookie the document is seen, no other one is, and nobody may keep the page', async () => {
  const { cms, handle, requests } = await previews();
  const event = visit('/blog/draft', { cookie: TOKEN });
  const response = await handle({ event, resolve });
  expect(await cms(event).post('draft')).toEqual(DRAFT);
  expect(await cms(event).post('other')).toEqual({ slug: 'a' });
  expect(await cms(event).page('draft')).toEqual({ slug: 'a' });
  expect(requests.map(({ url }) => url)).toEqual([
    `/api/v1/preview/${TOKEN}`,
    '/api/v1/posts/other',
    '/api/v1/pages/draft'
  ]);
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  expect(previewOf(event.locals)).toEqual({ path: '/x', expires_at: FOUND.expires_at });
});

test('a preview that has ended takes its cookie with it, and shows what everybody sees', async () => {
  const { cms, handle } = await previews(() => [{}, 404]);
  const event = visit('/blog/draft', { cookie: TOKEN });
  await handle({ event, resolve });
  expect(event.cookies.delete).toHaveBeenCalledWith('cms_preview', { path: '/' });
  expect(await cms(event).post('draft')).toEqual({ slug: 'a' });
  expect(previewOf(event.locals)).toBeNull();

  const link = visit(`/preview?token=${TOKEN}`);
  const response = await handle({ event: link, resolve });
  expect([response.status, response.headers.get('set-cookie')]).toEqual([
    404,
    'cms_preview=; Max-Age=0'
  ]);
});

test('while the API is away a preview is a 503, not the public document, and goes on afterwards', async () => {
  const { cms, handle } = await previews(() => [{}, 503]);
  const event = visit('/blog/draft', { cookie: TOKEN });
  const response = await handle({ event, resolve });
  expect(event.cookies.delete).not.toHaveBeenCalled();
  expect(isHttpError(await thrown(cms(event).post('draft')), 503)).toBe(true);
  expect(response.headers.get('cache-control')).toBe('private, no-store');
});

test('a visitor without a preview costs no request more', async () => {
  const { handle, requests } = await previews();
  const event = visit('/blog/draft');
  await handle({ event, resolve });
  expect(requests).toHaveLength(0);
});

test('the banner ends it', async () => {
  const { handle } = await previews();
  const event = visit('/preview', { cookie: TOKEN, method: 'POST' });
  const failure = await thrown(handle({ event, resolve }));
  expect(isRedirect(failure) && failure.location).toBe('/');
  expect(event.cookies.delete).toHaveBeenCalledWith('cms_preview', { path: '/' });
});
