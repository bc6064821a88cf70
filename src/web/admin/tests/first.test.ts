import { expect, test } from '@playwright/test';
import { Api } from '../../site/tests/processes.ts';
import { body, login, state, title } from './fixtures.ts';

test('a new installation below a path: from the printed link to a published post', async ({
  page
}) => {
  test.setTimeout(150_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  const api = await Api.start({ ROOT_PATH: '/cms' });
  try {
    await expect.poll(() => api.output).toContain('Editors');
    const link = /Editors +(\S+)/.exec(api.output)![1]!;
    expect(link).toBe(`${api.url}/cms/admin`);
    await login(page, api, link);
    await expect(page.getByRole('heading', { name: 'Start here' })).toBeVisible();
    await expect(page.getByText(`createCms({ url: '${api.url}/cms' })`)).toBeVisible();
    await page.getByRole('link', { name: 'Write a post' }).click();
    await title(page).fill('Our first post');
    await body(page).click();
    await page.keyboard.type('Hello.');
    await expect(state(page)).toHaveText(/^Saved/);
    await page.getByRole('button', { name: 'Publish' }).click();
    await expect(page.getByText('“Our first post” is live.')).toBeVisible();
    await expect(page).toHaveURL(`${api.url}/cms/admin/posts/our-first-post`);
    const post = await fetch(`${api.url}/cms/api/v1/posts/our-first-post`);
    expect(await post.json()).toMatchObject({ title: 'Our first post', body: '<p>Hello.</p>' });

    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(link);
    await expect(page.getByRole('link', { name: 'Our first post' })).toBeVisible();
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((path) => !path.startsWith('/cms/'))).toEqual([]);
    expect(complaints).toEqual([]);
  } finally {
    await api.remove();
  }
});
