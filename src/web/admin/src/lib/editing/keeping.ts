import { session } from '#lib/api/session.svelte.ts';
import type { Content } from '#lib/api/types.ts';
import { drop, keep, living } from '#lib/editing/kept.ts';

const KEEP_AFTER_MS = 400;

interface Keepable {
  document: string;
  content: Content;
}

/** Keeps what is not acknowledged in IndexedDB, a moment after it was written. */
export class Keeping {
  readonly #id = `${Date.now()}-${Math.random()}`;
  readonly #die = living(this.#id);
  readonly #unsaved: () => Keepable | null;
  #timer = 0;

  /** Is told how to get at what is not acknowledged: null where there is nothing. */
  constructor(unsaved: () => Keepable | null) {
    this.#unsaved = unsaved;
  }

  soon(): void {
    this.#timer ||= window.setTimeout(() => this.now(), KEEP_AFTER_MS);
  }

  now(): void {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    const unsaved = this.#unsaved();
    if (unsaved)
      void keep({ ...unsaved, id: this.#id, user: session.user?.id ?? '', at: Date.now() });
  }

  drop(): Promise<void> {
    return drop(this.#id);
  }

  /** What is kept is offered to the next who opens the document. */
  end(): void {
    this.now();
    this.#die();
  }
}
