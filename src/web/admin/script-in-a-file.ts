import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter } from '@sveltejs/kit';

const INLINE = /<script>([\s\S]*?)<\/script>/g;

/** Moves the page's inline script into a file of its own, for a policy without inline scripts. */
export function scriptInAFile(adapter: Adapter): Adapter {
  return {
    ...adapter,
    async adapt(builder) {
      await adapter.adapt(builder);
      const page = join('build', 'index.html');
      let html = await readFile(page, 'utf8');
      for (const [whole, script] of html.matchAll(INLINE)) {
        const hash = createHash('sha256').update(script!).digest('hex').slice(0, 12);
        const path = `_app/immutable/boot.${hash}.js`;
        await writeFile(join('build', path), script!);
        html = html.replace(whole, () => `<script src="/admin/${path}"></script>`);
      }
      await writeFile(page, html);
      // Made of the page as it was.
      await Promise.all(['br', 'gz'].map((end) => rm(`${page}.${end}`, { force: true })));
    }
  };
}
