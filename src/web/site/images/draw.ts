/**
 * Draws the demo content's pictures: maps of invented towns with a round through them, and riders in
 * a street. Run by hand (`npm run images`); the pictures are committed.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { map } from './map.ts';
import { street } from './street.ts';

const DEMO = join(import.meta.dirname, '../../../cms/demo');
const STATIC = join(import.meta.dirname, '../static');

async function named(): Promise<Map<string, { width: number; height: number }>> {
  const found = new Map([['/images/plain.jpg', { width: 960, height: 540 }]]);
  for (const folder of ['pages', 'posts']) {
    for (const file of await readdir(join(DEMO, folder))) {
      const text = await readFile(join(DEMO, folder, file), 'utf8');
      for (const [, path] of text.matchAll(/^(?:featured|og)_image_url: (\/\S+\.jpg)$/gm))
        found.set(
          path!,
          path!.includes('/og/') ? { width: 1200, height: 630 } : { width: 960, height: 540 }
        );
      for (const [, path, width, height] of text.matchAll(
        /<img src="(\/[^"]+)"[^>]* width="(\d+)" height="(\d+)"/g
      ))
        found.set(path!, { width: Number(width), height: Number(height) });
    }
  }
  return found;
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox']
});
const page = await browser.newPage();
for (const [path, size] of await named()) {
  const isScene = !path.startsWith('/images/posts/') || path.includes('-');
  const svg = (isScene && !path.includes('plain') ? street : map)(path, size);
  await page.setViewportSize(size);
  await page.setContent(`<body style="margin:0">${svg}</body>`);
  await mkdir(dirname(STATIC + path), { recursive: true });
  await page.screenshot({ path: STATIC + path, type: 'jpeg', quality: 62 });
}
await browser.close();
