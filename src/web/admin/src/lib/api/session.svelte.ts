import { CmsProblem } from 'cms-kit';
import { send } from '#lib/api/transport.ts';
import type { Schemas, User } from '#lib/api/types.ts';

type Phase = 'starting' | 'out' | 'in' | 'expired';
type Told = { token: string } | 'out';

const IN_COOKIE = { 'X-Session': 'cookie' };

/**
 * Whoever is logged in. The refresh token is in a cookie that no script can read, the access token
 * in the memory of the tabs, which tell each other of a new one and take turns to ask for it.
 */
class Session {
  user = $state<User | null>(null);
  phase = $state<Phase>('starting');
  #token: string | null = null;
  #waiting: ((token: string) => void)[] = [];
  readonly #tabs = new BroadcastChannel('cms-session');

  constructor() {
    this.#tabs.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data === 'out') this.#leave();
      else if (this.user) this.#keep(data.token);
      else void this.#enter(data.token).catch(() => undefined);
    };
  }

  /** Finds out whether somebody is logged in. Throws `Unreachable` and `CmsProblem`. */
  async start(): Promise<void> {
    const token = await this.#inTurn(null);
    if (token) await this.#enter(token);
    else this.phase = 'out';
  }

  /** Throws `CmsProblem` where the login is refused. */
  async login(email: string, password: string): Promise<void> {
    const response = await send('POST', '/api/v1/auth/login', { email, password }, IN_COOKIE);
    const token = await tokenOf(response);
    this.#tell({ token });
    await this.#enter(token);
  }

  /** A good access token, other than the refused one; waits for a login where there is none. */
  async token(refused: string | null = null): Promise<string> {
    if (this.#token && this.#token !== refused) return this.#token;
    const token = await this.#inTurn(refused);
    if (token) return token;
    // Nobody to ask: whoever logged out has the login screen in front of them.
    if (this.phase !== 'out') this.phase = 'expired';
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async logout(): Promise<void> {
    this.#tell('out');
    this.#leave();
    await send('POST', '/api/v1/auth/logout', {}, IN_COOKIE);
  }

  async #enter(token: string): Promise<void> {
    const response = await send('GET', '/api/v1/users/me', undefined, {
      Authorization: `Bearer ${token}`
    });
    const body: unknown = await response.json();
    if (!response.ok) throw CmsProblem.from(response, body);
    const user = body as User;
    // Another editor's page must not be saved in this one's name.
    if (this.user && this.user.id !== user.id) location.reload();
    this.user = user;
    this.#keep(token);
  }

  #keep(token: string): void {
    this.#token = token;
    if (this.user) this.phase = 'in';
    for (const resolve of this.#waiting.splice(0)) resolve(token);
  }

  #leave(): void {
    this.#token = null;
    this.user = null;
    this.phase = 'out';
  }

  #tell(told: Told): void {
    this.#tabs.postMessage(told);
  }

  async #inTurn(refused: string | null): Promise<string | null> {
    const renew = async () => {
      if (this.#token && this.#token !== refused) return this.#token;
      const response = await send('POST', '/api/v1/auth/refresh', {}, IN_COOKIE);
      if (response.status === 401 || response.status === 422) return null;
      const token = await tokenOf(response);
      this.#keep(token);
      this.#tell({ token });
      return token;
    };
    // Locks are for secure contexts alone; without them the API's own grace has to do.
    return 'locks' in navigator ? navigator.locks.request('cms-session', renew) : renew();
  }
}

async function tokenOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw CmsProblem.from(response, body);
  return (body as Schemas['AccessToken']).access_token;
}

export const session = new Session();
