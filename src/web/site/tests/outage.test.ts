import { expect, test } from './fixtures.ts';
import { login } from './login.ts';

test('the site goes on when the API stops, even if it starts then, and knows when it is back', async ({
  page,
  api,
  site,
  context
}) => {
  // The API starts once more, which takes its time on a busy machine.
  test.setTimeout(120_000);
  await page.goto('/pricing');
  await page.goto('/blog');
  await login(page, await api.password());
  await api.request('POST', 'pages', { title: 'Unseen', slug: 'unseen', published: true });
  const rule = { from_path: '/moved', to: '/pricing' };
  const { id } = (await (await api.request('POST', 'redirects', rule)).json()) as { id: string };
  // A rule is known within half a second: another page that was not found may have asked just before.
  const moved = async () => (await page.request.get('/moved')).url();
  await expect.poll(moved, { timeout: 1000, intervals: [50] }).toMatch(/\/pricing$/);
  await api.stop();
  try {
    await page.goto('/moved');
    await expect(page).toHaveURL('/pricing');
    await expect(page.getByRole('table')).toContainText('€19');
    const stale = await page.request.get('/blog');
    expect(stale.status()).toBe(200);
    expect(stale.headers()['cache-control']).toBe('no-store');

    const unknown = await page.goto('/unseen');
    expect(unknown?.status()).toBe(503);
    expect(unknown?.headers()['retry-after']).toBe('5');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('A flat tyre');
    await expect(page.getByRole('contentinfo')).toContainText('Lindenkaai');

    const before = await context.cookies();
    expect((await page.goto('/admin'))?.status()).toBe(503);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('A flat tyre');
    expect(await context.cookies()).toEqual(before);

    await site.stop();
    await site.start('/robots.txt');
    expect((await page.goto('/'))?.status()).toBe(503);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('A flat tyre');
    await expect(page.getByRole('link', { name: 'Journal' })).toBeVisible();
  } finally {
    await api.start();
  }
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Route planning for cargo bikes'
  );
  await page.goto('/unseen');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Unseen');
  await page.goto('/admin');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Posts');
  await api.request('DELETE', 'pages/unseen');
  await api.request('DELETE', `redirects/${id}`);
});
