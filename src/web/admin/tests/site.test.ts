import { expect, makePost, test } from './fixtures.ts';

// Colleagues change here what is on the screen.
test.use({ collides: true });

test('redirects are added, changed and deleted, and what is refused is told at its field', async ({
  admin,
  api
}) => {
  const rule = async (from: string) => {
    const { items } = (await (await api.request('GET', 'redirects')).json()) as {
      items: { id: string; from_path: string; to: string | null; status: number }[];
    };
    return items.find((each) => each.from_path === from);
  };
  const target = async (from: string): Promise<unknown> => (await rule(from))?.to;
  const change = async (from: string, changes: object): Promise<void> => {
    const { id, ...values } = (await rule(from))!;
    await api.request('PUT', `redirects/${id}`, { ...values, ...changes });
  };
  await admin.getByRole('link', { name: 'Redirects' }).click();
  const dialog = admin.getByRole('dialog');
  const from = dialog.getByRole('textbox', { name: 'From' });
  const to = dialog.getByRole('textbox', { name: 'To' });
  const save = dialog.getByRole('button', { name: 'Save' });

  await admin.getByRole('button', { name: 'Add a redirect' }).click();
  await from.fill('summer');
  await to.fill('/offers');
  await save.click();
  await expect(from).toHaveAccessibleDescription(/must be a path of the website/);
  await expect(from).toHaveAttribute('aria-invalid', 'true');
  const { slug } = await makePost(api, { published: true });
  await from.fill(`/blog/${slug}`);
  await save.click();
  await expect(from).toHaveAccessibleDescription(/A published document has this path/);
  await from.fill('/summer');
  await save.click();
  await expect(dialog).toHaveCount(0);
  await expect(admin.getByRole('row', { name: /\/summer \/offers/ })).toBeVisible();
  expect(await target('/summer')).toBe('/offers');

  await admin.getByRole('button', { name: 'Add a redirect' }).click();
  await from.fill('/chain');
  await to.fill('/summer');
  await save.click();
  await expect(to).toHaveAccessibleDescription(/lead to its target/);
  await admin.keyboard.press('Escape');

  await admin.getByRole('button', { name: 'Edit the redirect from /summer' }).click();
  await to.fill('/lost');
  await change('/summer', { to: '/autumn' }); // by a colleague, meanwhile
  await save.click();
  await expect(dialog.getByText(/has changed/)).toBeVisible();
  expect(await target('/summer')).toBe('/autumn');
  await admin.keyboard.press('Escape');

  await admin.getByRole('button', { name: 'Edit the redirect from /summer' }).click();
  await expect(to).toHaveValue('/autumn');
  await to.fill('/winter');
  await save.click();
  await expect.poll(() => target('/summer')).toBe('/winter');
  await admin.getByRole('button', { name: 'Edit the redirect from /summer' }).click();
  await dialog.getByRole('combobox', { name: 'Kind' }).selectOption('Gone (410)');
  await expect(to).toHaveCount(0);
  await save.click();
  await expect.poll(() => target('/summer')).toBe(null);

  await admin.getByRole('button', { name: 'Delete the redirect from /summer' }).click();
  await expect(admin.getByText('The redirect from /summer is deleted.')).toBeVisible();
  expect(await target('/summer')).toBe(undefined);
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => target('/summer')).toBe(null);
});

test('two change the settings: the second sees both versions, and chooses', async ({
  admin,
  api
}) => {
  const settings = async () =>
    (await (await api.request('GET', 'settings')).json()) as Record<string, unknown>;
  const before = await settings();
  await admin.getByRole('link', { name: 'Settings' }).click();
  const name = admin.getByRole('textbox', { name: 'Name of the site' });
  await name.fill('My site');
  await admin.getByRole('textbox', { name: 'Logo' }).fill('javascript:alert()');
  await admin.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByRole('textbox', { name: 'Logo' })).toHaveAttribute(
    'aria-invalid',
    'true'
  );
  await admin.getByRole('textbox', { name: 'Logo' }).fill('');
  await api.request('PATCH', 'settings', { site_name: 'Their site', tagline: 'Their words' });
  await admin.keyboard.press('Control+s');
  const dialog = admin.getByRole('dialog', { name: 'Somebody else has changed this' });
  await expect(dialog).toContainText('admin@example.com saved another version');
  await dialog.getByRole('button', { name: 'Decide later' }).click();
  await admin.keyboard.press('Control+s');
  // What I have left alone is theirs.
  const tagline = dialog.getByRole('group', { name: /^Tagline/ });
  await expect(tagline.getByRole('radio', { name: 'Theirs' })).toBeChecked();
  await dialog.getByRole('button', { name: 'Keep what is chosen' }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(settings).toMatchObject({ site_name: 'My site', tagline: 'Their words' });
  await admin.getByRole('button', { name: 'Bring back the other version' }).click();
  await expect.poll(settings).toMatchObject({ site_name: 'Their site' });
  await expect(name).toHaveValue('Their site');

  await name.fill('Never saved');
  await admin.getByRole('link', { name: 'Posts' }).click();
  await admin.getByRole('button', { name: 'Stay here' }).click();
  await expect(name).toHaveValue('Never saved');
  await admin.getByRole('link', { name: 'Posts' }).click();
  await admin.getByRole('button', { name: 'Leave' }).click();
  await expect(admin).toHaveURL(/\/posts$/);
  await api.request('PATCH', 'settings', {
    site_name: before.site_name,
    tagline: before.tagline
  });
});
