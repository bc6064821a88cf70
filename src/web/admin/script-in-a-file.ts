import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter } from '@sveltejs/kit';

const INLINE = /<script>([\s\S]*?)<\/script>/g;
const FILES = '_app/immutable/';

/**
 * Moves the page's inline script into a file of its own, for a policy without inline scripts. That file
 * knows by its own address below which path the app is served: what names it is the page alone.
 */
export function scriptInAFile(adapter: Adapter, base: string): Adapter {
  return {
    ...adapter,
    async adapt(builder) {
      await adapter.adapt(builder);
      const page = join('build', 'index.html');
      let html = await readFile(page, 'utf8');
      for (const [whole, inline] of html.matchAll(INLINE)) {
        const script = anywhere(inline!, base);
        const hash = createHash('sha256').update(script).digest('hex').slice(0, 12);
        const path = `${FILES}boot.${hash}.js`;
        await writeFile(join('build', path), script);
        html = html.replace(whole, () => `<script src="${base}/${path}"></script>`);
      }
      await writeFile(page, html);
      // Made of the page as it was.
      await Promise.all(['br', 'gz'].map((end) => rm(`${page}.${end}`, { force: true })));
    }
  };
}

function anywhere(script: string, base: string): string {
  const moved = script
    .replaceAll(`"${base}/${FILES}`, '"./')
    .replaceAll(/(base|assets): "[^"]*"/g, '$1: here');
  if (moved.includes(base) || !moved.includes('base: here'))
    throw new Error(`the page's script has changed its form:\n${script}`);
  return `{
const here = new URL('../..', document.currentScript.src).pathname.replace(/\\/$/, '');
${moved}
}
`;
}
