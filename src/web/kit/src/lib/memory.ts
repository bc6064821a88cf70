import type { Reply } from './transport.js';

export interface MemoryOptions {
  /** For how many milliseconds an answer is used without asking again. */
  maxAge?: number;
  /** For how many milliseconds an answer is used while the API cannot be reached. */
  staleIfError?: number;
  /** How many answers are kept; the one that the API was asked for longest ago goes first. */
  entries?: number;
}

export interface Remembered extends Reply {
  stale: boolean;
  /** Of the text, once somebody has wanted it: the same for all, so none may change it. */
  parsed?: { value?: unknown };
}

type Ask = (headers: Record<string, string>) => Promise<Reply>;
type Entry = Required<Remembered> & { askedAt: number; knownAt: number };

/**
 * What this process knows of the API's public answers. An answer older than `maxAge` is asked for
 * again with its ETag; concurrent readers share one request. Only 200s with an ETag are kept, so
 * that what was not found is found as soon as it is published.
 */
export class Memory {
  readonly #maxAge: number;
  readonly #staleIfError: number;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  readonly #asking = new Map<string, Promise<Remembered>>();

  constructor({ maxAge = 500, staleIfError = 86_400_000, entries = 1000 }: MemoryOptions = {}) {
    this.#maxAge = maxAge;
    this.#staleIfError = staleIfError;
    this.#limit = entries;
  }

  /** What is known well enough to be used without asking. */
  fresh(key: string): Remembered | undefined {
    const known = this.#entries.get(key);
    return known && performance.now() - known.askedAt < this.#maxAge ? known : undefined;
  }

  /** Rejects as `ask` does, unless a stale answer is known. */
  async read(key: string, ask: Ask): Promise<Remembered> {
    const fresh = this.fresh(key);
    if (fresh) return fresh;
    const known = this.#entries.get(key);
    let asking = this.#asking.get(key);
    if (!asking) {
      asking = this.#revalidate(key, known, ask).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return asking;
  }

  async #revalidate(key: string, known: Entry | undefined, ask: Ask): Promise<Remembered> {
    const askedAt = performance.now();
    try {
      const reply = await ask(known?.etag ? { 'If-None-Match': known.etag } : {});
      if (known && reply.status === 304)
        return this.#keep(key, { ...known, askedAt, knownAt: askedAt, stale: false });
      if (reply.status === 200 && reply.etag)
        return this.#keep(key, { ...reply, askedAt, knownAt: askedAt, stale: false, parsed: {} });
      if (reply.status < 500) {
        this.#entries.delete(key);
        return { ...reply, stale: false };
      }
      return this.#stale(key, known, askedAt) ?? { ...reply, stale: false };
    } catch (failure) {
      const stale = this.#stale(key, known, askedAt);
      if (stale) return stale;
      throw failure;
    }
  }

  /** Asked at least `maxAge` ago all the same: a page in an outage does not wait for each try. */
  #stale(key: string, known: Entry | undefined, askedAt: number): Remembered | undefined {
    if (!known || askedAt - known.knownAt > this.#staleIfError) return undefined;
    return this.#keep(key, { ...known, askedAt, stale: true });
  }

  #keep(key: string, entry: Entry): Entry {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#limit && !oldest.done) this.#entries.delete(oldest.value);
    return entry;
  }
}

/** What an answer says, to be changed at will: a copy costs less than to parse the text again. */
export function valueOf<T>({ text, parsed }: Remembered): T {
  if (!parsed) return JSON.parse(text) as T;
  parsed.value ??= JSON.parse(text) as T;
  return copied(parsed.value as T);
}

function copied<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copied) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = { ...value };
  for (const key in copy) if (typeof copy[key] === 'object') copy[key] = copied(copy[key]);
  return copy;
}
