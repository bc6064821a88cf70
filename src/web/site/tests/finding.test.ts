import { expect, test } from './fixtures.ts';

test('what is typed is looked for while one types, said aloud, and moves nothing', async ({
  page,
  api
}) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Search' }).click();
  const field = page.getByRole('searchbox');
  const status = page.getByRole('status');
  await expect(field).toBeVisible();
  await page.evaluate(observeShifts);
  const asked = await api.asked(async () => {
    await field.pressSequentially('batteri');
    await expect(status).toHaveText(/^\d+ results for “batteri”$/);
  });
  const searches = asked.filter(({ route }) => route === '/api/v1/search');
  expect(searches.length).toBeLessThan('batteri'.length);
  await expect(page.locator('mark').first()).toHaveText(/^batter/i);
  await expect(page).toHaveURL('/search?q=batteri');
  await expect(field).toBeFocused();

  await field.fill('no such word anywhere');
  await expect(status).toHaveText('Nothing was found for “no such word anywhere”.');
  await field.fill('winter checklist');
  await expect(status).toHaveText(/ for “winter checklist”$/);
  expect(await page.evaluate(() => (window as unknown as { shifts: unknown }).shifts)).toEqual([]);
  await page.getByRole('listitem').getByRole('link', { name: 'winter checklist' }).first().click();
  await expect(page).toHaveURL('/blog/winter-checklist-for-cargo-bike-fleets');
  await page.goBack();
  await expect(field).toHaveValue('winter checklist');
  await page.goBack();
  await expect(page).toHaveURL('/');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the search is a form, page by page, and no words are too strange for it', async ({
    page,
    request
  }) => {
    await page.goto('/search');
    await page.getByRole('searchbox').fill('bike');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page).toHaveURL('/search?q=bike');
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Next' })
      .click();
    await expect(page).toHaveURL('/search?q=bike&page=2');
    await expect(page.getByRole('searchbox')).toHaveValue('bike');
    for (const q of ['', '%00', '%E2%80%8B', `${'x'.repeat(300)}`, '"', '%3Cscript%3E', '%FF', '-'])
      expect((await request.get(`/search?q=${q}`)).status(), q).toBe(200);
    expect((await request.get('/search?q=bike&page=99')).status()).toBe(404);
  });
});

test('a draft is not found, and is as soon as it is published', async ({ request, api }) => {
  const found = async () => (await request.get('/search?q=quokkas')).text();
  await api.request('POST', 'posts', { title: 'Of quokkas', slug: 'of-quokkas' });
  expect(await found()).toContain('Nothing was found');
  await api.request('PATCH', 'posts/of-quokkas', { published: true });
  await expect.poll(found, { timeout: 1000, intervals: [50] }).toContain('/blog/of-quokkas');
  await api.request('DELETE', 'posts/of-quokkas');
});

test('the blog lists its topics by how many posts they have', async ({ page }) => {
  await page.goto('/blog');
  const topics = page.getByRole('navigation', { name: 'Topics' });
  const counts = await topics.getByRole('link').allTextContents();
  const numbers = counts.map((text) => Number(text.match(/\d+$/)![0]));
  expect(numbers.length).toBeGreaterThan(5);
  expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
  await topics.getByRole('link', { name: /^winter/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Posts about winter');
  await expect(topics.getByRole('link', { name: /^winter/ })).toHaveAttribute(
    'aria-current',
    'page'
  );
});

/** Those too that follow what a visitor did, which browsers forgive. */
function observeShifts() {
  const shifts: unknown[] = ((window as unknown as { shifts: unknown }).shifts = []);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { value, sources } = entry as unknown as {
        value: number;
        sources: { node?: Element }[];
      };
      shifts.push([value, sources.map(({ node }) => node?.outerHTML?.slice(0, 99))]);
    }
  }).observe({ type: 'layout-shift', buffered: false });
}
