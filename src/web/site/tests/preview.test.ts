import type { Page, Post } from 'cms-kit';
import { expect, test, withinASecond } from './fixtures.ts';

test('whoever has the link sees the draft, until it is ended, and nobody else does', async ({
  page,
  request,
  api
}) => {
  const draft = { title: 'Not yet', slug: 'not-yet', body: '<p>A secret plan.</p>' };
  const { id } = (await (await api.request('POST', 'posts', draft)).json()) as Post;
  const made = await api.request('POST', 'previews', { type: 'posts', id });
  const { token } = (await made.json()) as { token: string };

  await page.goto(`/preview?token=${token}`);
  await expect(page).toHaveURL('/blog/not-yet');
  await expect(page.getByText('A secret plan.')).toBeVisible();
  const banner = page.getByRole('complementary', { name: 'Preview' });
  await expect(banner).toBeVisible();
  const again = await page.request.get('/blog/not-yet');
  expect(again.headers()['cache-control']).toBe('private, no-store');
  expect((await request.get('/blog/not-yet')).status()).toBe(404);

  await page.goto('/blog');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText('Not yet', { exact: true })).toHaveCount(0);

  await page.getByRole('button', { name: 'End preview' }).click();
  await expect(banner).toHaveCount(0);
  expect((await page.request.get('/blog/not-yet')).status()).toBe(404);
  await api.request('DELETE', 'posts/not-yet');
});

test('a revoked preview is over within a second, and shows what is public', async ({
  page,
  api
}) => {
  const { id } = (await (await api.request('GET', 'pages/pricing')).json()) as Page;
  const made = await api.request('POST', 'previews', { type: 'pages', id });
  const { token, id: link } = (await made.json()) as { token: string; id: string };
  await page.goto(`/preview?token=${token}`);
  await expect(page).toHaveURL('/pricing');

  await api.request('DELETE', `previews/${link}`);
  const seen = async () => (await page.request.get('/pricing')).headers()['cache-control'];
  await withinASecond(async () => expect(await seen()).toBe('public, max-age=0, must-revalidate'));
  await page.goto(`/preview?token=${token}`);
  await expect(page.getByText('This preview has ended.')).toBeVisible();
});
