import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

const PATHS = [
  '/',
  '/how-it-works',
  '/pricing',
  '/contact',
  '/blog',
  '/blog?tag=winter',
  '/search?q=bike',
  '/blog/first-steps-with-the-api',
  '/login',
  '/nothing-here'
];
const SCREENS = { phone: { width: 360, height: 780 }, desk: { width: 1280, height: 900 } };

for (const [screen, viewport] of Object.entries(SCREENS)) {
  test.describe(`on a ${screen}`, () => {
    test.use({ viewport });

    for (const path of PATHS) {
      test(`${path} is accessible in both colours, fits, and stays still`, async ({ page }) => {
        const problems: string[] = [];
        page.on('console', (message) => problems.push(message.text()));
        page.on('pageerror', (error) => problems.push(error.message));
        await page.addInitScript(observeShifts);
        await page.goto(path);
        await page.evaluate(() => document.fonts.ready);
        for (let y = 0; y < 4; y++) await page.mouse.wheel(0, viewport.height);
        const measured = await page.evaluate(() => ({
          shifts: (window as unknown as Shifts).shifts,
          isTooWide: document.documentElement.scrollWidth > document.documentElement.clientWidth
        }));
        expect(measured).toEqual({ shifts: [], isTooWide: false });
        expect(await faults(page, [])).toEqual([]);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await faults(page, ['color-contrast'])).toEqual([]);
        // Chromium itself says of a page that it was a 404.
        expect(problems).toEqual(path === '/nothing-here' ? [expect.stringMatching(/404/)] : []);
      });
    }
  });
}

interface Shifts {
  shifts: number[];
}

function observeShifts() {
  const shifts: number[] = ((window as unknown as Shifts).shifts = []);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      shifts.push((entry as unknown as { value: number }).value);
  }).observe({ type: 'layout-shift', buffered: true });
}

async function faults(page: Page, rules: string[]) {
  // Without frames there is nothing to gather in a page of its own.
  const builder = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (rules.length > 0 ? builder.withRules(rules) : builder).analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
}
