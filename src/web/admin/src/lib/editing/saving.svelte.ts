import { CmsProblem, Unreachable } from '#lib/api/client.ts';
import type { Content, Value } from '#lib/api/types.ts';
import type { Kind } from '#lib/documents/kinds.ts';
import { look, type Conflict, type Move } from '#lib/editing/conflicts.ts';
import { Keeping } from '#lib/editing/keeping.ts';
import * as remote from '#lib/editing/remote.ts';
import type { Place } from '#lib/editing/remote.ts';
import { invalid, type State } from '#lib/editing/states.ts';
import { Written } from '#lib/editing/written.svelte.ts';

const SAVE_AFTER_MS = 1000;
const SAVE_AT_LATEST_MS = 6000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

/** One document on the screen, saved by itself: one request after the other, each over what is known. */
export class Saving {
  place = $state.raw<Place>(remote.NOWHERE);
  state = $state.raw<State>({ name: 'new' });
  conflict = $state.raw<Conflict | null>(null);
  readonly kind: Kind;
  protected readonly written: Written;
  protected readonly keeping: Keeping;
  #queue: Promise<unknown> = Promise.resolve();
  #timer = 0;
  #changedAt = 0;
  #failures = 0;
  #isOver = false;

  constructor(kind: Kind) {
    this.kind = kind;
    this.written = new Written(kind);
    this.keeping = new Keeping(() =>
      this.isDirty ? { document: this.key, content: this.written.snapshot() } : null
    );
  }

  get content(): Content {
    return this.written.content;
  }

  get isDirty(): boolean {
    return this.written.isDirty;
  }

  protected get key(): string {
    return `${this.kind.name}/${this.place.live?.document.id ?? 'new'}`;
  }

  /** Until somebody has chosen what to do, nothing is written. */
  protected get isWriting(): boolean {
    return !this.#isOver && !['conflict', 'gone'].includes(this.state.name);
  }

  /** Takes a field as it is now on the screen; of rich text how to get it. */
  edit(field: string, value: Value | (() => string)): void {
    this.written.edit(field, value);
    this.#changed();
  }

  /** Takes up the text of an earlier day, or of another version; it is saved like any other. */
  replace(content: Content): void {
    this.written.show(content);
    this.#changed();
  }

  /** Makes the texts, so that `content` has all that is on the screen. */
  settle(): void {
    this.written.snapshot();
  }

  #changed(): void {
    this.#changedAt ||= Date.now();
    this.keeping.soon();
    if (this.isWriting) this.#plan();
  }

  #plan(): void {
    if (this.state.name !== 'saving' && this.state.name !== 'offline')
      this.state = { name: 'waiting' };
    const wait = Math.min(SAVE_AFTER_MS, this.#changedAt + SAVE_AT_LATEST_MS - Date.now());
    this.#saveIn(Math.max(wait, 0));
  }

  #saveIn(wait: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.save(), wait);
  }

  /** Resolves to whether all is stored. */
  save(): Promise<boolean> {
    return this.inTurn(() => this.saveOnce());
  }

  protected async saveOnce(): Promise<boolean> {
    window.clearTimeout(this.#timer);
    if (!this.isWriting) return false;
    const content = this.written.snapshot();
    if (!this.isDirty) {
      if (this.state.name !== 'unchanged') this.rest();
      return true;
    }
    if (!String(content.title).trim()) {
      this.state = { name: 'title' };
      return false;
    }
    this.#changedAt = 0;
    this.state = { name: 'saving' };
    try {
      this.take(await remote.save(this.kind, this.place, content), content);
    } catch (failure) {
      await this.#failed(failure, content);
      return false;
    }
    this.written.takeSlug(this.place.live!.document.slug);
    if (!this.isDirty) await this.keeping.drop();
    return true;
  }

  /** These fields are stored there; what has been written since is saved next. */
  protected take(place: Place, stored: Content): void {
    this.place = place;
    if (place.live?.document.published_at) this.written.keepSlug();
    this.written.acknowledge(stored);
    this.#failures = 0;
    this.rest();
  }

  /** Says when it was saved last, or that it will be. */
  protected rest(): void {
    const at = this.place.copy?.data.updated_at ?? this.place.live?.document.updated_at;
    this.state = at ? { name: 'saved', at } : { name: 'new' };
    if (this.isDirty) this.#plan();
  }

  async #failed(failure: unknown, content: Content): Promise<void> {
    this.keeping.now();
    const isProblem = failure instanceof CmsProblem;
    if (isProblem && failure.status < 500 && failure.status !== 429) {
      if (failure.status === 412 || failure.status === 404) await this.#collide(content);
      else if (failure.status === 409 && this.written.followsTitle) {
        this.written.renumber(content);
        this.#saveIn(0);
      } else this.state = invalid(failure);
      return;
    }
    if (!isProblem && !(failure instanceof Unreachable)) throw failure;
    this.state = { name: navigator.onLine && isProblem ? 'busy' : 'offline' };
    const asked = isProblem && failure.retryAfter ? failure.retryAfter * 1000 : 0;
    const patience = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)]!;
    this.#saveIn(Math.max(asked, patience));
  }

  async #collide(content: Content): Promise<void> {
    try {
      await this.look(content);
    } catch (failure) {
      const isRefused = failure instanceof CmsProblem && failure.status < 500;
      await this.#failed(isRefused ? new Unreachable() : failure, content);
    }
  }

  /** Another version is stored than was known. Resolves to whether nobody has to choose. */
  protected async look(mine: Content, then: Move | null = null): Promise<boolean> {
    const found = await look(this.kind, this.place, mine, then);
    if (found && 'stored' in found) {
      this.take(found.place, found.stored);
      return true;
    }
    this.state = { name: found ? 'conflict' : 'gone' };
    this.settle();
    this.conflict = found;
    return false;
  }

  protected inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  keepNow(): void {
    this.keeping.now();
  }

  close(): void {
    this.#isOver = true;
    window.clearTimeout(this.#timer);
    this.keeping.end();
  }
}
