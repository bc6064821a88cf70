import { expect, test } from './fixtures.ts';

test('a visitor finds her way from the home page to a post and its neighbours', async ({
  page
}) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Route planning for cargo bikes'
  );
  await page.getByRole('link', { name: 'Journal' }).click();
  await expect(page).toHaveURL('/blog');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL('/blog?page=2');
  await page.getByRole('article').first().getByRole('link').click();
  await expect(page.getByRole('heading', { level: 2, name: /^More about/ })).toBeVisible();
  await page.getByRole('list', { name: 'Tags' }).getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Posts about /);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the site reads the same', async ({ page }) => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Journal' }).click();
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByRole('article').first().getByRole('link').click();
    await expect(page.getByRole('heading', { level: 2, name: /^More about/ })).toBeVisible();
    await page.getByRole('link', { name: 'Pricing', exact: true }).click();
    await expect(page.getByRole('table')).toContainText('€19');
  });
});

const NOWHERE = [
  '/nothing-here',
  '/blog/nothing-here',
  '/blog?page=99',
  '/blog?page=none',
  '/blog?page=0',
  '/blog?tag=nothing',
  `/blog?tag=${'x'.repeat(60)}`,
  '/blog/caf%C3%A9%20%2F..%2Fhome',
  '/blog/%2e%2e%2fsettings',
  '/a%00b'
];

test("what is not there is not found, in the site's own words, and kept by no cache", async ({
  page
}) => {
  for (const path of NOWHERE)
    await test.step(path, async () => {
      const response = await page.goto(path);
      expect(response?.status()).toBe(404);
      expect(response?.headers()['cache-control']).toBe('no-store');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('No road here');
      await expect(page.getByRole('contentinfo')).toContainText('Lindenkaai');
    });
});

test('a trailing slash, and the home page by its slug, lead to the one address', async ({
  request
}) => {
  for (const [path, location] of [
    ['/pricing/', '/pricing'],
    ['/home', '/']
  ] as const) {
    const response = await request.get(path, { maxRedirects: 0 });
    expect(response.status()).toBe(308);
    expect(new URL(response.headers()['location']!, response.url()).pathname).toBe(location);
  }
});

test('each page says what it is to search engines', async ({ page, origin }) => {
  await page.goto('/blog/the-last-twelve-metres?utm_source=x');
  await expect(page.locator('link[rel=canonical]')).toHaveAttribute(
    'href',
    `${origin}/blog/the-last-twelve-metres`
  );
  await expect(page.locator('meta[property="og:image"]')).toHaveAttribute(
    'content',
    `${origin}/images/posts/kerb.jpg`
  );
  const data = await page.locator('script[type="application/ld+json"]').textContent();
  expect(JSON.parse(data!)).toMatchObject({
    '@type': 'BlogPosting',
    headline: 'The last twelve metres'
  });
  await page.goto('/blog?page=2&utm_source=x');
  await expect(page.locator('link[rel=canonical]')).toHaveAttribute(
    'href',
    `${origin}/blog?page=2`
  );
});

test('hostile words stay words', async ({ page, api }) => {
  const title = '</title><script>document.title = "broken"</script> "&amp;';
  await api.request('POST', 'posts', {
    title,
    slug: 'hostile',
    excerpt: title,
    tags: [title.slice(0, 9)],
    published: true
  });
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  await page.goto('/blog/hostile');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await expect(page).toHaveTitle(`${title} – Kerbelo`);
  expect(problems).toEqual([]);
  for (const path of ['/feed.xml', '/rss.xml']) {
    const text = await (await page.request.get(path)).text();
    expect(text).toContain('&lt;script&gt;');
  }
  await api.request('DELETE', 'posts/hostile');
});
