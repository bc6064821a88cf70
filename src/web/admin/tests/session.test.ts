import { body, expect, login, makePost, openPost, state, stored, test } from './fixtures.ts';

test('no token is where a script could read it', async ({ admin }) => {
  const stores = await admin.evaluate(() => [
    document.cookie,
    JSON.stringify(localStorage),
    JSON.stringify(sessionStorage)
  ]);
  expect(stores).toEqual(['', '{}', '{}']);
  await admin.reload();
  await expect(admin.getByRole('table')).toBeVisible();
});

test('the session expires in mid-sentence: the password is asked in place, and the save goes on', async ({
  admin,
  api,
  context
}) => {
  const { slug } = await makePost(api);
  await openPost(admin, slug);
  await body(admin).click();
  await admin.keyboard.type('Half a sen');
  await expect(state(admin)).toHaveText(/^Saved/);
  const sessions = (await (await api.request('GET', 'users/me/sessions')).json()) as {
    items: { id: string; current: boolean }[];
  };
  for (const { id, current } of sessions.items)
    if (!current) await api.request('DELETE', `users/me/sessions/${id}`);
  await context.clearCookies();
  await admin.keyboard.type('tence.');
  const dialog = admin.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByLabel('Password').fill(await api.password());
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(state(admin)).toHaveText(/^Saved/);
  expect((await stored(api, slug)).body).toContain('Half a sentence.');
});

test('two tabs share a session, and a logout ends both', async ({ admin, context }) => {
  const other = await context.newPage();
  await other.goto('/admin/pages');
  await expect(other.getByRole('table')).toBeVisible();
  await admin.getByRole('button', { name: 'Log out' }).click();
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('a wrong password is told as such', async ({ page }) => {
  await page.goto('/admin');
  await page.getByLabel('Email').fill('admin@example.com');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toHaveText('The email or the password is not right.');
});

test('an editor sees no users, an admin adds one', async ({ admin, api, browser }) => {
  await admin.getByRole('link', { name: 'Users' }).click();
  await admin.getByLabel('Email').fill('writer@example.com');
  await admin.getByLabel('Password').fill('a long enough password');
  await admin.getByRole('button', { name: 'Add a user' }).click();
  await expect(admin.getByRole('cell', { name: 'writer@example.com', exact: true })).toBeVisible();

  const context = await browser.newContext({
    baseURL: api.url,
    extraHTTPHeaders: { 'X-Forwarded-For': '198.51.100.77' }
  });
  const page = await context.newPage();
  await login(page, api, '/admin/posts', 'writer@example.com', 'a long enough password');
  await expect(page.getByRole('link', { name: 'Posts' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);
  await context.close();
});
