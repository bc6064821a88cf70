import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const KIT = join(import.meta.dirname, '..');
const SNIPPET = /^```(?:ts|svelte)\n(?:\/\/|<!--) (\S+)(?: -->)?\n(.*?)^```$/gms;
const readme = await readFile(join(KIT, 'README.md'), 'utf8');
const snippets = [...readme.matchAll(SNIPPET)].map(([, path, code]) => ({
  path: path!,
  code: code!
}));

test('every snippet names the file that it was taken from', () => {
  expect(snippets).toHaveLength(readme.match(/^```(?!sh|$)/gm)!.length);
  expect(snippets.length).toBeGreaterThan(10);
});

test.each(snippets)('a snippet is what $path says', async ({ path, code }) => {
  const file = await readFile(join(KIT, '../site', path), 'utf8');
  expect(spaced(file)).toContain(spaced(code));
});

function spaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
