import type { Page } from 'cms-kit';
import { expect, test, withinASecond } from './fixtures.ts';

test('what an editor does is on the site within a second', async ({ request, api }) => {
  const seen = async (path: string) => {
    const response = await request.get(path);
    return response.ok() ? await response.text() : String(response.status());
  };
  await api.request('POST', 'posts', { title: 'Fresh', slug: 'fresh', body: '<p>one</p>' });
  expect(await seen('/blog/fresh')).toBe('404');
  for (const path of ['/blog', '/sitemap.xml', '/feed.xml', '/rss.xml', '/'])
    expect(await seen(path), path).not.toContain('fresh');

  const put = (values: object) =>
    api.request('PUT', 'posts/fresh', {
      title: 'Fresh',
      body: '<p>one</p>',
      published: true,
      ...values
    });
  await put({});
  for (const path of ['/blog/fresh', '/blog', '/sitemap.xml', '/feed.xml', '/rss.xml', '/'])
    await withinASecond(async () => expect(await seen(path)).toContain('fresh'));

  await put({ body: '<p>two words</p>' });
  await withinASecond(async () => expect(await seen('/blog/fresh')).toContain('two words'));

  await put({ published: false });
  await withinASecond(async () => expect(await seen('/blog/fresh')).toBe('404'));
  await withinASecond(async () => expect(await seen('/blog')).not.toContain('fresh'));

  await put({ slug: 'fresher' });
  await withinASecond(async () => expect(await seen('/blog/fresher')).toContain('one'));
  await api.request('DELETE', 'posts/fresher');
  await withinASecond(async () => expect(await seen('/blog/fresher')).toBe('404'));
});

test('a click shows what is published now, not what was when the site was opened', async ({
  page,
  api
}) => {
  const { title, body } = (await (await api.request('GET', 'pages/customers')).json()) as Page;
  const put = (values: object) =>
    api.request('PUT', 'pages/customers', { title, body, published: true, ...values });
  await page.goto('/customers');
  await page.getByRole('link', { name: 'Kerbelo', exact: true }).click();
  await put({ title: 'Our riders' });
  const customers = async () => (await page.request.get('/customers')).text();
  await withinASecond(async () => expect(await customers()).toContain('Our riders'));
  await page.getByRole('navigation', { name: 'Main' }).getByText('Customers').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Our riders');
  await put({});
});

test('a thousand visitors cost the API a few requests', async ({ request, api }) => {
  await request.get('/pricing');
  const started = performance.now();
  const asked = await api.asked(async () => {
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 50 }, () => request.get('/pricing')));
  });
  // Two reads, each once in half a second.
  expect(asked.length).toBeLessThanOrEqual(2 * (2 + (performance.now() - started) / 500));
  expect(asked.filter(({ status }) => status !== 304)).toEqual([]);
});

test('caches may keep public pages, to be asked for again, and nothing else', async ({
  request,
  origin
}) => {
  const first = await request.get('/pricing');
  expect(first.headers()['cache-control']).toBe('public, max-age=0, must-revalidate');
  const headers = { 'If-None-Match': first.headers()['etag']! };
  expect((await request.get('/pricing', { headers })).status()).toBe(304);
  const form = { email: 'a@example.com', password: 'a wrong password' };
  const refused = await request.post('/login?/login', { form, headers: { Origin: origin } });
  expect(refused.headers()['cache-control']).toBe('no-store');
});

test("the visitor's request id is in the API's log", async ({ request, api }) => {
  const headers = { 'X-Request-ID': 'a-visit.1' };
  const asked = await api.asked(() => request.get('/blog/swap-or-charge', { headers }));
  expect(asked.map(({ request_id }) => request_id)).toContain('a-visit.1');
});
