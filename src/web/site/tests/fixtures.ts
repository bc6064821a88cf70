import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { Api, Served } from './processes.ts';

interface Options {
  /** A folder with a build of the site, and the origin that it was built for. */
  build: string;
  origin: string;
}

interface Workers {
  api: Api;
  site: Served;
}

let visitors = 0;

/** Another address for each visitor: the API counts logins by it. */
export function nextAddress(): string {
  visitors += 1;
  return `203.0.113.${visitors}`;
}

export const test = base.extend<object, Options & Workers>({
  build: ['', { option: true, scope: 'worker' }],
  origin: ['', { option: true, scope: 'worker' }],
  api: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names
    async ({}, use) => {
      const api = await Api.start();
      await use(api);
      await api.remove();
    },
    { scope: 'worker', timeout: 90_000 }
  ],
  site: [
    async ({ api, build, origin }, use) => {
      const site = new Served([process.execPath, join(import.meta.dirname, '..', build)], origin, {
        API_URL: api.url,
        ORIGIN: origin,
        HOST: '127.0.0.1',
        PORT: new URL(origin).port,
        ADDRESS_HEADER: 'x-forwarded-for'
      });
      await site.start();
      await use(site);
      await site.stop();
    },
    { scope: 'worker', auto: true, timeout: 90_000 }
  ],
  baseURL: async ({ origin }, use) => {
    await use(origin);
  },
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names
  extraHTTPHeaders: async ({}, use) => {
    await use({ 'X-Forwarded-For': nextAddress() });
  }
});

/** What is asked for a second after a write is true, however long a busy machine takes to answer. */
export async function withinASecond(isTrue: () => Promise<void>): Promise<void> {
  const second = performance.now() + 1000;
  for (;;) {
    const isDue = performance.now() > second;
    try {
      return await isTrue();
    } catch (error) {
      if (isDue) throw error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

export { expect };
