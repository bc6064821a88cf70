import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './fixtures.ts';

const PATHS = [
  '/',
  '/how-it-works',
  '/pricing',
  '/contact',
  '/posts',
  '/posts?tag=winter',
  '/posts/first-steps-with-the-api',
  '/login',
  '/nothing-here'
];
const SCREENS = { phone: { width: 360, height: 780 }, desk: { width: 1280, height: 900 } };

for (const [screen, viewport] of Object.entries(SCREENS)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`on a ${screen} in ${colorScheme} colours`, () => {
      test.use({ viewport, colorScheme });

      for (const path of PATHS) {
        test(`${path} is accessible, whole and still`, async ({ page }) => {
          const problems: string[] = [];
          page.on('console', (message) => problems.push(message.text()));
          page.on('pageerror', (error) => problems.push(error.message));
          await page.addInitScript(() => {
            const shifts = ((window as unknown as { shifts: number[] }).shifts = []);
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries())
                shifts.push((entry as unknown as { value: number }).value as never);
            }).observe({ type: 'layout-shift', buffered: true });
          });
          await page.goto(path, { waitUntil: 'networkidle' });
          await page.evaluate(() => document.fonts.ready);
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual(
            []
          );
          const measured = await page.evaluate(() => ({
            shifts: (window as unknown as { shifts: number[] }).shifts,
            isTooWide: document.documentElement.scrollWidth > document.documentElement.clientWidth
          }));
          expect(measured).toEqual({ shifts: [], isTooWide: false });
          const expected = path === '/nothing-here' ? [/404/] : [];
          expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
        });
      }
    });
  }
}
