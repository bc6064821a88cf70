import { expect, nextAddress, test } from './fixtures.ts';
import { fillLogin, login } from './login.ts';

const SLUG = 'the-last-twelve-metres';

test('one who is not logged in is led to the login and back, by way of no other site', async ({
  page,
  api
}) => {
  await page.goto(`/admin/${SLUG}`);
  await expect(page).toHaveURL(`/login?next=${encodeURIComponent(`/admin/${SLUG}`)}`);
  await fillLogin(page, 'not the password');
  await expect(page.getByRole('alert')).toHaveText('The email or the password is not right.');
  await expect(page.getByLabel('Email')).toHaveValue('admin@example.com');
  await fillLogin(page, await api.password());
  await expect(page).toHaveURL(`/admin/${SLUG}`);
});

test('what is typed before the scripts have come stays', async ({ page }) => {
  let arrive!: () => void;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/_app/**/*.js', async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto('/login', { waitUntil: 'commit' });
  await page.getByLabel('Email').fill('early@example.com');
  arrive();
  await page.waitForLoadState('networkidle');
  await expect(page.getByLabel('Email')).toHaveValue('early@example.com');
});

test('both tokens are out of reach of scripts, and are sent when one comes from elsewhere', async ({
  page,
  api,
  context
}) => {
  await login(page, await api.password());
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(['cms_access', 'cms_refresh']);
  for (const cookie of cookies)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  expect(await page.content()).not.toContain(cookies[0]!.value);
  const response = await page.goto('/admin');
  expect(response?.headers()['cache-control']).toBe('private, no-store');
});

test('an editor is counted by his own address', async ({ page, request, api, origin }) => {
  const attempt = (password: string, address: string) =>
    request.post('/login?/login', {
      form: { email: 'admin@example.com', password },
      headers: { Accept: 'text/html', Origin: origin, 'X-Forwarded-For': address },
      maxRedirects: 0
    });
  const asked = await api.asked(async () => {
    for (let visit = 0; visit < 7; visit++)
      expect((await attempt(await api.password(), nextAddress())).status()).toBe(303);
  });
  const logins = asked.filter(({ route }) => route === '/api/v1/auth/login');
  expect(new Set(logins.map(({ client }) => client)).size).toBe(7);

  const guesser = nextAddress();
  for (let guess = 0; guess < 5; guess++) await attempt(`guess number ${guess}`, guesser);
  await page.setExtraHTTPHeaders({ 'X-Forwarded-For': guesser });
  await page.goto('/login');
  await fillLogin(page, 'the sixth guess');
  await expect(page.getByRole('alert')).toHaveText(
    /^Too many attempts\. Please try again in \d+ seconds\.$/
  );
});

test('a session that was ended elsewhere leads to the login, and in no circle', async ({
  page,
  api,
  context
}) => {
  await login(page, await api.password());
  const { items } = (await (await api.request('GET', 'users/me/sessions')).json()) as {
    items: { id: string }[];
  };
  const access = (await context.cookies()).find(({ name }) => name === 'cms_access')!.value;
  const { sid } = JSON.parse(atob(access.split('.')[1]!)) as { sid: string };
  expect(items.map(({ id }) => id)).toContain(sid);
  await api.request('DELETE', `users/me/sessions/${sid}`);
  await page.goto('/admin');
  await expect(page).toHaveURL('/login?next=%2Fadmin');
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible();
  expect(await context.cookies()).toEqual([]);
  await fillLogin(page, await api.password());
  await expect(page).toHaveURL('/admin');
});

test('tabs that are restored at once, long after, refresh the session together', async ({
  page,
  api,
  context
}) => {
  await login(page, await api.password());
  await context.clearCookies({ name: 'cms_access' });
  const tabs = await Promise.all(Array.from({ length: 4 }, () => context.newPage()));
  const asked = await api.asked(() => Promise.all(tabs.map((tab) => tab.goto('/admin'))));
  for (const tab of tabs) await expect(tab).toHaveURL('/admin');
  const refreshes = asked.filter(({ route }) => route === '/api/v1/auth/refresh');
  expect(refreshes.length).toBeGreaterThanOrEqual(1);
  expect(refreshes.every(({ status }) => status === 200)).toBe(true);
  for (const tab of tabs) await tab.close();
});

test('the log-out ends the session at the API', async ({ page, api, context, request }) => {
  await login(page, await api.password());
  const access = (await context.cookies()).find(({ name }) => name === 'cms_access')!.value;
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/login');
  expect(await context.cookies()).toEqual([]);
  const headers = { Authorization: `Bearer ${access}` };
  expect((await request.get(`${api.url}/api/v1/users/me`, { headers })).status()).toBe(401);
});

test('whoever saves second is told so, keeps the text, and may replace knowingly', async ({
  page,
  api,
  context
}) => {
  await login(page, await api.password());
  const [mine, theirs] = [page, await context.newPage()];
  for (const tab of [mine, theirs]) await tab.goto(`/admin/${SLUG}`);
  await theirs.getByLabel('Author').fill('They');
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs.getByLabel('Author')).toHaveValue('They');
  await expect(theirs.getByRole('alert')).toHaveCount(0);
  await mine.getByLabel('Author').fill('Me');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByRole('alert')).toContainText('Someone else has changed this post');
  await expect(mine.getByLabel('Author')).toHaveValue('Me');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByRole('alert')).toHaveCount(0);
  await expect
    .poll(
      async () =>
        ((await (await api.request('GET', `posts/${SLUG}`)).json()) as { author: string }).author
    )
    .toBe('Me');
  await mine.getByLabel('Author').fill('Noor Verhaegen');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(
      async () =>
        ((await (await api.request('GET', `posts/${SLUG}`)).json()) as { author: string }).author
    )
    .toBe('Noor Verhaegen');
  await theirs.close();
});

test('what nobody has filled in is saved as nothing', async ({ page, api }) => {
  await api.request('POST', 'posts', { title: 'Bare', slug: 'bare' });
  await login(page, await api.password());
  await page.getByRole('link', { name: 'Bare' }).click();
  await page.getByLabel('Title').fill('Barely');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Barely' })).toBeVisible();
  const saved = (await (await api.request('GET', 'posts/bare?status=all')).json()) as object;
  expect(saved).toMatchObject({ excerpt: null, author: null, featured_image_url: null });
  await api.request('DELETE', 'posts/bare');
});

test('a value that is refused is named, beside what was written', async ({ page, api }) => {
  await login(page, await api.password());
  await page.goto(`/admin/${SLUG}`);
  await page.getByLabel('Image').fill('javascript:alert(1)');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('featured_image_url');
  await expect(page.getByLabel('Image')).toHaveValue('javascript:alert(1)');
});
