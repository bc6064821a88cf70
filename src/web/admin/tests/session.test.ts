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

test('an admin adds an editor, who sees no users, and minds a password and sessions of their own', async ({
  admin,
  api,
  browser
}) => {
  test.setTimeout(90_000);
  const writer = 'writer@example.com';
  await admin.getByRole('link', { name: 'Users' }).click();
  const email = admin.getByLabel('Email');
  await email.fill('admin@example.com');
  await admin.getByLabel('Password').fill('a long enough password');
  await admin.getByRole('button', { name: 'Add a user' }).click();
  await expect(email).toHaveAccessibleDescription('There is a user with this email already.');
  await email.fill(writer);
  await admin.getByRole('button', { name: 'Add a user' }).click();
  await expect(admin.getByRole('cell', { name: writer, exact: true })).toBeVisible();
  const choose = async (item: string) => {
    await admin.getByRole('button', { name: `Actions for ${writer}` }).click();
    await admin.getByRole('menuitem', { name: item }).click();
  };
  await choose('Set a new password');
  await admin.getByRole('dialog').getByLabel('Password').fill('the second password');
  await admin.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByText(`${writer} can log in with the new password.`)).toBeVisible();

  const context = await browser.newContext({
    baseURL: api.url,
    extraHTTPHeaders: { 'X-Forwarded-For': '198.51.100.77' }
  });
  const page = await context.newPage();
  await login(page, api, '/admin/posts', writer, 'the second password');
  await expect(page.getByRole('link', { name: 'Posts' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);

  const elsewhere = await api.login(writer, 'the second password');
  const isIn = async (token: string) =>
    (await fetch(`${api.url}/api/v1/users/me`, { headers: { Authorization: `Bearer ${token}` } }))
      .ok;
  await page.getByRole('link', { name: 'My account' }).click();
  await expect(page.getByText('Chrome on Linux')).toBeVisible();
  expect(await isIn(elsewhere)).toBe(true);
  await page.getByRole('button', { name: 'Log out there: node' }).click();
  await expect(page.getByRole('button', { name: /^Log out there/ })).toHaveCount(0);
  expect(await isIn(elsewhere)).toBe(false);

  const change = async (current: string, next: string, again = next) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password, 12 characters or more').fill(next);
    await page.getByLabel('The new password again').fill(again);
    await page.getByRole('button', { name: 'Change the password' }).click();
  };
  await change('the second password', 'the third password', 'the thrid password');
  await expect(page.getByText('not the same as the new password')).toBeVisible();
  await change('not the password', 'the third password');
  await expect(page.getByText('The current password is not right.')).toBeVisible();
  const old = await api.login(writer, 'the second password');
  await change('the second password', 'the third password');
  await expect(page.getByText('The password is changed.')).toBeVisible();
  expect(await isIn(old)).toBe(false);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'My account' })).toBeVisible();

  await choose('Deactivate');
  await expect(admin.getByRole('cell', { name: 'Deactivated' })).toBeVisible();
  await page.getByRole('link', { name: 'Posts' }).click();
  await expect(page.getByRole('dialog', { name: 'Your session has ended' })).toBeVisible();
  await choose('Delete');
  await admin.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(admin.getByRole('cell', { name: writer, exact: true })).toHaveCount(0);
  await context.close();
});
