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

// What comes before is a site by itself, which the site's tests make, check and visit.
const [walk, ...pieces] = readme.split('## Options');

test.each(snippets.filter(({ code }) => !walk!.includes(code)))(
  'a snippet is a piece of $path',
  async ({ path, code }) => {
    const file = await readFile(join(KIT, '../site', path), 'utf8');
    expect(spaced(file)).toContain(spaced(code));
  }
);

test('what is exported in a line of the text is so in what the tests build', async () => {
  const written = /`((?:export const|handleHttpError)[^`]+)`/g;
  const lines = [...pieces.join().matchAll(written)].map(([, line]) => line!);
  expect(lines).toHaveLength(3);
  const tests = ['development.test.ts', 'small.ts'].map((name) => join(KIT, '../site/tests', name));
  const built = (await Promise.all(tests.map((path) => readFile(path, 'utf8')))).join();
  for (const line of lines) expect(spaced(built)).toContain(line);
});

function spaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
