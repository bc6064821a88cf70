import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const [port3, port2, portBelow] = (process.env.WEB_PORTS ?? '21730 21731 21732').split(' ');
// The same engine without windows and menus, which are four fifths of what a new visitor costs.
const [shell, whole] = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] as const;

export default defineConfig<object, { build: string; origin: string }>({
  testDir: 'tests',
  workers: 1,
  forbidOnly: true,
  reporter: 'line',
  timeout: 30_000,
  // On a machine that does much else, too.
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? (existsSync(shell) ? shell : whole),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  projects: [
    {
      name: 'SvelteKit 3',
      testIgnore: 'prefix.test.ts',
      use: { build: 'build', origin: `http://127.0.0.1:${port3}` }
    },
    {
      name: 'SvelteKit 2',
      // The others have nothing to do with what SvelteKit is there.
      testIgnore: /(prefix|looks|pictures|development|processes)\.test\.ts$/,
      use: { build: '../kit2/build', origin: `http://127.0.0.1:${port2}` }
    },
    {
      name: 'below a path',
      testMatch: 'prefix.test.ts',
      use: { build: 'build-below', origin: `http://127.0.0.1:${portBelow}` }
    }
  ]
});
