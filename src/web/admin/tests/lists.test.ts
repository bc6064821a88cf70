import type { Page } from '@playwright/test';
import {
  body,
  expect,
  makePost,
  menu,
  openPost,
  stored,
  test,
  title as titleField
} from './fixtures.ts';

const rows = (page: Page) => page.locator('tbody .title');

test('lists filter by state, tag and author, sort, and go on to the next page', async ({
  admin,
  api
}) => {
  await expect(admin.getByText(/^\d+ in all$/)).toBeVisible();
  await admin.getByRole('button', { name: 'Next page' }).click();
  await expect(admin.getByText(/^Page 2 of/)).toBeVisible();
  await admin.getByRole('button', { name: 'Drafts' }).click();
  await expect(admin).toHaveURL(/status=draft$/);
  await expect(admin.locator('tbody').getByText('Published')).toHaveCount(0);
  await admin.getByRole('button', { name: 'All' }).click();
  await admin.getByRole('combobox', { name: 'Order' }).selectOption('title');
  await expect(rows(admin).first()).toHaveText(/^[A-C]/);

  const mine = await makePost(api, { tags: ['rare'], author: 'Ann Author' });
  await makePost(api, { tags: ['rare'] });
  await admin.getByRole('combobox', { name: 'Tag' }).fill('rare');
  await admin.getByRole('combobox', { name: 'Tag' }).press('Enter');
  await expect(rows(admin)).toHaveCount(2);
  const author = admin.getByRole('combobox', { name: 'Author' });
  await author.focus();
  await expect(admin.locator('option[value="Ann Author"]')).toBeAttached();
  await author.fill('Ann Author');
  await author.press('Enter');
  await expect(rows(admin)).toHaveText([mine.title]);
});

test('search finds as one types, in drafts too, best first, and says where', async ({
  admin,
  api
}) => {
  const word = 'xylophone';
  const draft = await makePost(api, { body: `<p>Somewhere a ${word} plays.</p>`, tags: ['sound'] });
  const best = await makePost(api, { title: `A ${word}`, published: true });
  await makePost(api, { title: 'Of no interest' });
  await admin.keyboard.press('/');
  await admin.keyboard.type('xylo', { delay: 20 });
  await expect(rows(admin)).toHaveCount(2);
  await expect(rows(admin).first()).toHaveText(best.title);
  await expect(admin.locator('tbody mark')).toHaveText(word);
  await expect(admin.getByText('2 found')).toBeVisible();
  await expect(admin.getByRole('searchbox', { name: 'Search posts' })).toBeFocused();
  await admin.getByRole('button', { name: 'Drafts' }).click();
  await expect(rows(admin)).toHaveText([draft.title]);
  await admin.getByRole('searchbox', { name: 'Search posts' }).fill('zyzzyva');
  await expect(admin.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await admin.getByRole('link', { name: 'Show everything' }).click();
  await expect(admin.getByRole('searchbox', { name: 'Search posts' })).toHaveValue('');
  await expect(admin.getByText(/^\d+ in all$/)).toBeVisible();
});

test('badges tell what is live, changed and scheduled', async ({ admin, api }) => {
  const live = await makePost(api, { published: true });
  const content = { title: 'Changed', slug: live.slug, published: true };
  const headers = { 'If-None-Match': '*' };
  await api.request('PUT', `working-copies/posts/${live.id}`, { content }, headers);
  const draft = await makePost(api);
  const publish_at = new Date(Date.now() + 86_400_000).toISOString();
  await api.request('PUT', `schedule/posts/${draft.id}`, { publish_at, unpublish_at: null });
  await admin.reload();
  const stateOf = (title: string) => admin.getByRole('row').filter({ hasText: title }).nth(0);
  await expect(stateOf(live.title)).toContainText(/Published\s*Unpublished changes/);
  await expect(stateOf(draft.title)).toContainText(/Draft\s*Scheduled\s*Publish at: /);
});

test('from the list: publish, unpublish, duplicate, delete and undo', async ({ admin, api }) => {
  const { slug, title } = await makePost(api);
  await admin.reload();
  const choose = async (item: string) => {
    await admin.getByRole('button', { name: `Actions for “${title}”` }).click();
    await admin.getByRole('menuitem', { name: item }).click();
  };
  await choose('Publish');
  await expect(admin.getByText(`“${title}” is live.`)).toBeVisible();
  expect((await stored(api, slug)).published).toBe(true);
  await choose('Delete');
  await expect(admin.getByText(`“${title}” is deleted.`)).toBeVisible();
  await expect(admin.getByRole('link', { name: title, exact: true })).toHaveCount(0);
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(admin.getByRole('link', { name: title, exact: true })).toBeVisible();
  await expect.poll(async () => (await stored(api, slug)).published).toBe(true);
  await choose('Unpublish');
  await expect.poll(async () => (await stored(api, slug)).published).toBe(false);
  await choose('Duplicate');
  await expect(titleField(admin)).toHaveValue(`${title} (copy)`);
});

test('the keyboard alone: arrows and Enter open one, n begins a new one', async ({ admin }) => {
  await expect(admin.getByRole('table')).toBeVisible();
  await admin.keyboard.press('ArrowDown');
  await admin.keyboard.press('ArrowDown');
  const wanted = await rows(admin).nth(1).textContent();
  await admin.keyboard.press('Enter');
  const title = admin.getByRole('textbox', { name: 'Title', exact: true });
  await expect(title).toHaveValue(wanted!);
  await admin.goBack();
  await expect(admin.getByRole('table')).toBeVisible();
  await admin.keyboard.press('n');
  await expect(title).toHaveValue('');
});

test('the trash brings back what was deleted, and history what was written', async ({
  admin,
  api
}) => {
  const { slug, title } = await makePost(api, { body: '<p>The first words.</p>' });
  await api.request('PATCH', `posts/${slug}`, { body: '<p>The second words.</p>' });
  const gone = await makePost(api);
  for (const each of [slug, gone.slug]) await api.request('DELETE', `posts/${each}`);
  await admin.getByRole('link', { name: 'Trash' }).click();
  await admin
    .getByRole('listitem')
    .filter({ hasText: title })
    .getByRole('button', { name: 'Bring back' })
    .click();
  await expect(admin.getByRole('textbox', { name: 'Title', exact: true })).toHaveValue(title);
  await admin.getByRole('button', { name: 'More', exact: true }).click();
  await admin.getByRole('menuitem', { name: 'History' }).click();
  await admin
    .getByRole('button', { name: /^Created/ })
    .last()
    .click();
  await expect(admin.locator('ins.diff', { hasText: 'second' })).toBeVisible();
  await admin.getByRole('button', { name: 'Restore this version' }).click();
  await expect.poll(async () => (await stored(api, slug)).body).toBe('<p>The first words.</p>');
  await admin.goto('/admin/trash');
  const listed = (name: string) =>
    admin.getByRole('listitem').filter({ has: admin.getByText(name, { exact: true }) });
  await expect(listed(gone.title)).toBeVisible();
  await expect(listed(title)).toHaveCount(0);
});

test('a link shows a draft to whoever has it, until it is revoked', async ({ admin, api }) => {
  const { slug, title } = await makePost(api);
  await openPost(admin, slug);
  await admin.getByRole('button', { name: 'More', exact: true }).click();
  await admin.getByRole('menuitem', { name: 'Preview and share' }).click();
  await admin.getByRole('button', { name: 'Make a link' }).click();
  const link = await admin.getByRole('textbox', { name: 'Link' }).inputValue();
  expect(link).toMatch(/^https:\/\/www\.example\.com\/preview\?token=/);
  const token = new URL(link).searchParams.get('token')!;
  const preview = `${api.url}/api/v1/preview/${token}`;
  expect(await (await fetch(preview)).json()).toMatchObject({ document: { title } });
  await admin.getByRole('button', { name: 'Revoke' }).click();
  await expect(admin.getByText('None.')).toBeVisible();
  expect((await fetch(preview)).status).toBe(404);
});

test('a copy is of what is on the screen, not of what is live', async ({ admin, api }) => {
  const live = await makePost(api, { published: true });
  await openPost(admin, live.slug);
  await titleField(admin).fill('On the screen');
  await body(admin).click();
  await admin.keyboard.press('Control+Home');
  await admin.keyboard.type('Just typed. ');
  await menu(admin, 'Duplicate');
  await expect(titleField(admin)).toHaveValue('On the screen (copy)');
  await expect(body(admin)).toHaveText('Just typed. As it was.');
  const copy = await stored(api, 'on-the-screen-copy');
  expect(copy).toMatchObject({ published: false, body: '<p>Just typed. As it was.</p>' });
  expect((await stored(api, live.slug)).title).toBe(live.title);
});
