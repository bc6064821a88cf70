import { expect, test } from './fixtures.ts';

test('every picture that the content names is there', async ({ page, request }) => {
  for (const path of [
    '/',
    '/about',
    '/customers',
    '/blog',
    '/blog?page=2',
    '/blog?page=3',
    '/blog?page=4'
  ]) {
    await page.goto(path);
    for (const image of await page.locator('img').all()) {
      const source = (await image.getAttribute('src'))!;
      expect((await request.get(source)).status(), source).toBe(200);
    }
  }
});
