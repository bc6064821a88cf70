/**
 * Pages a second of the blog and of a post with the kit, with plain `fetch`, and with the data
 * inlined, which is the limit: `make bench-web`. Needs `wrk`. With PROFILE=kit, where the time goes is
 * in `.cache` when it ends, for Chromium's developer tools.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Api, freePort, Served } from '../tests/processes.ts';
import { filesOf, SLUG, type Variant } from './variants.ts';

const SITE = join(import.meta.dirname, '..');
const VITE = join(SITE, '../node_modules/vite/bin/vite.js');
const VARIANTS: Variant[] = ['kit', 'fetch', 'inlined'];
const PAGES = { list: '/blog', post: `/blog/${SLUG}` };
/** Until V8 has compiled what it will: a process that has just started serves a tenth less. */
const WARM_UP_SECONDS = 8;
/** How often each page is measured in a process. */
const TURNS = 3;
const [seconds = 2, rounds = 5] = process.argv.slice(2).map(Number);

interface Site {
  served: Served;
  origin: string;
}

interface Reading {
  rate: number;
  p99: number;
  /** Microseconds of the site's processor time for a page. */
  cpu: number;
}

type Readings = Map<Variant, Reading[]>;
const unread = (): Readings => new Map(VARIANTS.map((variant) => [variant, []]));

const api = await Api.start();
const built = mkdtempSync(join(SITE, '.small-bench-'));
try {
  for (const variant of VARIANTS) await build(variant);
  const all = new Map(Object.keys(PAGES).map((page) => [page, unread()]));
  for (let round = 0; round < rounds; round++) await take(all);
  for (const [page, readings] of all) show(page, readings);
} finally {
  await api.remove();
  rmSync(built, { recursive: true });
}

/** A round, in new processes: how well V8 compiles the same code differs by a tenth between two. */
async function take(all: Map<string, Readings>): Promise<void> {
  const sites = new Map<Variant, Site>();
  try {
    for (const variant of VARIANTS) sites.set(variant, await start(variant));
    for (const site of sites.values())
      for (const path of Object.values(PAGES)) await measure(site, path, WARM_UP_SECONDS);
    for (let turn = 0; turn < TURNS; turn++)
      for (const [page, path] of Object.entries(PAGES))
        for (const [variant, site] of sites)
          all
            .get(page)!
            .get(variant)!
            .push(await measure(site, path, seconds));
  } finally {
    for (const { served } of sites.values()) await served.stop();
  }
}

async function build(variant: Variant): Promise<void> {
  const folder = join(built, variant);
  for (const each of ['src', 'static', 'tsconfig.json', 'vite.config.ts', 'package.json'])
    cpSync(join(SITE, each), join(folder, each), { recursive: true });
  for (const [path, text] of Object.entries(await filesOf(variant, api.url))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  execFileSync(process.execPath, [VITE, 'build', '--logLevel', 'error'], {
    cwd: folder,
    env: { ...process.env, ORIGIN: 'http://127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit']
  });
}

async function start(variant: Variant): Promise<Site> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const profile = process.env.PROFILE === variant ? ['--cpu-prof', '--cpu-prof-dir=.cache'] : [];
  const command = [...on(0), process.execPath, ...profile, join(built, variant, 'build')];
  const environment = { ORIGIN: origin, PORT: new URL(origin).port, HOST: '127.0.0.1' };
  const served = new Served(command, origin, { ...environment, API_URL: api.url });
  await served.start(PAGES.list);
  return { served, origin };
}

async function measure({ served, origin }: Site, path: string, seconds: number): Promise<Reading> {
  const [program, ...options] = [...on(1), 'wrk', '-t1', '-c16', `-d${seconds}s`, '--latency'];
  const before = spent(served.pid);
  const { stdout } = await promisify(execFile)(program!, [...options, origin + path]);
  const cpu = spent(served.pid) - before;
  if (stdout.includes('Non-2xx')) throw new Error(`${origin}${path}:\n${stdout}`);
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout)!;
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)![1]),
    p99: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'],
    cpu: cpu / Number(/(\d+) requests in/.exec(stdout)![1])
  };
}

/** The load and the site have a core each, where there are two. */
function on(core: number): string[] {
  return cpus().length > 1 ? ['taskset', '-c', String(core)] : [];
}

/** Microseconds of a process's processor time, in ticks of a hundredth of a second. */
function spent(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function show(page: string, readings: Readings): void {
  const inlined = readings.get('inlined')!;
  for (const [variant, all] of readings) {
    const of = (key: keyof Reading) => median(all.map((reading) => reading[key]));
    const share = (key: 'rate' | 'cpu') =>
      median(all.map((reading, round) => reading[key] / inlined[round]![key]));
    process.stdout.write(
      `${page.padEnd(5)}${variant.padEnd(8)} ${of('rate').toFixed(0).padStart(6)} pages/s` +
        ` (${share('rate').toFixed(2)} of inlined), p99 ${of('p99').toFixed(1)} ms,` +
        ` CPU ${of('cpu').toFixed(0)} us a page (${share('cpu').toFixed(2)})\n`
    );
  }
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
