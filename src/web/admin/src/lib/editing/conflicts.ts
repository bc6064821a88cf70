import type { Content } from '#lib/api/types.ts';
import { contentOf, isSame, type Kind } from '#lib/documents/kinds.ts';
import * as remote from '#lib/editing/remote.ts';
import type { Place } from '#lib/editing/remote.ts';

/** What moves a document through the website's door. */
export type Move = 'publish' | 'unpublish';

export interface Conflict {
  theirs: Content;
  /** What both began with: where I have left it alone, what shall be kept is most likely theirs. */
  base: Content;
  /** What is stored now, that is: what was compared. */
  place: Place;
  who: string | null;
  when: string;
  /** The live document has moved on, and these changes were about to do this to it. */
  then: Move | null;
}

/** Nobody has to choose: these fields are stored there. */
export interface Settled {
  place: Place;
  stored: Content;
}

/**
 * Finds out what is stored instead of what was known, after the API has refused to write over it.
 * Resolves to null where it is gone.
 */
export async function look(
  kind: Kind,
  known: Place,
  mine: Content,
  then: Move | null
): Promise<Conflict | Settled | null> {
  const place = await remote.current(kind, known);
  if (!place) return null;
  // My changes are beside it as I know them: it is the live document that has moved on.
  const isCopyMine = place.copy !== null && place.copy.etag === known.copy?.etag;
  const isLive = then !== null && isCopyMine;
  const base = isLive ? contentOf(kind, known.live!.document) : remote.contentIn(kind, known);
  const theirs = isLive ? contentOf(kind, place.live!.document) : remote.contentIn(kind, place);
  // The acknowledgement was lost.
  if (isSame(kind, theirs, mine)) return { place, stored: mine };
  // The fields are as they were: it has been published, or unpublished.
  if (!isLive && isSame(kind, theirs, base)) return { place, stored: theirs };
  const hasMoved = place.live!.etag !== known.live!.etag;
  if (isLive && hasMoved && isSame(kind, theirs, base)) return { place, stored: mine };
  const author = await remote.author(kind, isLive ? { ...place, copy: null } : place);
  return { theirs, base, place, ...author, then: isLive ? then : null };
}
