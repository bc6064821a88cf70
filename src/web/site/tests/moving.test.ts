import type { Redirect } from 'cms-kit';
import { expect, test, withinASecond } from './fixtures.ts';

test('a renamed post leads its visitors on, those who click too, within a second', async ({
  page,
  request,
  api
}) => {
  const post = { title: 'A walk', slug: 'a-walk', body: '<p>Along.</p>', published: true };
  const link = '<p><a href="/blog/a-walk">The walk</a></p>';
  await api.request('POST', 'posts', post);
  await api.request('POST', 'pages', {
    title: 'Links',
    slug: 'links',
    body: link,
    published: true
  });
  await page.goto('/links');
  await request.get('/blog/a-walk');

  await api.request('PUT', 'posts/a-walk', { ...post, slug: 'a-long-walk' });
  const answer = async () => {
    const response = await request.get('/blog/a-walk?utm_source=x', { maxRedirects: 0 });
    const { location, 'cache-control': cached } = response.headers();
    return [response.status(), location, cached];
  };
  const moved = [301, '/blog/a-long-walk', 'public, max-age=0, must-revalidate'];
  await withinASecond(async () => expect(await answer()).toEqual(moved));
  await page.getByRole('link', { name: 'The walk' }).click();
  await expect(page).toHaveURL('/blog/a-long-walk');
  await expect(page.getByText('Along.')).toBeVisible();

  await api.request('PUT', 'posts/a-long-walk', { ...post, slug: 'a-walk' });
  await withinASecond(async () => expect((await answer())[0]).toBe(200));
  await api.request('DELETE', 'posts/a-walk');
  await api.request('DELETE', 'pages/links');
});

test("the site's own redirects hold within a second, by a click too, and no page is hidden", async ({
  page,
  request,
  api
}) => {
  const answer = async (path: string) => {
    const response = await request.get(path, { maxRedirects: 0 });
    return [response.status(), response.headers().location];
  };
  const made = async (rule: object) =>
    (await (await api.request('POST', 'redirects', rule)).json()) as Redirect;
  const offer = await made({ from_path: '/offer', to: '/pricing', status: 301 });
  const old = await made({
    from_path: '/shop/caf%C3%A9.php',
    to: 'https://shop.example/',
    status: 308
  });
  const fax = await made({ from_path: '/fax', status: 410 });
  await withinASecond(async () =>
    expect(await answer('/offer?utm=1')).toEqual([301, '/pricing?utm=1'])
  );
  expect(await answer('/shop/café.php')).toEqual([308, 'https://shop.example/']);
  const gone = await page.goto('/fax');
  expect([gone?.status(), gone?.headers()['cache-control']]).toEqual([410, 'no-store']);
  await expect(page.getByRole('contentinfo')).toContainText('Lindenkaai');

  const link = '<p><a href="/offer">The offer</a></p>';
  await api.request('POST', 'pages', {
    title: 'Links',
    slug: 'links',
    body: link,
    published: true
  });
  const click = async () => {
    await page.goto('/links');
    await page.waitForLoadState('networkidle');
    await page.getByRole('link', { name: 'The offer' }).click();
  };
  await click();
  await expect(page).toHaveURL('/pricing');

  await api.request('PUT', `redirects/${offer.id}`, {
    from_path: '/offer',
    to: '/about',
    status: 302
  });
  await withinASecond(async () => expect(await answer('/offer')).toEqual([302, '/about']));
  await api.request('POST', 'pages', { title: 'The best offer', slug: 'offer', published: true });
  await withinASecond(async () => expect(await answer('/offer')).toEqual([200, undefined]));
  await click();
  await expect(page).toHaveURL('/offer');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The best offer');

  for (const slug of ['offer', 'links']) await api.request('DELETE', `pages/${slug}`);
  for (const { id } of [offer, old, fax]) await api.request('DELETE', `redirects/${id}`);
  for (const path of ['/offer', '/fax'])
    await withinASecond(async () => expect(await answer(path)).toEqual([404, undefined]));
});
