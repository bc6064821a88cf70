import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SITE = join(import.meta.dirname, '..');

const PAGE = `<script lang="ts">
  import { RichText } from 'cms-kit/components';
  const { data } = $props();
</script>

<h1>{data.post.title}</h1>
<p>First words</p>
<RichText html={data.post.body} />
`;

/** The kit's README takes snippets from here, too. */
const FILES: Record<string, string> = {
  'package.json': `{ "private": true, "type": "module", "imports": { "#lib/*": "./src/lib/*" } }`,
  'vite.config.ts': `import { sveltekit } from '@sveltejs/kit/vite';
export default {
  plugins: [sveltekit({ prerender: { handleHttpError: 'warn', handleMissingId: 'ignore' } })]
};
`,
  'src/app.html': `<!doctype html>
<html lang="en"><head>%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>
`,
  'src/lib/server/cms.ts': `import { createCms } from 'cms-kit';
export const cms = createCms({ url: process.env.API_URL! });
`,
  'src/hooks.server.ts': `import { handleCms } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
export const handle = handleCms(cms);
`,
  'src/routes/blog/[slug]/+page.server.ts': `import { entriesOf } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
export const prerender = process.env.PRERENDER === 'yes';
export const entries = entriesOf(cms, 'posts');
export const load = async (event) => ({ post: await cms(event).post(event.params.slug) });
`,
  'src/routes/blog/[slug]/+page.svelte': PAGE
};

/** A site of one page, in a folder of its own beside this site's packages. */
export class SmallSite {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<SmallSite> {
    const site = new SmallSite(await mkdtemp(join(SITE, '.small-')));
    for (const [path, text] of Object.entries(FILES)) await site.write(path, text);
    return site;
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  /** As an editor of code saves it. */
  async edit(path: string, from: string, to: string): Promise<void> {
    const text = FILES[path]!;
    if (!text.includes(from)) throw new Error(`${path} lacks ${from}`);
    await this.write(path, text.replace(from, to));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
