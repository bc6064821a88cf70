import type { Page } from '@playwright/test';
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
  title,
  type Draft
} from './fixtures.ts';
import type { Api } from '../../site/tests/processes.ts';

test.use({ collides: true });

/** A post that a colleague has changed since this editor opened it, and this editor too. */
async function collide(admin: Page, api: Api): Promise<Draft> {
  const post = await makePost(api, { body: '<p>The boat is blue.</p>' });
  await openPost(admin, post.slug);
  await api.request('PATCH', `posts/${post.slug}`, {
    title: 'Theirs',
    body: '<p>The boat is green.</p>'
  });
  await body(admin).click();
  await admin.keyboard.press('Control+End');
  await admin.keyboard.type(' And fast.');
  await expect(admin.getByRole('dialog')).toBeVisible();
  return post;
}

const choices = [
  ['Keep all of mine', /^A post for test/, '<p>The boat is blue. And fast.</p>'],
  ['Take all of theirs', 'Theirs', '<p>The boat is green.</p>']
] as const;

for (const [button, wantedTitle, wantedBody] of choices) {
  test(`two edit the same, the second chooses “${button}”: nothing is lost`, async ({
    admin,
    api
  }) => {
    const { slug } = await collide(admin, api);
    const dialog = admin.getByRole('dialog');
    await expect(dialog).toContainText('admin@example.com saved another version');
    await expect(dialog.locator('del.diff', { hasText: 'green' })).toBeVisible();
    await expect(dialog.locator('ins.diff', { hasText: 'blue' })).toBeVisible();
    await dialog.getByRole('button', { name: button }).click();
    await expect(state(admin)).toHaveText(/^Saved/);
    const kept = await stored(api, slug);
    expect(kept.body).toBe(wantedBody);
    expect(kept.title).toMatch(wantedTitle);

    await admin.getByRole('button', { name: 'Bring back the other version' }).click();
    const [, otherTitle, otherBody] = choices.find(([each]) => each !== button)!;
    await expect.poll(async () => (await stored(api, slug)).body).toBe(otherBody);
    expect((await stored(api, slug)).title).toMatch(otherTitle);
  });
}

test('field by field: their title with my text', async ({ admin, api }) => {
  const { slug } = await collide(admin, api);
  const dialog = admin.getByRole('dialog');
  const chosen = (field: RegExp, whose: string) =>
    dialog.getByRole('group', { name: field }).getByRole('radio', { name: whose });
  // Theirs is the title that I have left alone.
  await expect(chosen(/^Title/, 'Theirs')).toBeChecked();
  await expect(chosen(/^Text/, 'Mine')).toBeChecked();
  await chosen(/^Title/, 'Mine').check();
  await chosen(/^Title/, 'Theirs').check();
  await dialog.getByRole('button', { name: 'Keep what is chosen' }).click();
  await expect(state(admin)).toHaveText(/^Saved/);
  expect(await stored(api, slug)).toMatchObject({
    title: 'Theirs',
    body: '<p>The boat is blue. And fast.</p>'
  });
  await expect(title(admin)).toHaveValue('Theirs');
});

test('until one has chosen nothing is written, and what waited for its turn is not done afterwards', async ({
  admin,
  api
}) => {
  const post = await makePost(api, { body: '<p>The boat is blue.</p>' });
  await openPost(admin, post.slug);
  const theirs = { body: '<p>The boat is green.</p>' };
  await api.request('PATCH', `posts/${post.slug}`, theirs);
  const writes: string[] = [];
  admin.on('request', (request) => request.method() !== 'GET' && writes.push(request.method()));
  let release: () => void = () => undefined;
  const released = new Promise<void>((done) => (release = done));
  await admin.route('**/api/v1/posts/*', async (route) => {
    if (route.request().method() === 'PUT') await released;
    await route.fallback();
  });
  await body(admin).click();
  const save = admin.waitForRequest((request) => request.method() === 'PUT');
  await admin.keyboard.type('Mine. ');
  await save;
  await admin.getByRole('button', { name: 'Publish' }).click();
  release();
  const dialog = admin.getByRole('dialog', { name: 'Somebody else has changed this' });
  await dialog.getByRole('button', { name: 'Decide later' }).click();
  await body(admin).click();
  await admin.keyboard.type('Still typing. ');
  await admin.keyboard.press('Control+s');
  await expect(state(admin)).toHaveText('Not saved: somebody else has changed this.');
  await admin.getByRole('button', { name: 'Publish' }).click();
  await expect(dialog).toBeVisible();
  await admin.waitForTimeout(1500);
  expect(writes).toEqual(['PUT']);
  expect(await stored(api, post.slug)).toMatchObject(theirs);
  await dialog.getByRole('button', { name: 'Keep all of mine' }).click();
  await expect(state(admin)).toHaveText(/^Saved/);
  expect(writes).toEqual(['PUT', 'PUT']);
  const kept = await stored(api, post.slug);
  expect(kept.body).toContain('Still typing.');
  expect(kept.published).toBe(false);
});

test('two tabs of one editor: the second saves first, the first sees the dialog', async ({
  admin,
  api,
  context
}) => {
  const { slug } = await makePost(api);
  await openPost(admin, slug);
  const other = await context.newPage();
  await openPost(other, slug);
  await title(other).fill('From the other tab');
  await expect(state(other)).toHaveText(/^Saved/);
  await body(admin).click();
  await admin.keyboard.type('From the first. ');
  await expect(admin.getByRole('dialog', { name: 'Somebody else has changed this' })).toBeVisible();
});

test('what somebody deleted under my hands can be brought back with my text', async ({
  admin,
  api
}) => {
  const { slug } = await makePost(api);
  await openPost(admin, slug);
  await api.request('DELETE', `posts/${slug}`);
  await body(admin).click();
  await admin.keyboard.type('Mine. ');
  await expect(state(admin)).toHaveText(/somebody has deleted this/);
  await admin.getByRole('button', { name: 'Bring it back' }).click();
  await expect(state(admin)).toHaveText(/^Saved/);
  expect((await stored(api, slug)).body).toContain('Mine.');
});

test('what is live stays as it is until the changes are published, and then is just what was looked at', async ({
  admin,
  api
}) => {
  const { slug, title: old } = await makePost(api, { published: true });
  await openPost(admin, slug);
  await title(admin).fill('A better title');
  await expect(state(admin)).toHaveText(/^Saved/);
  await expect(bar(admin)).toContainText('Unpublished changes');
  expect((await stored(api, slug)).title).toBe(old);
  await admin.reload();
  await expect(title(admin)).toHaveValue('A better title');
  const address = admin.getByRole('textbox', { name: 'Address' });
  await expect(address).toHaveValue(slug);
  await address.fill(`${slug}-moved`);
  await expect(admin.getByText('links to the old one will be redirected')).toBeVisible();
  await admin.getByRole('button', { name: 'Publish changes' }).click();
  await expect(bar(admin)).not.toContainText('Unpublished changes');
  const led = await fetch(`${api.url}/api/v1/posts/${slug}`);
  expect([led.redirected, ((await led.json()) as { title: string }).title]).toEqual([
    true,
    'A better title'
  ]);

  await body(admin).click();
  await admin.keyboard.type('Once more. ');
  await expect(state(admin)).toHaveText(/^Saved/);
  await admin.getByRole('button', { name: 'More', exact: true }).click();
  await admin.getByRole('menuitem', { name: 'Unpublish' }).click();
  await expect(bar(admin)).toContainText('Draft');
  expect(await stored(api, slug)).toMatchObject({ published: false });
  expect((await stored(api, slug)).body).toContain('Once more.');
});

for (const [press, isPublished, asks] of [
  [
    (page: Page) => page.getByRole('button', { name: 'Publish changes' }).click(),
    true,
    'published'
  ],
  [(page: Page) => menu(page, 'Unpublish'), false, 'in the draft']
] as const)
  test(`where a colleague has changed what is live, I choose what shall be ${asks}`, async ({
    admin,
    api
  }) => {
    const { slug } = await makePost(api, { published: true });
    await openPost(admin, slug);
    await title(admin).fill('My changes');
    await expect(state(admin)).toHaveText(/^Saved/);
    const theirs = { body: '<p>Of a colleague.</p>' };
    await api.request('PATCH', `posts/${slug}`, theirs);
    await press(admin);
    const dialog = admin.getByRole('dialog', { name: 'What is live has changed' });
    await expect(dialog).toContainText('admin@example.com changed what is live');
    await expect(dialog).toContainText(`Choose what shall be ${asks}.`);
    const untouched = await stored(api, slug);
    expect(untouched).toMatchObject({ ...theirs, published: true });
    expect(untouched.title).not.toBe('My changes');
    await dialog
      .getByRole('group', { name: /^Text/ })
      .getByRole('radio', { name: 'Theirs' })
      .check();
    await dialog.getByRole('button', { name: 'Keep what is chosen' }).click();
    await expect
      .poll(() => stored(api, slug))
      .toMatchObject({ ...theirs, title: 'My changes', published: isPublished });
    await expect(bar(admin)).toContainText(isPublished ? 'Published' : 'Draft');
  });

test('publishing is refused where a colleague has saved other changes since I looked at them', async ({
  admin,
  api
}) => {
  const { slug, id } = await makePost(api, { published: true });
  await openPost(admin, slug);
  await title(admin).fill('What I looked at');
  await expect(state(admin)).toHaveText(/^Saved/);
  const copy = `working-copies/posts/${id}`;
  const { headers } = await api.request('GET', copy);
  const theirs = { content: { title: 'Theirs', body: '<p>As it was.</p>', slug } };
  await api.request('PUT', copy, theirs, { 'If-Match': headers.get('etag')! });
  await admin.getByRole('button', { name: 'Publish changes' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Somebody else has changed this' });
  await expect(dialog).toContainText('admin@example.com saved another version');
  await expect(dialog.locator('.difference del')).toHaveText('Theirs');
  expect((await stored(api, slug)).title).toMatch(/^A post for test/);
  await dialog.getByRole('button', { name: 'Take all of theirs' }).click();
  await expect(title(admin)).toHaveValue('Theirs');
  await admin.getByRole('button', { name: 'Publish changes' }).click();
  await expect.poll(async () => (await stored(api, slug)).title).toBe('Theirs');
});
