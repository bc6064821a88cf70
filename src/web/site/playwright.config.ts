import { defineConfig } from '@playwright/test';

const [port3, port2, portBelow] = (process.env.WEB_PORTS ?? '41730 41731 41732').split(' ');

export default defineConfig<object, { build: string; origin: string }>({
  testDir: 'tests',
  workers: 1,
  forbidOnly: true,
  reporter: 'line',
  timeout: 30_000,
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
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
      testIgnore: ['prefix.test.ts', 'looks.test.ts', 'development.test.ts', 'processes.test.ts'],
      use: { build: '../kit2/build', origin: `http://127.0.0.1:${port2}` }
    },
    {
      name: 'below a path',
      testMatch: 'prefix.test.ts',
      use: { build: 'build-below', origin: `http://127.0.0.1:${portBelow}` }
    }
  ]
});
