import { CmsProblem, Unreachable } from '#lib/api/client.ts';
import { session } from '#lib/api/session.svelte.ts';
import type { Content } from '#lib/api/types.ts';
import * as actions from '#lib/documents/actions.ts';
import { isSame } from '#lib/documents/kinds.ts';
import type { Move } from '#lib/editing/conflicts.ts';
import { drop, leftOf, type Kept } from '#lib/editing/kept.ts';
import * as remote from '#lib/editing/remote.ts';
import type { Place } from '#lib/editing/remote.ts';
import { Saving } from '#lib/editing/saving.svelte.ts';
import { setTimes, type Times } from '#lib/editing/schedules.ts';
import type { State } from '#lib/editing/states.ts';

/** What can be done with the document on the screen, beside writing. */
export class Editing extends Saving {
  left = $state.raw<Kept[]>([]);

  async open(slug: string | null): Promise<void> {
    if (slug !== null) this.#arrive(await remote.open(this.kind, slug), { name: 'unchanged' });
    this.left = await leftOf(this.key, session.user?.id ?? '');
  }

  /** Over a live document that has moved on only where that was compared. */
  publish(isCompared = false): Promise<boolean> {
    return this.#move('publish', (isSeen) =>
      remote.publish(this.kind, this.place, isCompared || isSeen)
    );
  }

  unpublish(): Promise<boolean> {
    return this.#move('unpublish', () => remote.unpublish(this.kind, this.place));
  }

  /** Ends what was written beside the live document, what is not saved yet included. */
  discard(): Promise<boolean> {
    return this.inTurn(async () => {
      if (!this.isWriting) return false;
      return this.#attempt(async () => this.#arrive(await remote.discard(this.kind, this.place)));
    });
  }

  /** Deletes it; nothing is written any more. */
  remove(): Promise<boolean> {
    return this.inTurn(() =>
      this.#attempt(async () => {
        const { document, etag } = this.place.live!;
        await actions.remove(this.kind, document.slug, etag);
        this.written.acknowledge(this.written.snapshot());
        this.close();
        await this.keeping.drop();
      })
    );
  }

  bringBack(): Promise<boolean> {
    return this.inTurn(async () => {
      const document = await actions.bringBack(this.kind.name, this.place.live!.document.id);
      if (!document) return false;
      this.place = await remote.open(this.kind, document.slug);
      this.state = { name: 'waiting' };
      return this.saveOnce();
    });
  }

  /** Goes on with these fields, over the version that they were compared with. */
  async resolve(chosen: Content): Promise<boolean> {
    const { place, theirs, then } = this.conflict!;
    this.conflict = null;
    this.place = place;
    this.written.show(chosen);
    if (!then) this.written.acknowledge(theirs);
    this.state = { name: 'waiting' };
    if (then === 'publish') return this.publish(true);
    return then === 'unpublish' ? this.unpublish() : this.save();
  }

  schedule(times: Times): Promise<boolean> {
    return this.inTurn(async () => {
      if (!(await this.saveOnce())) return false;
      return this.#attempt(async () => {
        await setTimes(this.kind, this.place, times);
        await this.#lookAgain();
      });
    });
  }

  /** Sees whether the clock has moved it. Nothing on the screen changes but what is said of it. */
  refresh(): Promise<void> {
    return this.inTurn(async () => {
      if (!this.isWriting) return;
      try {
        await this.#lookAgain();
      } catch (failure) {
        // The next save finds it out.
        if (!(failure instanceof CmsProblem || failure instanceof Unreachable)) throw failure;
      }
    });
  }

  async #lookAgain(): Promise<void> {
    const place = await remote.current(this.kind, this.place);
    if (!place) return;
    const stored = remote.contentIn(this.kind, place);
    const isAsKnown = isSame(this.kind, stored, remote.contentIn(this.kind, this.place));
    if (isAsKnown) this.take(place, stored);
    // Of other fields the next save tells: it is refused.
    else this.place = { ...this.place, schedule: place.schedule };
  }

  async forget(kept: Kept): Promise<void> {
    this.left = this.left.filter(({ id }) => id !== kept.id);
    await drop(kept.id);
  }

  /** Saves, then does it: it moves the version, and the next save has the new tag. */
  #move(then: Move, work: (isCompared: boolean) => Promise<Place>): Promise<boolean> {
    return this.inTurn(async () => {
      if (!(await this.saveOnce())) return false;
      return this.#attempt(async (isCompared) => {
        this.place = await work(isCompared);
        this.rest();
      }, then);
    });
  }

  /** Resolves to whether it is done: not where another version is stored that says something else. */
  async #attempt(
    work: (isCompared: boolean) => Promise<void>,
    then: Move | null = null,
    isCompared = false
  ): Promise<boolean> {
    try {
      await work(isCompared);
      return true;
    } catch (failure) {
      if (!(failure instanceof CmsProblem && failure.status === 412)) throw failure;
    }
    const goesOn = await this.look(this.written.snapshot(), then);
    return goesOn && !isCompared && this.#attempt(work, then, true);
  }

  #arrive(place: Place, state: State | null = null): void {
    this.place = place;
    const wasPublic = place.live?.document.published_at != null;
    this.written.arrive(remote.contentIn(this.kind, place), wasPublic);
    this.rest();
    if (state) this.state = state;
  }
}
