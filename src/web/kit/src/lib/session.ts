import type { RequestEvent } from '@sveltejs/kit';
import { UNAVAILABLE, type Cms } from './cms.js';
import { CmsProblem } from './problems.js';
import { requestId } from './transport.js';
import type { TokenPair } from './types.js';

/** What is used of an event on the server. */
export type EditorEvent = Pick<
  RequestEvent,
  'cookies' | 'fetch' | 'getClientAddress' | 'request' | 'url'
>;

const ACCESS = 'cms_access';
const REFRESH = 'cms_refresh';
const SESSION_SECONDS = 7 * 24 * 3600;

/** A token that is about to end would be refused on arrival. */
const MARGIN_SECONDS = 30;

/** Headers that tell the API for whom it is asked: rate limits are the visitor's, not this server's. */
export function onBehalfOf(event: EditorEvent): Record<string, string> {
  return { 'X-Forwarded-For': event.getClientAddress(), ...requestId(event.request) };
}

/** Editors' sessions, in two httpOnly cookies. */
export class Sessions {
  readonly #cms: Cms;
  readonly #refreshing = new Map<string, Promise<TokenPair | null>>();

  constructor(cms: Cms) {
    this.#cms = cms;
  }

  /**
   * A good access token (not the one that was refused), or null if there is no session; then both
   * cookies are gone. Those who ask at once share one refresh. Throws `CmsProblem` where the
   * session may well go on: the API is away, or has had too many requests.
   */
  async token(event: EditorEvent, refused?: string): Promise<string | null> {
    const access = event.cookies.get(ACCESS);
    if (access && access !== refused) return access;
    const refresh = event.cookies.get(REFRESH);
    const pair = refresh ? await this.#refreshOnce(event, refresh) : null;
    if (pair) return this.#keep(event, pair);
    this.#forget(event);
    return null;
  }

  /** Throws `CmsProblem` if the login is refused. */
  async begin(event: EditorEvent, email: string, password: string): Promise<void> {
    const response = await this.#post(event, 'login', { email, password });
    if (!response.ok) throw CmsProblem.from(response, await response.json().catch(() => null));
    this.#keep(event, (await response.json()) as TokenPair);
  }

  /** Both cookies go, whether or not the API can be told. */
  async end(event: EditorEvent): Promise<void> {
    const refresh_token = event.cookies.get(REFRESH);
    this.#forget(event);
    if (refresh_token) await this.#post(event, 'logout', { refresh_token }).catch(() => undefined);
  }

  #refreshOnce(event: EditorEvent, token: string): Promise<TokenPair | null> {
    const pending =
      this.#refreshing.get(token) ??
      this.#refresh(event, token).finally(() => this.#refreshing.delete(token));
    this.#refreshing.set(token, pending);
    return pending;
  }

  async #refresh(event: EditorEvent, refresh_token: string): Promise<TokenPair | null> {
    const response = await this.#post(event, 'refresh', { refresh_token });
    if (response.ok) return (await response.json()) as TokenPair;
    if (response.status === 401 || response.status === 422) return null;
    throw CmsProblem.from(response, await response.json().catch(() => null));
  }

  async #post(event: EditorEvent, path: string, body: object): Promise<Response> {
    // Not within the `try`: an address that cannot be told is the deployment's fault, for the log.
    const headers = { 'Content-Type': 'application/json', ...onBehalfOf(event) };
    try {
      return await event.fetch(`${this.#cms.url}/api/v1/auth/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(this.#cms.timeout),
        credentials: 'omit'
      });
    } catch {
      throw new CmsProblem(503, UNAVAILABLE);
    }
  }

  #keep(event: EditorEvent, pair: TokenPair): string {
    // `lax`: with `strict`, who follows a link from elsewhere would be shown the login page.
    const secure = event.url.protocol === 'https:';
    const options = { path: '/', httpOnly: true, secure, sameSite: 'lax' } as const;
    const maxAge = pair.expires_in - MARGIN_SECONDS;
    event.cookies.set(ACCESS, pair.access_token, { ...options, maxAge });
    event.cookies.set(REFRESH, pair.refresh_token, { ...options, maxAge: SESSION_SECONDS });
    return pair.access_token;
  }

  #forget(event: EditorEvent): void {
    for (const name of [ACCESS, REFRESH]) {
      if (event.cookies.get(name)) event.cookies.delete(name, { path: '/' });
    }
  }
}
