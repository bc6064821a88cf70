import type { RequestEvent } from '@sveltejs/kit';
import type { Cms } from './cms.js';
import { Memory } from './memory.js';
import { get } from './transport.js';
import type { Redirect } from './types.js';

/** For how many milliseconds a page that was not found waits to hear whether there are new rules. */
const PATIENCE = 500;

/** What no header can hold, and editors write into addresses. */
const NOT_ASCII = /[^!-~]+/g;

/** What `encodeURIComponent` escapes, and a rule's path does not. */
const UNESCAPED = /%(?:24|26|2B|2C|3A|3B|3D|40)/g;

/** The site's own redirects, in memory: asked for again by their ETag, and never in the way. */
export class Redirects {
  readonly #cms: Cms;
  readonly #memory = new Memory({ entries: 1 });
  #text = '';
  #rules = new Map<string, Redirect>();

  constructor(cms: Cms) {
    this.#cms = cms;
  }

  /** The rule for a path, if there is one, as known now or shortly. */
  async find({ url, fetch }: Pick<RequestEvent, 'url' | 'fetch'>): Promise<Redirect | undefined> {
    const { base } = this.#cms;
    if (!`${url.pathname}/`.startsWith(`${base}/`)) return undefined;
    await Promise.race([this.#refresh(fetch), after(PATIENCE)]);
    return this.#rules.get(normal(url.pathname.slice(base.length)));
  }

  /** Where a rule leads: a path of the site, with what a visitor's query says, or another site. */
  target({ to }: Redirect, { search }: URL): string | null {
    if (!to) return null;
    const [path, ...fragment] = to.split('#');
    const asked = path!.includes('?') ? path! : path! + search;
    const place = to.startsWith('/') ? this.#cms.base + asked : asked;
    return [place, ...fragment].join('#').replace(NOT_ASCII, encodeURIComponent);
  }

  async #refresh(fetch: typeof globalThis.fetch): Promise<void> {
    const address = `${this.#cms.url}/api/v1/redirects`;
    try {
      const { status, text } = await this.#memory.read(address, (headers) =>
        get(fetch, address, headers, this.#cms.timeout)
      );
      if (status !== 200 || text === this.#text) return;
      const { items } = JSON.parse(text) as { items: Redirect[] };
      this.#rules = new Map(items.map((rule) => [rule.from_path, rule]));
      this.#text = text;
    } catch {
      // What was known stays.
    }
  }
}

/** A path as the API writes those of rules: in one percent-encoding, with no slash at its end. */
function normal(path: string): string {
  const segments = path.split('/').map((segment) => {
    try {
      return encodeURIComponent(decodeURIComponent(segment)).replace(UNESCAPED, decodeURIComponent);
    } catch {
      return segment;
    }
  });
  return segments.join('/').replace(/\/+$/, '') || '/';
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
