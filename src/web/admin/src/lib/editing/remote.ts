import { request } from '#lib/api/client.ts';
import type { Content, Schedule, Stored, WorkingCopy } from '#lib/api/types.ts';
import * as actions from '#lib/documents/actions.ts';
import type { Version } from '#lib/documents/actions.ts';
import { contentOf, writable, type Kind } from '#lib/documents/kinds.ts';
import * as schedules from '#lib/editing/schedules.ts';
import { found } from '#lib/editing/schedules.ts';

export interface Copy {
  data: WorkingCopy;
  etag: string | null;
  /** Why the clock could not publish it. */
  problem?: string | null;
}

/** Where a document is stored: itself, a working copy beside what is live, what the clock will do. */
export interface Place {
  live: Version | null;
  copy: Copy | null;
  schedule: Schedule | null;
}

export const NOWHERE: Place = { live: null, copy: null, schedule: null };

const pathOf = (kind: Kind, id: string) => `working-copies/${kind.name}/${id}` as const;

export async function open(kind: Kind, slug: string): Promise<Place> {
  const live = await actions.read(kind, slug);
  const { id } = live.document;
  const [copy, schedule] = await Promise.all([
    readCopy(kind, id),
    schedules.readSchedule(kind, id)
  ]);
  return { live, copy, schedule };
}

async function readCopy(kind: Kind, id: string): Promise<Copy | null> {
  const answer = await found(request<WorkingCopy>('GET', pathOf(kind, id)));
  if (!answer) return null;
  const { data, etag } = answer;
  return { data, etag, problem: await schedules.problemOf(kind, id, data) };
}

export function contentIn(kind: Kind, { live, copy }: Place): Content {
  return contentOf(kind, copy?.data.content ?? live?.document ?? {});
}

/** Whether what is written goes beside the document, not into it. */
export function isBeside({ live, copy }: Place): boolean {
  return copy !== null || live?.document.published === true;
}

/** Saves the fields where they belong; throws what `request` throws, a 412 where another was first. */
export async function save(kind: Kind, place: Place, content: Content): Promise<Place> {
  const { live, copy } = place;
  if (!live) return { ...place, live: await actions.create(kind, content) };
  if (!isBeside(place)) return { ...place, live: await actions.write(kind, live, content) };
  const { slug, ...fields } = writable(kind, content);
  const body = { ...fields, slug: slug || live.document.slug, published: live.document.published };
  const { data, etag } = await request<WorkingCopy>('PUT', pathOf(kind, live.document.id), {
    body: { content: body },
    ...(copy ? { ifMatch: copy.etag } : { ifNoneMatch: '*' })
  });
  return { ...place, copy: { data, etag } };
}

/**
 * Makes live what was saved. Over a document that has moved on only where that was compared: what
 * `place` has of it is what is there.
 */
export async function publish(kind: Kind, place: Place, isCompared = false): Promise<Place> {
  const { copy } = place;
  const live = place.live!;
  const { id, slug } = live.document;
  if (!copy) return published(kind, await actions.setPublished(kind, live, true));
  const overwrites = isCompared && (await actions.read(kind, slug)).etag === live.etag;
  const { data, etag } = await request<Stored>('POST', `${pathOf(kind, id)}/publish`, {
    ifMatch: copy.etag,
    query: { overwrite: overwrites ? 'true' : null }
  });
  return published(kind, { document: data, etag });
}

/** Publishing takes back what the clock was to publish. */
async function published(kind: Kind, live: Version): Promise<Place> {
  return { live, copy: null, schedule: await schedules.readSchedule(kind, live.document.id) };
}

/** Takes it off the site; what was written beside it becomes the draft, without any schedule. */
export async function unpublish(kind: Kind, place: Place): Promise<Place> {
  const live = place.live!;
  const draft = place.copy
    ? await actions.write(kind, live, contentIn(kind, place), false)
    : await actions.setPublished(kind, live, false);
  if (place.schedule) await schedules.clear(kind, live.document.id);
  return discard(kind, { ...place, live: draft });
}

/** Resolves to the document as it is then; whoever else has discarded them was just quicker. */
export async function discard(kind: Kind, { live, copy }: Place): Promise<Place> {
  const { id, slug } = live!.document;
  if (copy) await found(request('DELETE', pathOf(kind, id), { ifMatch: copy.etag }));
  return open(kind, slug);
}

/** What is stored now of a document that may have moved; null where it is gone. */
export async function current(kind: Kind, { live }: Place): Promise<Place | null> {
  const { id, slug } = live!.document;
  const place = await found(open(kind, slug));
  if (place?.live?.document.id === id) return place;
  const last = await actions.lastChange(kind.name, id);
  return last && last.action !== 'deleted' && last.slug !== slug ? open(kind, last.slug) : null;
}

/** Who has saved last what is in the place, and when. */
export async function author(
  kind: Kind,
  { live, copy }: Pick<Place, 'live' | 'copy'>
): Promise<{ who: string | null; when: string }> {
  if (copy) return { who: copy.data.updated_by?.email ?? null, when: copy.data.updated_at };
  const { id, updated_at } = live!.document;
  const last = await actions.lastChange(kind.name, id).catch(() => null);
  return { who: last?.changed_by?.email ?? null, when: updated_at };
}
