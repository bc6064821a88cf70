import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../../../..');

/** Starts the API with a database of its own; `make test-web` sets it. */
const LAUNCH = process.env.LAUNCH ?? '.venv/bin/python -m dev';

/** A line of the API's log. */
export interface Logged {
  route: string;
  client: string;
  request_id: string;
  status: number;
}

/** A port that nobody listens on: any, or that one. Rejects with `EADDRINUSE` if somebody does. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A program that serves, and is up when `url` answers. */
export class Served {
  readonly lines: string[] = [];
  #child: ChildProcess | undefined;
  readonly #command: string[];
  readonly #health: string;
  readonly #environment: Record<string, string>;
  readonly #folder: string;

  constructor(
    command: string[],
    health: string,
    environment: Record<string, string>,
    folder = ROOT
  ) {
    this.#command = command;
    this.#health = health;
    this.#environment = environment;
    this.#folder = folder;
  }

  /** Resolves when that path, or the usual one, is answered: by it, and not by who was there before. */
  async start(path?: string): Promise<void> {
    const health = path ? new URL(path, this.#health).href : this.#health;
    const { host: address, port } = new URL(health);
    await freePort(Number(port)).catch(({ message }) => {
      throw new Error(`${this.#command.join(' ')} cannot listen on ${address}: ${message}`);
    });
    const [program, ...options] = this.#command;
    const child = spawn(program!, options, {
      cwd: this.#folder,
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe']
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => this.lines.push(...String(data).split('\n')));
    for (let patience = 1200; ; patience--) {
      if (child.exitCode !== null || patience === 0)
        throw new Error(`${this.#command.join(' ')} did not start:\n${this.lines.join('\n')}`);
      const response = await fetch(health, { redirect: 'manual' }).catch(() => null);
      // Ours, which says where it listens.
      if (response && response.status < 500 && this.lines.some((line) => line.includes(address)))
        return;
      await pause(50);
    }
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
  }
}

/** The real API on a real database, both made for these tests, with the demo content. */
export class Api {
  readonly url: string;
  readonly #served: Served;
  readonly #folder: string;
  #token = '';

  private constructor(folder: string, port: number, environment: Record<string, string>) {
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.#served = new Served(LAUNCH.split(' '), `${this.url}/readyz`, {
      DATA_DIR: folder,
      PORT: String(port),
      PYTHONPATH: 'src',
      // The machine may be busy with the browser: the API need not be in a hurry.
      DATABASE_TIMEOUT_SECONDS: '20',
      STATEMENT_TIMEOUT_SECONDS: '15',
      LOCK_TIMEOUT_SECONDS: '10',
      ...environment
    });
  }

  static async start(environment: Record<string, string> = {}): Promise<Api> {
    const folder = await mkdtemp(join(tmpdir(), 'cms-web-'));
    const api = new Api(folder, await freePort(), environment);
    await api.#served.start();
    return api;
  }

  start(): Promise<void> {
    return this.#served.start();
  }

  stop(): Promise<void> {
    return this.#served.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true });
  }

  /** What it has printed. */
  get output(): string {
    return this.#served.lines.join('\n');
  }

  async password(): Promise<string> {
    return (await readFile(join(this.#folder, 'admin-password'), 'utf8')).trim();
  }

  /** What the API was asked while `visit` went on. */
  async asked(visit: () => Promise<unknown>): Promise<Logged[]> {
    const from = await this.#logPosition();
    await visit();
    return this.#served.lines.slice(from + 1, await this.#logPosition()).flatMap((line) => {
      const isRequest = line.startsWith('{') && line.includes('"cms.request"');
      return isRequest ? [JSON.parse(line) as Logged] : [];
    });
  }

  /** The log is written a moment after the answer: where a request of our own is in it. */
  async #logPosition(): Promise<number> {
    const id = `mark-${performance.now()}`;
    await fetch(`${this.url}/healthz`, { headers: { 'X-Request-ID': id } });
    for (;;) {
      const found = this.#served.lines.findIndex((line) => line.includes(id));
      if (found >= 0) return found;
      await pause(10);
    }
  }

  async login(email = 'admin@example.com', password?: string): Promise<string> {
    const response = await fetch(`${this.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': '198.51.100.1' },
      body: JSON.stringify({ email, password: password ?? (await this.password()) })
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  /** As an editor; logs in once. */
  async request(
    method: string,
    path: string,
    body?: object,
    more: Record<string, string> = {}
  ): Promise<Response> {
    this.#token ||= await this.login();
    const own = { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: { ...own, ...more },
      body: body ? JSON.stringify(body) : null
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response;
  }
}
