import { expect, test } from './fixtures.ts';

test('the site works below a path', async ({ page, request, api, origin }) => {
  await page.goto('/de');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Route planning for cargo bikes'
  );
  await page.getByRole('link', { name: 'how it works', exact: true }).click();
  await expect(page).toHaveURL('/de/how-it-works');
  await page.getByRole('link', { name: 'Journal' }).click();
  await page.getByRole('article').first().getByRole('link').click();
  await expect(page).toHaveURL(/\/de\/blog\/.+/);
  for (const image of await page.locator('img').all())
    expect((await request.get((await image.getAttribute('src'))!)).status()).toBe(200);
  const shared = page.locator('meta[property="og:image"]');
  expect((await request.get((await shared.getAttribute('content'))!)).status()).toBe(200);
  const picture = 'https://images.example/a.jpg';
  const post = { title: 'Of elsewhere', featured_image_url: picture, published: true };
  await api.request('POST', 'posts', post);
  for (const path of ['/de/blog', '/de/blog/of-elsewhere'])
    await expect
      .poll(async () => (await request.get(path)).text(), path)
      .toContain(` src="${picture}"`);
  await api.request('DELETE', 'posts/of-elsewhere');
  expect(await (await request.get('/de/sitemap.xml')).text()).toContain(
    `<loc>${origin}/de/pricing</loc>`
  );
  await page.goto('/de/search?q=pricing');
  await page.getByRole('link', { name: 'Pricing', exact: true }).last().click();
  await expect(page).toHaveURL('/de/pricing');
  await api.request('POST', 'redirects', { from_path: '/old', to: '/pricing' });
  await expect.poll(async () => (await request.get('/de/old')).url()).toBe(`${origin}/de/pricing`);
  await page.goto('/de/admin');
  await expect(page).toHaveURL('/de/login?next=%2Fde%2Fadmin');
});
