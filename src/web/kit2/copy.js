// The site and the packed kit, beside SvelteKit 2: what is linked would find SvelteKit 3.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
for (const name of ['src', 'static', 'vite.config.ts']) {
  rmSync(join(here, name), { recursive: true, force: true });
  cpSync(join(here, '../site', name), join(here, name), { recursive: true });
}
const kit = join(here, 'node_modules/cms-kit');
rmSync(kit, { recursive: true, force: true });
mkdirSync(kit, { recursive: true });
for (const name of ['package.json', 'dist'])
  cpSync(join(here, '../kit', name), join(kit, name), { recursive: true });
