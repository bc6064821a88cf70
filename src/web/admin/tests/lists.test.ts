import { expect, makePost, openPost, stored, test } from './fixtures.ts';

test('lists filter by state, sort, and go on to the next page', async ({ admin }) => {
  await expect(admin.getByText(/^\d+ in all$/)).toBeVisible();
  await admin.getByRole('button', { name: 'Next page' }).click();
  await expect(admin.getByText(/^Page 2 of/)).toBeVisible();
  await admin.getByRole('button', { name: 'Drafts' }).click();
  await expect(admin).toHaveURL(/status=draft/);
  await expect(admin.locator('tbody').getByText('Published')).toHaveCount(0);
  await admin.getByRole('button', { name: 'All' }).click();
  await admin.getByRole('combobox', { name: 'Order' }).selectOption('title');
  await expect(admin.locator('tbody .title').first()).toHaveText(/^[A-C]/);
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
  await choose('Unpublish');
  await expect.poll(async () => (await stored(api, slug)).published).toBe(false);
  await choose('Delete');
  await expect(admin.getByText(`“${title}” is deleted.`)).toBeVisible();
  await expect(admin.getByRole('link', { name: title, exact: true })).toHaveCount(0);
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(admin.getByRole('link', { name: title, exact: true })).toBeVisible();
  await choose('Duplicate');
  await expect(admin.getByRole('textbox', { name: 'Title', exact: true })).toHaveValue(
    `${title} (copy)`
  );
});

test('the keyboard alone: arrows and Enter open one', async ({ admin }) => {
  await expect(admin.getByRole('table')).toBeVisible();
  await admin.keyboard.press('ArrowDown');
  await admin.keyboard.press('ArrowDown');
  const wanted = await admin.locator('tbody .title').nth(1).textContent();
  await admin.keyboard.press('Enter');
  await expect(admin.getByRole('textbox', { name: 'Title', exact: true })).toHaveValue(wanted!);
});

test('the trash brings back what was deleted, and history what was written', async ({
  admin,
  api
}) => {
  const { slug, title } = await makePost(api, { body: '<p>The first words.</p>' });
  await api.request('PATCH', `posts/${slug}`, { body: '<p>The second words.</p>' });
  await api.request('DELETE', `posts/${slug}`);
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
});

test('a link shows a draft to whoever has it, until it is revoked', async ({ admin, api }) => {
  const { slug, title } = await makePost(api);
  await openPost(admin, slug);
  await admin.getByRole('button', { name: 'More', exact: true }).click();
  await admin.getByRole('menuitem', { name: 'Preview and share' }).click();
  await admin.getByRole('button', { name: 'Make a link' }).click();
  const token = await admin.getByRole('textbox', { name: 'Link' }).inputValue();
  const preview = `${api.url}/api/v1/preview/${token}`;
  expect(await (await fetch(preview)).json()).toMatchObject({ document: { title } });
  await admin.getByRole('button', { name: 'Revoke' }).click();
  await expect(admin.getByText('None.')).toBeVisible();
  expect((await fetch(preview)).status).toBe(404);
});
