/** All that `make test-web` asks for, in order; arguments go to Playwright. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const [port3, , portBelow] = (process.env.WEB_PORTS ?? '41730 41731 41732').split(' ');
const local = (port: string | undefined) => `http://127.0.0.1:${port}`;
const below = { BUILD_DIR: 'build-below', BASE_PATH: '/de', ORIGIN: local(portBelow) };

step('Format (prettier)', '.', 'prettier --check --log-level warn .');
step('Lint (eslint)', '.', 'eslint .');
step(
  "The API's types are up to date (openapi-typescript)",
  'kit',
  `npm run types -- '${process.env.OPENAPI}' --check`
);
step('Types of the kit (tsc)', 'kit', 'tsc --noEmit');
step('Tests of the kit (vitest)', 'kit', 'vitest run --reporter dot');
step('The kit as a package (publint)', 'kit', 'npm run build');
step('Types of the site on SvelteKit 3 (svelte-check)', 'site', 'npm run check');
step("Types of the editors' app (svelte-check)", 'admin', 'npm run check');
step("The editors' app", 'admin', 'npm run build');
step('The site on SvelteKit 3', 'site', 'npm run build', { ORIGIN: local(port3) });
step('The site below a path', 'site', 'npm run build', below);
step('The site on SvelteKit 2', 'kit2', 'npm run build');
step('Types of the site on SvelteKit 2 (svelte-check)', 'kit2', 'npm run check');
const chosen = process.argv.slice(2).map((option) => `'${option}'`);
const playwright = ['playwright test', ...chosen].join(' ');
step('In the browser (playwright)', 'site', playwright, {}, true);
step("The editors' app in the browser (playwright)", 'admin', playwright, {}, true);

function step(
  title: string,
  folder: string,
  command: string,
  environment = {},
  shown = false
): void {
  process.stdout.write(title);
  const started = Date.now();
  const folders = [join(import.meta.dirname, folder), import.meta.dirname];
  const path = [...folders.map((place) => join(place, 'node_modules/.bin')), process.env.PATH].join(
    ':'
  );
  const { status, stdout, stderr } = spawnSync(command, {
    cwd: folders[0],
    env: { ...process.env, PATH: path, ...environment },
    encoding: 'utf8',
    shell: true,
    stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe']
  });
  process.stdout.write(`${shown ? '' : ' .'} ${Math.round((Date.now() - started) / 100) / 10} s\n`);
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  process.exit(1);
}
