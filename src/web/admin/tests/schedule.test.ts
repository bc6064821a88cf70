import type { Page } from '@playwright/test';
import {
  bar,
  body,
  expect,
  login,
  makePost,
  menu,
  openPost,
  state,
  stored,
  test
} from './fixtures.ts';
import type { Api } from '../../site/tests/processes.ts';

// Clocks in Berlin: put forward on 25 March 2035 from 2:00 to 3:00, put back on 28 October at 3:00.
test.use({ timezoneId: 'Europe/Berlin' });

async function schedule(api: Api, id: string): Promise<unknown> {
  return (await api.request('GET', `schedule/posts/${id}`)).json();
}

async function openDialog(page: Page) {
  await menu(page, 'Schedule');
  const dialog = page.getByRole('dialog', { name: 'Schedule' });
  return {
    dialog,
    publishAt: dialog.getByLabel(/^Publish.* at$/),
    unpublishAt: dialog.getByLabel('Take off the site at'),
    set: () => dialog.getByRole('button', { name: 'Schedule', exact: true }).click()
  };
}

test('a draft is scheduled in my own time zone, over a change of the clocks, and not after all', async ({
  admin,
  api
}) => {
  const { slug, id } = await makePost(api);
  await openPost(admin, slug);
  await body(admin).click();
  await admin.keyboard.type('Typed before it. ');
  const { dialog, publishAt, unpublishAt, set } = await openDialog(admin);
  await expect(dialog).toContainText(/your time zone: Europe\/Berlin, UTC\+[12]\./);
  // One of them is not in the half of the year in which this runs.
  await publishAt.fill('2035-01-15T09:00');
  await expect(dialog).toContainText('That is Mon, 15 Jan 2035, 09:00 CET (UTC+1)');
  await unpublishAt.fill('2035-07-16T09:00');
  await expect(dialog).toContainText('That is Mon, 16 Jul 2035, 09:00 CEST (UTC+2)');
  await expect(dialog.getByText('Clocks change before then')).toHaveCount(1);
  await set();
  await expect(bar(admin)).toContainText('Scheduled');
  expect(await schedule(api, id)).toMatchObject({
    publish_at: '2035-01-15T08:00:00Z',
    unpublish_at: '2035-07-16T07:00:00Z'
  });
  expect((await stored(api, slug)).body).toContain('Typed before it.');

  await admin.reload();
  await expect(admin.getByText('Goes live Mon, 15 Jan 2035, 09:00 CET.')).toBeVisible();
  await admin.getByRole('button', { name: 'Change' }).click();
  await expect(publishAt).toHaveValue('2035-01-15T09:00');
  await unpublishAt.fill('2035-01-15T08:59');
  await expect(dialog.getByRole('alert')).toHaveText('The end must be after the beginning.');
  await dialog.getByRole('button', { name: 'Cancel the schedule' }).click();
  await expect(bar(admin)).not.toContainText('Scheduled');
  await expect(schedule(api, id)).rejects.toThrow('404');
  await body(admin).click();
  await admin.keyboard.type('And after it. ');
  await expect.poll(async () => (await stored(api, slug)).body).toContain('And after it.');
});

test('a time that does not exist is said, and of one that comes twice I choose which', async ({
  admin,
  api
}) => {
  const { slug, id } = await makePost(api);
  await openPost(admin, slug);
  const { dialog, publishAt, unpublishAt, set } = await openDialog(admin);
  await publishAt.fill('2035-03-25T02:30');
  await expect(dialog).toContainText('02:30 does not exist on that day');
  await expect(dialog).toContainText('That is Sun, 25 Mar 2035, 03:30 CEST (UTC+2)');
  await unpublishAt.fill('2035-10-28T02:30');
  await expect(dialog).toContainText('That is Sun, 28 Oct 2035, 02:30 CEST (UTC+2)');
  await dialog.getByLabel('this time comes twice').selectOption('The second, UTC+1');
  await expect(dialog).toContainText('That is Sun, 28 Oct 2035, 02:30 CET (UTC+1)');
  await set();
  await expect(bar(admin)).toContainText('Scheduled');
  expect(await schedule(api, id)).toMatchObject({
    publish_at: '2035-03-25T01:30:00Z',
    unpublish_at: '2035-10-28T01:30:00Z'
  });
  await admin.getByRole('button', { name: 'Change' }).click();
  await expect(dialog).toContainText('02:30 CET (UTC+1)');
});

test('with a clock that is an hour off, what is past and what is to come is told by the server’s', async ({
  page,
  api
}) => {
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    const ahead = () => now() + 3_600_000;
    class Wrong extends Date {
      constructor(given: number | string = ahead()) {
        super(given);
      }
      static override now = ahead;
    }
    Object.assign(globalThis, { Date: Wrong });
  });
  await login(page, api);
  const { slug, id } = await makePost(api);
  await openPost(page, slug);
  const { dialog, publishAt, set } = await openDialog(page);
  const berlin = (time: number) =>
    new Date(time)
      .toLocaleString('sv', { timeZone: 'Europe/Berlin' })
      .slice(0, 16)
      .replace(' ', 'T');
  const soon = Math.floor(Date.now() / 60_000 + 30) * 60_000;
  await publishAt.fill(berlin(soon));
  await expect(dialog).toContainText(/in (29|30) minutes\./);
  await expect(dialog).not.toContainText('That time has passed');
  await set();
  await expect(bar(page)).toContainText('Scheduled');
  const { publish_at } = (await schedule(api, id)) as { publish_at: string };
  expect(Date.parse(publish_at)).toBe(soon);

  await page.getByRole('button', { name: 'Change' }).click();
  await publishAt.fill(berlin(soon - 3_600_000));
  await expect(dialog).toContainText('That time has passed: it will be done at once.');
  await set();
  await expect(bar(page)).toContainText('Published');
  await expect(state(page)).toHaveText(/^Saved|No changes/);
  expect((await stored(api, slug)).published).toBe(true);
});

test.describe('where the stored version is another than this editor knows', () => {
  test.use({ collides: true });

  test('while I type, the clock publishes it: no conflict, and what follows waits beside what is live', async ({
    admin,
    api
  }) => {
    const { slug, id } = await makePost(api);
    await openPost(admin, slug);
    const at = new Date(Date.now() + 1500).toISOString();
    await api.request('PUT', `schedule/posts/${id}`, { publish_at: at });
    await body(admin).click();
    for (const letter of 'Typing over the moment. ') {
      await admin.keyboard.type(letter);
      await admin.waitForTimeout(100);
    }
    await expect(bar(admin)).toContainText('Unpublished changes');
    await expect(state(admin)).toHaveText(/^Saved/);
    await expect(admin.getByRole('dialog')).toHaveCount(0);
    expect(await stored(api, slug)).toMatchObject({ published: true, body: '<p>As it was.</p>' });

    const { publishAt, set } = await openDialog(admin);
    await publishAt.fill('2035-01-15T09:00');
    await set();
    await expect(bar(admin)).toContainText('Scheduled');
    const copy = async () =>
      (await (await api.request('GET', `working-copies/posts/${id}`)).json()) as object;
    expect(await copy()).toMatchObject({ publish_at: '2035-01-15T08:00:00Z' });
    await admin.getByRole('button', { name: 'Publish changes' }).click();
    await expect(bar(admin)).not.toContainText('Scheduled');
    expect((await stored(api, slug)).body).toContain('Typing over the moment.');
  });

  test('what the clock could not do is told with the reason, and so is what it is not given to do', async ({
    admin,
    api
  }) => {
    const { slug, id } = await makePost(api, { published: true });
    const content = { title: 'Changed', slug, body: '<p>As it was.</p>', published: true };
    await api.request('PUT', `working-copies/posts/${id}`, { content }, { 'If-None-Match': '*' });
    await api.request('PATCH', `posts/${slug}`, { body: '<p>Of a colleague.</p>' });
    await openPost(admin, slug);
    const { dialog, publishAt, set } = await openDialog(admin);
    await publishAt.fill('2020-01-15T09:00');
    await set();
    const reason = admin.getByText('It could not be done: The document has changed since');
    await expect(reason).toBeVisible({ timeout: 15_000 });
    expect((await stored(api, slug)).body).toBe('<p>Of a colleague.</p>');
    await admin.getByRole('button', { name: 'Publish changes' }).click();
    await admin.getByRole('button', { name: 'Keep all of mine' }).click();
    await expect.poll(() => stored(api, slug)).toMatchObject({ title: 'Changed', published: true });
    await expect(reason).toHaveCount(0);

    await menu(admin, 'Schedule');
    await dialog.getByLabel('Take off the site at').fill('2035-01-15T09:00');
    await api.request('DELETE', `posts/${slug}`);
    await set();
    await expect(dialog.getByRole('alert')).toBeVisible();
    await expect(bar(admin)).not.toContainText('Scheduled');
  });
});
