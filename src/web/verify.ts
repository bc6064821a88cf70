/** All that `make test-web` asks for, on two cores at once; arguments go to Playwright. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

interface Step {
  title: string;
  folder: string;
  command: string;
  environment: Record<string, string>;
  /** Whether what it says is of interest where it succeeds, too. */
  isShown: boolean;
}

const [port3, , portBelow] = (process.env.WEB_PORTS ?? '21730 21731 21732').split(' ');
const local = (port: string | undefined) => `http://127.0.0.1:${port}`;
const below = { BUILD_DIR: 'build-below', BASE_PATH: '/de', ORIGIN: local(portBelow) };

const chosen = process.argv.slice(2).map((option) => `'${option}'`);
// What is chosen may all be in one of the two suites.
const some = chosen.length > 0 ? ['--pass-with-no-tests', ...chosen] : [];
const playwright = ['playwright test --reporter=dot', ...some].join(' ');
// What a guess at a password costs is tested elsewhere; here are many logins.
const cheap = { BCRYPT_ROUNDS: '4' };

await besideEachOther(
  [
    step('The kit as a package (publint)', 'kit', 'npm run build'),
    step("Types of the editors' app (svelte-check)", 'admin', 'npm run check'),
    step("The editors' app", 'admin', 'npm run build'),
    step('Types of the site on SvelteKit 3 (svelte-check)', 'site', 'npm run check'),
    step('The site on SvelteKit 3', 'site', 'npm run build', { ORIGIN: local(port3) }),
    step('The site below a path', 'site', 'npm run build', below)
  ],
  [
    step('Format (prettier)', '.', 'prettier --check --log-level warn .'),
    step('Lint (eslint)', '.', 'eslint .'),
    step(
      "The API's types are up to date (openapi-typescript)",
      'kit',
      `npm run types -- '${process.env.OPENAPI}' --check`
    ),
    step('Types of the kit (tsc)', 'kit', 'tsc --noEmit'),
    step('Tests of the kit (vitest)', 'kit', 'vitest run --reporter dot')
  ]
);
await besideEachOther(
  [
    step('The site on SvelteKit 2', 'kit2', 'npm run build'),
    step('Types of the site on SvelteKit 2 (svelte-check)', 'kit2', 'npm run check'),
    step('The site in the browser (playwright)', 'site', playwright, cheap, true)
  ],
  [step("The editors' app in the browser (playwright)", 'admin', playwright, cheap, true)]
);

function step(
  title: string,
  folder: string,
  command: string,
  environment: Record<string, string> = {},
  isShown = false
): Step {
  return { title, folder, command, environment, isShown };
}

/** Goes through each row until something in it fails; what fails ends the whole. */
async function besideEachOther(...rows: Step[][]): Promise<void> {
  const passed = await Promise.all(
    rows.map(async (row) => {
      for (const each of row) if (!(await succeeds(each))) return false;
      return true;
    })
  );
  if (passed.includes(false)) process.exit(1);
}

async function succeeds({ title, folder, command, environment, isShown }: Step): Promise<boolean> {
  const started = Date.now();
  const folders = [join(import.meta.dirname, folder), import.meta.dirname];
  const path = [...folders.map((place) => join(place, 'node_modules/.bin')), process.env.PATH].join(
    ':'
  );
  const child = spawn(command, {
    cwd: folders[0],
    env: { ...process.env, PATH: path, ...environment },
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe']
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const code = await new Promise((ended) => child.once('close', ended));
  process.stdout.write(`${title} . ${Math.round((Date.now() - started) / 100) / 10} s\n`);
  if (code !== 0) process.stderr.write(said.join(''));
  else if (isShown) process.stdout.write(said.join(''));
  return code === 0;
}
