import { AxeBuilder } from '@axe-core/playwright';
import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { body, expect, login, openPost, test } from './fixtures.ts';

async function faults(page: Page, rules: string[] = []): Promise<unknown[]> {
  // Without frames there is nothing to gather in a page of its own.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (rules.length > 0 ? axe.withRules(rules) : axe).analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

const SCREENS = [
  'posts',
  'posts?status=draft',
  'pages',
  'trash',
  'settings',
  'redirects',
  'users',
  'account',
  'start'
];

/** Whether something moves although the reader has asked that nothing does. */
const moves = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('*')].some(
      (each) => getComputedStyle(each).transitionDuration !== '0s'
    )
  );

const isTooWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

for (const [name, viewport] of Object.entries({
  phone: { width: 360, height: 780 },
  desk: { width: 1280, height: 860 }
}))
  test(`every screen on a ${name} is accessible in both colours, and fits`, async ({ admin }) => {
    test.setTimeout(120_000);
    await admin.setViewportSize(viewport);
    await admin.emulateMedia({ reducedMotion: 'reduce' });
    for (const path of [...SCREENS, 'posts/first-steps-with-the-api', 'posts/new']) {
      await admin.goto(`/admin/${path}`);
      await expect(admin.locator('h1, .bar .state').first()).toBeVisible();
      await admin.waitForLoadState('networkidle');
      await admin.emulateMedia({ colorScheme: 'light' });
      expect([path, await faults(admin)]).toEqual([path, []]);
      // What else axe looks at is the same in the dark.
      await admin.emulateMedia({ colorScheme: 'dark' });
      expect([path, await faults(admin, ['color-contrast'])]).toEqual([path, []]);
      expect([path, await isTooWide(admin), await moves(admin)]).toEqual([path, false, false]);
      if (name === 'phone') continue;
      // A window of this size at 200 %.
      await admin.setViewportSize({ width: viewport.width / 2, height: viewport.height / 2 });
      expect([path, await isTooWide(admin)]).toEqual([path, false]);
      await admin.setViewportSize(viewport);
    }
  });

test('dialogs and menus are accessible, and Escape leaves them', async ({ admin }) => {
  await openPost(admin, 'first-steps-with-the-api');
  await admin.getByRole('button', { name: 'More', exact: true }).click();
  expect(await faults(admin)).toEqual([]);
  await admin.getByRole('menuitem', { name: 'History' }).click();
  await expect(admin.getByRole('dialog', { name: 'History' })).toBeVisible();
  expect(await faults(admin)).toEqual([]);
  await admin.keyboard.press('Escape');
  await expect(admin.getByRole('dialog')).toHaveCount(0);
  await body(admin).click();
  await admin.getByRole('button', { name: 'Link' }).click();
  expect(await faults(admin)).toEqual([]);
});

test('the scripts are small: 100 KB for the list, 250 KB with the editor, compressed', async ({
  page,
  api
}) => {
  const sizes = new Map<string, Promise<number>>();
  page.on('response', (response) => {
    const url = response.url();
    if (url.endsWith('.js'))
      sizes.set(
        url,
        response.body().then((script) => gzipSync(script).length)
      );
  });
  const kilobytes = async () =>
    (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0) / 1024;
  await login(page, api);
  await expect(page.getByRole('table')).toBeVisible();
  await page.waitForLoadState('networkidle');
  const list = await kilobytes();
  await page.locator('tbody .title').first().click();
  await expect(body(page)).toBeVisible();
  const editor = await kilobytes();
  console.log(
    `scripts, gzip: ${list.toFixed(0)} KB for the list, ${editor.toFixed(0)} KB with the editor`
  );
  expect(list).toBeLessThan(100);
  expect(editor).toBeLessThan(250);
});
