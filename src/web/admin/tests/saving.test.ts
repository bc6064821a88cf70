import {
  bar,
  body,
  expect,
  makePost,
  menu,
  openPost,
  state,
  stored,
  test,
  title
} from './fixtures.ts';

test('a new post is saved by itself as a draft, published with a button, and looked at on the site', async ({
  admin,
  api,
  context
}) => {
  await admin.keyboard.press('n');
  await expect(body(admin)).toBeVisible();
  await expect(title(admin)).toBeFocused();
  await admin.keyboard.type('A walk to the harbour');
  await admin.keyboard.press('Enter');
  await admin.keyboard.type('It was early.');
  await expect(state(admin)).toHaveText(/^Saved \d\d:\d\d$/);
  await expect(admin).toHaveURL(/\/admin\/posts\/a-walk-to-the-harbour$/);
  expect(await stored(api, 'a-walk-to-the-harbour')).toMatchObject({
    published: false,
    body: '<p>It was early.</p>'
  });

  await admin.getByRole('button', { name: 'Publish' }).click();
  await expect(admin.getByText('“A walk to the harbour” is live.')).toBeVisible();
  const seen = await fetch(`${api.url}/api/v1/posts/a-walk-to-the-harbour`);
  expect(seen.status).toBe(200);

  await context.route('https://www.example.com/**', (route) => route.fulfill({ body: 'The site' }));
  const opened = context.waitForEvent('page');
  await menu(admin, 'View on the site');
  await expect(await opened).toHaveURL('https://www.example.com/blog/a-walk-to-the-harbour');
});

test('no letter is lost while a save is under way, the caret stays, and undo goes back past it', async ({
  admin,
  api
}) => {
  const { slug } = await makePost(api, { body: '<p>the end</p>' });
  await openPost(admin, slug);
  await admin.route('**/api/v1/posts/*', async (route) => {
    const answer = await route.fetch();
    await new Promise((done) => setTimeout(done, 400));
    await route.fulfill({ response: answer });
  });
  await body(admin).click();
  await admin.keyboard.press('Control+Home');
  const nextSave = () => admin.waitForRequest((request) => request.method() === 'PUT');
  let save = nextSave();
  await admin.keyboard.type('one ');
  for (const word of ['two ', 'three ', 'four ']) {
    await save;
    save = nextSave();
    await admin.keyboard.type(word);
  }
  await save;
  await expect(state(admin)).toHaveText(/^Saved/);
  expect((await stored(api, slug)).body).toBe('<p>one two three four the end</p>');

  for (let presses = 0; presses < 12; presses++) await admin.keyboard.press('Control+z');
  await expect(body(admin)).toHaveText('the end');
});

test('what did not change is never sent', async ({ admin, api }) => {
  const { slug } = await makePost(api, {
    body: '<p>Rich <b>old</b> text</p><ul><li>tight</li></ul>'
  });
  await openPost(admin, slug);
  const puts: string[] = [];
  admin.on('request', (request) => request.method() === 'PUT' && puts.push(request.url()));
  await body(admin).click();
  await admin.keyboard.type('x');
  await admin.keyboard.press('Backspace');
  await expect(state(admin)).toHaveText(/^Saved|No changes/);
  expect(puts).toEqual([]);
});

test('offline it says so, keeps everything, and saves when the network is back', async ({
  admin,
  api,
  context
}) => {
  const { slug } = await makePost(api);
  await openPost(admin, slug);
  await body(admin).click();
  await context.setOffline(true);
  await admin.keyboard.type('In the tunnel. ');
  await expect(state(admin)).toHaveText(/you are offline/);
  await context.setOffline(false);
  await expect(state(admin)).toHaveText(/^Saved/, { timeout: 20_000 });
  expect((await stored(api, slug)).body).toContain('In the tunnel.');
});

test('publish, unpublish, type, save: no conflict with oneself', async ({ admin, api }) => {
  const { slug } = await makePost(api);
  await openPost(admin, slug);
  await admin.getByRole('button', { name: 'Publish' }).click();
  await expect(bar(admin)).toContainText('Published');
  await admin.getByRole('button', { name: 'More', exact: true }).click();
  await admin.getByRole('menuitem', { name: 'Unpublish' }).click();
  await expect(bar(admin)).toContainText('Draft');
  await body(admin).click();
  await admin.keyboard.type('After it. ');
  await expect.poll(async () => (await stored(api, slug)).body).toContain('After it.');
  await expect(admin.getByRole('dialog')).toHaveCount(0);
});

test.describe(() => {
  test.use({ collides: true });

  test('an acknowledgement that was lost in mid-save is no conflict with oneself', async ({
    admin,
    api
  }) => {
    const { slug } = await makePost(api);
    await openPost(admin, slug);
    let isFirst = true;
    await admin.route(`**/api/v1/posts/${slug}`, async (route) => {
      if (route.request().method() !== 'PUT' || !isFirst) return route.fallback();
      isFirst = false;
      await route.fetch();
      await route.abort();
    });
    await body(admin).click();
    await admin.keyboard.type('Arrived. ');
    await expect(state(admin)).toHaveText(/^Saved/, { timeout: 20_000 });
    await expect(admin.getByRole('dialog')).toHaveCount(0);
    expect((await stored(api, slug)).body).toContain('Arrived.');
  });
});

test('after a crash the text that was not saved is offered', async ({ admin, api, context }) => {
  const { slug } = await makePost(api);
  await openPost(admin, slug);
  await admin.route('**/api/v1/posts/*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.fallback()
  );
  await body(admin).click();
  await admin.keyboard.type('Before the crash. ');
  await expect(state(admin)).toHaveText(/^Not saved/);
  const next = await context.newPage();
  await admin.close({ runBeforeUnload: false });

  await openPost(next, slug);
  await next.getByRole('button', { name: 'Take it up again' }).click();
  await expect(body(next)).toContainText('Before the crash.');
  await expect(state(next)).toHaveText(/^Saved/);
  expect((await stored(api, slug)).body).toContain('Before the crash.');
});

test('leaving with what could not be saved asks first, and keeps it', async ({ admin, api }) => {
  const { slug } = await makePost(api);
  await openPost(admin, slug);
  await admin.route('**/api/v1/posts/*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.fallback()
  );
  await body(admin).click();
  await admin.keyboard.type('Not yet. ');
  const leave = () => admin.getByRole('link', { name: 'Pages' }).click();
  const pages = admin.getByRole('heading', { name: 'Pages' });
  const dialog = admin.getByRole('dialog', { name: 'Leave without saving?' });
  await leave();
  await dialog.getByRole('button', { name: 'Stay here' }).click();
  await expect(body(admin)).toContainText('Not yet.');
  await leave();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await expect(pages).toBeVisible();
  await admin.unroute('**/api/v1/posts/*');
  await openPost(admin, slug);
  await admin.getByRole('button', { name: 'Take it up again' }).click();
  await leave();
  await expect(pages).toBeVisible();
  expect((await stored(api, slug)).body).toContain('Not yet.');
});

test('a title of twelve scripts, from right to left too, comes back as it was written', async ({
  admin,
  api
}) => {
  const words = 'Über Ελλάδα Мир שלום مرحبا नमस्ते 你好 こんにちは 한국어 ไทย ქართული Հայաստան';
  await admin.goto('/admin/posts/new');
  await title(admin).fill(words);
  await expect(state(admin)).toHaveText(/^Saved/);
  await expect(admin).not.toHaveURL(/\/new$/);
  const slug = new URL(admin.url()).pathname.split('/').at(-1)!;
  expect(slug).toMatch(/^uber-ellada-mir-.+/);
  expect((await stored(api, slug)).title).toBe(words);
  await admin.reload();
  await expect(title(admin)).toHaveValue(words);
  await expect(title(admin)).toHaveCSS('direction', 'ltr');
  await title(admin).fill(
    words
      .split(' ')
      .reverse()
      .join(' ')
      .replace(/^.*(?=مرحبا)/, '')
  );
  await expect(title(admin)).toHaveCSS('direction', 'rtl');
});

test('beside the text: known tags, counters, pictures, and how it will look elsewhere', async ({
  admin,
  api
}) => {
  await makePost(api, { published: true, tags: ['well known'] });
  const { slug } = await makePost(api, { title: 'Seen elsewhere' });
  await openPost(admin, slug);
  const details = admin.getByRole('complementary', { name: 'Details' });
  await expect(details.locator('datalist option[value="well known"]')).toHaveCount(1);
  await details.getByLabel('Tags').fill('well known');
  await expect(details.getByRole('button', { name: 'Remove the tag well known' })).toBeVisible();
  await details.getByLabel('Excerpt').fill('Twelve words');
  await expect(details.getByText('12 of about 160 characters')).toBeVisible();
  await admin.route('**/there.svg', (route) =>
    route.fulfill({
      contentType: 'image/svg+xml',
      body: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    })
  );
  await details.getByLabel('Featured image').fill('/there.svg');
  await expect(details.locator('img[src="/there.svg"]')).toHaveCount(2);
  const result = details.locator('.result');
  await expect(result).toContainText(`www.example.com › blog › ${slug}`);
  await expect(result).toContainText('Seen elsewhere');
  await expect(details.locator('.social')).toContainText('Twelve words');
  await details.getByLabel('Featured image').fill('/gone.svg');
  await expect(details.getByText('There is no image at this address.')).toBeVisible();
  await expect(state(admin)).toHaveText(/^Saved/);
  expect(await stored(api, slug)).toMatchObject({
    tags: ['well known'],
    excerpt: 'Twelve words',
    featured_image_url: '/gone.svg'
  });
});
