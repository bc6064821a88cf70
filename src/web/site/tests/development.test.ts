import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, withinASecond } from './fixtures.ts';
import { freePort, Served } from './processes.ts';
import { SmallSite } from './small.ts';

const VITE = join(import.meta.dirname, '../../node_modules/vite/bin/vite.js');
const CHECK = join(import.meta.dirname, '../../node_modules/svelte-check/bin/svelte-check');
const FILES = ['sitemap.xml', 'feed.xml', 'rss.xml', 'robots.txt'];
const POST = 'src/routes/blog/[slug]/+page';

test.describe.configure({ timeout: 120_000 });

test("the site of the kit's README is typed, and what is prerendered is all that is published, and no draft that a page links to", async ({
  api
}) => {
  const link = '<p><a href="/blog/unseen">Soon</a></p>';
  await api.request('POST', 'posts', { title: 'Unseen words', slug: 'unseen' });
  await api.request('POST', 'posts', { title: 'A', slug: 'a', body: link, published: true });
  const { items } = (await (await api.request('GET', 'sitemap?type=posts')).json()) as {
    items: { slug: string }[];
  };
  const small = await SmallSite.make();
  const run = (...command: string[]) =>
    promisify(execFile)(process.execPath, command, {
      cwd: small.folder,
      env: { ...process.env, API_URL: api.url }
    });
  try {
    const prerendered = `import { entriesOf } from 'cms-kit';
export const prerender = true;
export const entries = entriesOf(cms, 'posts');\n`;
    await small.edit(`${POST}.server.ts`, 'export', `${prerendered}\nexport`);
    const route = 'src/routes/sitemap[[part]].xml/+server.ts';
    await small.write(
      route,
      `import { prerenderedSitemap } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
export const { GET, entries, prerender } = prerenderedSitemap(cms);\n`
    );
    await small.edit(route, '(cms)', '(cms, { documents: 10 })');
    const { stderr } = await run(VITE, 'build');
    const { stdout } = await run(CHECK, '--fail-on-warnings', '--output', 'machine');
    expect(stdout).toContain(' 0 ERRORS 0 WARNINGS');
    expect(stderr).toContain('`/blog/unseen` was linked from `/blog/a`');
    const output = join(small.folder, '.svelte-kit/output/prerendered');
    const files = (await readdir(output, { recursive: true })).filter((file) =>
      /\.(html|json)$/.test(file)
    );
    const pages = files.flatMap((file) => file.match(/blog\/(.*)\.html$/)?.[1] ?? []);
    expect(pages.sort()).toEqual(items.map(({ slug }) => slug).sort());
    const written = (name: string) => readFile(join(output, 'pages', name), 'utf8');
    const places = (xml: string) =>
      [...xml.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, place]) => place!);
    const parts = places(await written('sitemap.xml')).map((place) => new URL(place).pathname);
    const found = places((await Promise.all(parts.map(written))).join());
    expect(parts).toContain('/sitemap-2.xml');
    for (const { slug } of items)
      expect(found.filter((place) => place.endsWith(`/blog/${slug}`))).toHaveLength(1);
    for (const file of files)
      expect(await readFile(join(output, file), 'utf8'), file).not.toContain('Unseen words');
  } finally {
    await small.remove();
    for (const slug of ['unseen', 'a']) await api.request('DELETE', `posts/${slug}`);
  }
});

test('a dev server shows what is published now, whatever was edited in the code meanwhile', async ({
  page,
  api
}) => {
  const post = { slug: 'growing', published: true };
  const say = (title: string) => api.request('PUT', 'posts/growing', { ...post, title });
  await api.request('POST', 'posts', { ...post, title: 'One' });
  const small = await SmallSite.make();
  const address = `http://127.0.0.1:${await freePort()}`;
  const options = ['--host', '127.0.0.1', '--port', new URL(address).port, '--strictPort'];
  const environment = { API_URL: api.url, NO_COLOR: '1', FORCE_COLOR: '' };
  const command = [process.execPath, VITE, 'dev', ...options];
  const dev = new Served(command, address, environment, small.folder);
  const title = async () =>
    /<h1>(.*)<\/h1>/.exec(await (await page.request.get(`${address}/blog/growing`)).text())?.[1];
  try {
    await dev.start('/blog/growing');
    for (const path of ['', 'pricing', 'blog', 'blog?tag=routing', 'search?q=one', ...FILES])
      expect((await page.request.get(`${address}/${path}`)).status(), path).toBe(200);
    await page.goto(`${address}/blog/growing`, { waitUntil: 'networkidle' });
    await small.edit(`${POST}.svelte`, '<article>', '<article>Other words');
    await expect(page.getByText('Other words')).toBeVisible();
    await say('Two');
    await withinASecond(async () => expect(await title()).toBe('Two'));
    await small.edit('src/lib/server/cms.ts', '});', '});\nexport const edited = true;');
    await say('Three');
    await expect.poll(title, { timeout: 5000 }).toBe('Three');
    await say('Four');
    await withinASecond(async () => expect(await title()).toBe('Four'));
  } finally {
    await dev.stop();
    await small.remove();
    await api.request('DELETE', 'posts/growing');
  }
});
