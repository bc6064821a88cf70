import { test as base, expect, type Page } from '@playwright/test';
import { Api } from '../../site/tests/processes.ts';

let visitors = 0;

interface Workers {
  api: Api;
}
interface Tests {
  /** A page of the app, logged in. */
  admin: Page;
  /** What the browser complained of, and what it should not have had to ask: nothing, in the end. */
  complaints: string[];
  /** Whether a write may be refused since another version is stored: elsewhere the app has the right tag. */
  collides: boolean;
}

export const test = base.extend<Tests, Workers>({
  api: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names
    async ({}, use) => {
      const api = await Api.start({ SITE_URL: 'https://www.example.com' });
      await use(api);
      await api.remove();
    },
    { scope: 'worker', timeout: 90_000 }
  ],
  baseURL: async ({ api }, use) => {
    await use(api.url);
  },
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names
  extraHTTPHeaders: async ({}, use) => {
    visitors += 1;
    await use({ 'X-Forwarded-For': `203.0.113.${visitors}` });
  },
  collides: [false, { option: true }],
  complaints: async ({ page, collides }, use) => {
    const complaints: string[] = [];
    page.on('response', (response) => {
      if (response.status() === 412 && !collides)
        complaints.push(`412: ${response.request().method()} ${response.url()}`);
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text()))
        complaints.push(message.text());
    });
    await use(complaints);
    expect(complaints).toEqual([]);
  },
  admin: async ({ page, api, complaints }, use) => {
    void complaints;
    await login(page, api);
    await use(page);
  }
});

export async function login(
  page: Page,
  api: Api,
  path = '/admin/posts',
  email = 'admin@example.com',
  password?: string
): Promise<void> {
  await page.goto(path);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password ?? (await api.password()));
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.locator('#content')).toBeVisible();
}

export const bar = (page: Page) => page.locator('#content .bar');
export const state = (page: Page) => bar(page).locator('.state');
export const title = (page: Page) => page.getByRole('textbox', { name: 'Title', exact: true });
export const body = (page: Page) => page.getByRole('textbox', { name: 'Text' });

/** Chooses from the editor's menu. */
export async function menu(page: Page, item: string): Promise<void> {
  await bar(page).getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

let drafts = 0;

export interface Draft {
  id: string;
  slug: string;
  title: string;
  body: string;
  published: boolean;
}

/** A post made for a test, as another editor made it. */
export async function makePost(api: Api, more: object = {}): Promise<Draft> {
  drafts += 1;
  const post = { title: `A post for test ${drafts}`, body: '<p>As it was.</p>', ...more };
  return (await (await api.request('POST', 'posts', post)).json()) as Draft;
}

export async function stored(api: Api, slug: string): Promise<Draft> {
  return (await (await api.request('GET', `posts/${slug}?status=all`)).json()) as Draft;
}

export async function openPost(page: Page, slug: string): Promise<void> {
  await page.goto(`/admin/posts/${slug}`);
  await expect(body(page)).toBeVisible();
}

export { expect };
