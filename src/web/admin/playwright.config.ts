import { defineConfig } from '@playwright/test';
import site from '../site/playwright.config.ts';

const { launchOptions } = site.use!;

export default defineConfig({
  testDir: 'tests',
  workers: 1,
  forbidOnly: true,
  reporter: 'line',
  timeout: 45_000,
  // On a machine that does much else, too.
  expect: { timeout: 10_000 },
  use: { browserName: 'chromium', ...(launchOptions ? { launchOptions } : {}) }
});
