import { CmsProblem, Unreachable } from '#lib/api/client.ts';
import { session } from '#lib/api/session.svelte.ts';
import type { Content, Value } from '#lib/api/types.ts';
import * as actions from '#lib/documents/actions.ts';
import { contentOf, isSame, type Kind } from '#lib/documents/kinds.ts';
import { slugFrom } from '#lib/documents/slugs.ts';
import { drop, keep, leftOf, living, type Kept } from '#lib/editing/kept.ts';
import * as remote from '#lib/editing/remote.ts';
import type { Place } from '#lib/editing/remote.ts';

const SAVE_AFTER_MS = 1000;
const SAVE_AT_LATEST_MS = 6000;
const KEEP_AFTER_MS = 400;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

export type State =
  | {
      name:
        | 'new'
        | 'unchanged'
        | 'waiting'
        | 'saving'
        | 'offline'
        | 'busy'
        | 'conflict'
        | 'gone'
        | 'title';
    }
  | { name: 'saved'; at: string }
  | { name: 'invalid'; field: string; problem: string };

export interface Conflict {
  theirs: Content;
  place: Place;
  who: string | null;
  when: string;
  /** The live document has moved on, and these changes are about to be published over it. */
  isLive: boolean;
}

/** One document on the screen, and all that is sent of it: one thing after the other. */
export class Editing {
  content = $state.raw<Content>({});
  place = $state.raw<Place>({ live: null, copy: null });
  state = $state.raw<State>({ name: 'new' });
  conflict = $state.raw<Conflict | null>(null);
  left = $state.raw<Kept[]>([]);
  readonly kind: Kind;
  readonly #id = `${Date.now()}-${Math.random()}`;
  readonly #die: () => void;
  /** Texts that are made only when they are needed. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on the screen depends on it
  readonly #lazy = new Map<string, () => string>();
  /** What the server has acknowledged, as it was sent. */
  #sent: Content = {};
  #queue: Promise<unknown> = Promise.resolve();
  #saveTimer = 0;
  #keepTimer = 0;
  #changedAt = 0;
  #failures = 0;
  #isOver = false;
  #followsTitle = false;

  constructor(kind: Kind) {
    this.kind = kind;
    this.#die = living(this.#id);
    this.content = this.#sent = contentOf(kind, {});
    this.#followsTitle = true;
  }

  async open(slug: string | null): Promise<void> {
    if (slug !== null) this.#arrive(await remote.open(this.kind, slug), { name: 'unchanged' });
    this.left = await leftOf(this.#key, session.user?.id ?? '');
  }

  get isDirty(): boolean {
    return !isSame(this.kind, this.#snapshot(), this.#sent);
  }

  get isBeside(): boolean {
    return remote.isBeside(this.place);
  }

  get #key(): string {
    return `${this.kind.name}/${this.place.live?.document.id ?? 'new'}`;
  }

  /** Takes a field as it is now on the screen; of rich text how to get it. */
  edit(field: string, value: Value | (() => string)): void {
    if (typeof value === 'function') this.#lazy.set(field, value);
    else this.content = { ...this.content, [field]: value };
    if (field === 'slug') this.#followsTitle = false;
    if (field === 'title' && this.#followsTitle) this.#follow(String(value));
    this.#changedAt ||= Date.now();
    if (this.#isWriting) this.#plan();
    else this.#planKeeping();
  }

  get #isWriting(): boolean {
    return !['conflict', 'gone'].includes(this.state.name);
  }

  #follow(title: string): void {
    if (this.place.live?.document.published_at) return;
    const slug = slugFrom(title);
    if (slug) this.content = { ...this.content, slug };
  }

  #plan(): void {
    if (this.state.name !== 'saving' && this.state.name !== 'offline')
      this.state = { name: 'waiting' };
    const wait = Math.min(SAVE_AFTER_MS, this.#changedAt + SAVE_AT_LATEST_MS - Date.now());
    window.clearTimeout(this.#saveTimer);
    this.#saveTimer = window.setTimeout(() => void this.save(), Math.max(wait, 0));
    this.#planKeeping();
  }

  #planKeeping(): void {
    this.#keepTimer ||= window.setTimeout(() => this.keepNow(), KEEP_AFTER_MS);
  }

  /** Puts what is not acknowledged into IndexedDB. */
  keepNow(): void {
    window.clearTimeout(this.#keepTimer);
    this.#keepTimer = 0;
    if (!this.isDirty) return;
    const content = this.#snapshot();
    void keep({
      id: this.#id,
      document: this.#key,
      user: session.user?.id ?? '',
      content,
      at: Date.now()
    });
  }

  /** Makes the texts, so that `content` has all that is on the screen. */
  settle(): void {
    this.#snapshot();
  }

  #snapshot(): Content {
    if (this.#lazy.size > 0) {
      const made = [...this.#lazy].map(([field, make]) => [field, make()] as const);
      this.#lazy.clear();
      this.content = { ...this.content, ...Object.fromEntries(made) };
    }
    return this.content;
  }

  /** Resolves to whether all is stored. */
  save(): Promise<boolean> {
    window.clearTimeout(this.#saveTimer);
    return this.#inTurn(() => this.#saveOnce());
  }

  async #saveOnce(): Promise<boolean> {
    if (!this.#isWriting || this.#isOver) return false;
    const content = this.#snapshot();
    if (isSame(this.kind, content, this.#sent)) {
      if (this.state.name === 'waiting') this.state = this.#rest();
      return true;
    }
    if (!String(content.title).trim()) {
      this.state = { name: 'title' };
      return false;
    }
    this.#changedAt = 0;
    this.state = { name: 'saving' };
    try {
      const isNew = this.place.live === null;
      this.place = await remote.save(this.kind, this.place, content);
      this.#sent = content;
      this.#failures = 0;
      if (isNew) this.#takeSlug();
    } catch (failure) {
      await this.#failed(failure, content);
      return false;
    }
    if (this.isDirty) this.#plan();
    else await drop(this.#id);
    this.state = this.isDirty ? { name: 'waiting' } : this.#rest();
    return true;
  }

  /** The API has made a slug: it is shown, unless another has been written since. */
  #takeSlug(): void {
    const { slug } = this.place.live!.document;
    if (this.content.slug) return;
    this.content = { ...this.content, slug };
    this.#sent = { ...this.#sent, slug };
  }

  #rest(): State {
    const at = this.place.copy?.data.updated_at ?? this.place.live?.document.updated_at;
    return at ? { name: 'saved', at } : { name: 'new' };
  }

  async #failed(failure: unknown, content: Content): Promise<void> {
    this.keepNow();
    if (failure instanceof CmsProblem && failure.status < 500 && failure.status !== 429) {
      const [field, problem] = Object.entries(failure.fields)[0] ?? ['', failure.message];
      if (failure.status === 412 || failure.status === 404) await this.#collide(content);
      else if (failure.status === 409 && this.#followsTitle) this.#renumber(content);
      else
        this.state = {
          name: 'invalid',
          field: field || (failure.status === 409 ? 'slug' : ''),
          problem
        };
      return;
    }
    if (!(failure instanceof CmsProblem || failure instanceof Unreachable)) throw failure;
    this.state = { name: navigator.onLine && failure instanceof CmsProblem ? 'busy' : 'offline' };
    const asked =
      failure instanceof CmsProblem && failure.retryAfter ? failure.retryAfter * 1000 : 0;
    const wait = Math.max(asked, RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)]!);
    window.clearTimeout(this.#saveTimer);
    this.#saveTimer = window.setTimeout(() => void this.save(), wait);
  }

  #renumber({ slug }: Content): void {
    const [, base, number] = /^(.*?)(?:-(\d+))?$/.exec(String(slug))!;
    this.content = { ...this.content, slug: `${base}-${Number(number ?? 1) + 1}` };
    this.#saveTimer = window.setTimeout(() => void this.save(), 0);
  }

  /** Another version is stored. It may be this one, whose acknowledgement was lost. */
  async #collide(content: Content): Promise<void> {
    let place: Place | null;
    try {
      place = await remote.current(this.kind, this.place);
    } catch (failure) {
      return this.#failed(
        failure instanceof CmsProblem && failure.status < 500 ? new Unreachable() : failure,
        content
      );
    }
    if (!place) {
      this.state = { name: 'gone' };
      return;
    }
    const theirs = remote.contentIn(this.kind, place);
    if (isSame(this.kind, theirs, content)) {
      this.place = place;
      this.#sent = content;
      if (this.isDirty) this.#plan();
      else this.state = this.#rest();
      return;
    }
    this.state = { name: 'conflict' };
    const author = await this.#author(place);
    this.settle();
    this.conflict = { theirs, place, ...author, isLive: false };
  }

  async #author({ live, copy }: Place): Promise<{ who: string | null; when: string }> {
    if (copy) return { who: copy.data.updated_by?.email ?? null, when: copy.data.updated_at };
    const last = await actions.lastChange(this.kind.name, live!.document.id).catch(() => null);
    return { who: last?.changed_by?.email ?? null, when: live!.document.updated_at };
  }

  /** Goes on with these fields, over the version that they were compared with. */
  async resolve(chosen: Content): Promise<void> {
    const { place, isLive, theirs } = this.conflict!;
    this.conflict = null;
    this.#lazy.clear();
    this.content = chosen;
    this.place = isLive ? this.place : place;
    if (!isLive) this.#sent = theirs;
    this.state = { name: 'waiting' };
    this.#changedAt = 0;
    if (isLive) await this.publish(true);
    else await this.save();
  }

  /** Takes up the text of an earlier day, or of another version; it is saved like any other. */
  replace(content: Content): void {
    this.#lazy.clear();
    this.content = contentOf(this.kind, content);
    this.#changedAt ||= Date.now();
    this.#plan();
  }

  async forget(kept: Kept): Promise<void> {
    this.left = this.left.filter(({ id }) => id !== kept.id);
    await drop(kept.id);
  }

  publish(overwrite = false): Promise<boolean> {
    return this.#act(() => remote.publish(this.kind, this.place, overwrite), true);
  }

  unpublish(): Promise<boolean> {
    return this.#act(() => remote.unpublish(this.kind, this.place));
  }

  async discard(): Promise<boolean> {
    return this.#inTurn(async () => {
      window.clearTimeout(this.#saveTimer);
      this.#arrive(await remote.discard(this.kind, this.place));
      return true;
    });
  }

  /** Deletes it; nothing is written any more. */
  async remove(): Promise<void> {
    await this.#inTurn(async () => {
      const { document, etag } = this.place.live!;
      await actions.remove(this.kind, document.slug, etag);
      this.close();
      await drop(this.#id);
    });
  }

  /** Something else has stored another version, such as history: it is read again. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const place = await remote.current(this.kind, this.place);
      if (place) this.#arrive(place);
    });
  }

  async bringBack(): Promise<void> {
    const document = await actions.bringBack(this.kind.name, this.place.live!.document.id);
    if (!document) return;
    this.place = await remote.open(this.kind, document.slug);
    this.state = { name: 'waiting' };
    await this.save();
  }

  /** Saves, then does it: it moves the version, and the next save has the new tag. */
  #act(work: () => Promise<Place>, isPublishing = false): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!(await this.#saveOnce())) return false;
      try {
        this.place = await work();
      } catch (failure) {
        if (!(failure instanceof CmsProblem && failure.status === 412)) throw failure;
        await this.#refused(isPublishing);
        return false;
      }
      this.state = this.#rest();
      return true;
    });
  }

  async #refused(isPublishing: boolean): Promise<void> {
    const place = await remote.current(this.kind, this.place);
    if (!place) {
      this.state = { name: 'gone' };
      return;
    }
    const isCopyMine =
      isPublishing && place.copy !== null && place.copy.etag === this.place.copy?.etag;
    const theirs = isCopyMine
      ? contentOf(this.kind, place.live!.document)
      : remote.contentIn(this.kind, place);
    this.state = { name: 'conflict' };
    const author = await this.#author(isCopyMine ? { live: place.live, copy: null } : place);
    this.settle();
    this.conflict = { theirs, place, ...author, isLive: isCopyMine };
  }

  #arrive(place: Place, state: State | null = null): void {
    this.#lazy.clear();
    this.place = place;
    this.content = this.#sent = remote.contentIn(this.kind, place);
    const { title, slug } = this.content;
    const fromTitle = slugFrom(String(title));
    this.#followsTitle =
      !place.live?.document.published_at &&
      fromTitle !== null &&
      new RegExp(`^${fromTitle}(-\\d+)?$`).test(String(slug));
    this.state = state ?? this.#rest();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  close(): void {
    this.keepNow();
    this.#isOver = true;
    window.clearTimeout(this.#saveTimer);
    this.#die();
  }
}
