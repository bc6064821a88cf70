import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const KIT = join(import.meta.dirname, '..');
const SNIPPET = /^```(?:ts|svelte)\n(?:\/\/|<!--) (\S+)(?: -->)?\n(.*?)^```$/gms;
// A site of one page, which tests build and run.
const small = spaced(await readFile(join(KIT, '../site/tests/small.ts'), 'utf8'));
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
  expect(`${spaced(file)}\n${small}`).toContain(spaced(code));
});

test('what is exported in a line of the text is so in the small site that tests run', () => {
  const lines = [...readme.matchAll(/`(export const [^`]+)`/g)].map(([, line]) => line!);
  expect(lines).toHaveLength(1);
  for (const line of lines) expect(small).toContain(line);
});

function spaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
