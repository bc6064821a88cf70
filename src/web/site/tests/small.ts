import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SITE = join(import.meta.dirname, '..');
const README = join(SITE, '../kit/README.md');
const SNIPPET = /^```(?:ts|svelte)\n(?:\/\/|<!--) (\S+)(?: -->)?\n(.*?)^```$/gms;

const FILES: Record<string, string> = {
  'package.json': `{ "private": true, "type": "module", "imports": { "#lib/*": "./src/lib/*" } }`,
  'tsconfig.json': JSON.stringify({
    extends: '$app/tsconfig',
    compilerOptions: {
      strict: true,
      allowImportingTsExtensions: true,
      types: ['$app/types', 'node']
    },
    include: ['src']
  }),
  'vite.config.ts': `import { sveltekit } from '@sveltejs/kit/vite';
export default {
  plugins: [sveltekit({
    prerender: {
      handleMissingId: 'ignore',
      handleHttpError: ({ status, message }) => { if (status !== 404) throw new Error(message); console.warn(message); }
    }
  })]
};
`,
  'src/app.html': `<!doctype html>
<html lang="en"><head>%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>
`,
  'src/routes/+page.server.ts': `import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';
export const load: PageServerLoad = async (event) => ({ page: await cms(event).page('home') });
`
};

/** The site that the kit's README makes, in a folder of its own beside this site's packages. */
export class SmallSite {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<SmallSite> {
    const site = new SmallSite(await mkdtemp(join(SITE, '.small-')));
    for (const [path, text] of Object.entries(FILES)) await site.write(path, text);
    // What follows is of options, and of editors, whose snippets are pieces.
    const [walk] = (await readFile(README, 'utf8')).split('## Options');
    for (const [, path, text] of walk!.matchAll(SNIPPET)) await site.write(path!, text!);
    await site.copy('src/routes/[slug]/+page.svelte', 'src/routes/+page.svelte');
    return site;
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  /** As an editor of code saves it. */
  async edit(path: string, from: string, to: string): Promise<void> {
    const text = await readFile(join(this.folder, path), 'utf8');
    if (!text.includes(from)) throw new Error(`${path} lacks ${from}`);
    await this.write(path, text.replace(from, to));
  }

  copy(from: string, to: string): Promise<void> {
    return copyFile(join(this.folder, from), join(this.folder, to));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
