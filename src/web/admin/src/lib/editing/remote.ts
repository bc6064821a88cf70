import { CmsProblem, request } from '#lib/api/client.ts';
import type { Content, Stored, WorkingCopy } from '#lib/api/types.ts';
import * as actions from '#lib/documents/actions.ts';
import type { Version } from '#lib/documents/actions.ts';
import { contentOf, writable, type Kind } from '#lib/documents/kinds.ts';

export interface Copy {
  data: WorkingCopy;
  etag: string | null;
}

/** Where a document is stored: the document itself and, beside what is live, a working copy. */
export interface Place {
  live: Version | null;
  copy: Copy | null;
}

const pathOf = (kind: Kind, id: string) => `working-copies/${kind.name}/${id}`;

export async function open(kind: Kind, slug: string): Promise<Place> {
  const live = await actions.read(kind, slug);
  return { live, copy: await readCopy(kind, live.document.id) };
}

async function readCopy(kind: Kind, id: string): Promise<Copy | null> {
  try {
    const { data, etag } = await request<WorkingCopy>('GET', pathOf(kind, id));
    return { data, etag };
  } catch (failure) {
    if (failure instanceof CmsProblem && failure.status === 404) return null;
    throw failure;
  }
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
  if (!live) return { live: await actions.create(kind, content), copy: null };
  if (!isBeside(place)) return { live: await actions.write(kind, live, content), copy: null };
  const { slug, ...fields } = writable(kind, content);
  const body = { ...fields, slug: slug || live.document.slug, published: live.document.published };
  const { data, etag } = await request<WorkingCopy>('PUT', pathOf(kind, live.document.id), {
    body: { content: body },
    ...(copy ? { ifMatch: copy.etag } : { ifNoneMatch: '*' })
  });
  return { live, copy: { data, etag } };
}

export async function publish(kind: Kind, place: Place, overwrite = false): Promise<Place> {
  const live = place.live!;
  if (!place.copy) return { live: await actions.setPublished(kind, live, true), copy: null };
  const { data, etag } = await request<Stored>(
    'POST',
    `${pathOf(kind, live.document.id)}/publish`,
    {
      ifMatch: place.copy.etag,
      query: { overwrite: overwrite ? 'true' : null }
    }
  );
  return { live: { document: data, etag }, copy: null };
}

/** Takes it off the site; what was written beside it becomes the draft. */
export async function unpublish(kind: Kind, place: Place): Promise<Place> {
  const live = place.live!;
  if (!place.copy) return { live: await actions.setPublished(kind, live, false), copy: null };
  const draft = await actions.write(kind, live, contentIn(kind, place), false);
  await discard(kind, place);
  return { live: draft, copy: null };
}

export async function discard(kind: Kind, { live, copy }: Place): Promise<Place> {
  if (copy) await request('DELETE', pathOf(kind, live!.document.id), { ifMatch: copy.etag });
  return { live, copy: null };
}

/** What is stored now of a document that may have moved; null where it is gone. */
export async function current(kind: Kind, { live }: Place): Promise<Place | null> {
  const { id, slug } = live!.document;
  try {
    const place = await open(kind, slug);
    if (place.live?.document.id === id) return place;
  } catch (failure) {
    if (!(failure instanceof CmsProblem && failure.status === 404)) throw failure;
  }
  const last = await actions.lastChange(kind.name, id);
  return last && last.action !== 'deleted' && last.slug !== slug ? open(kind, last.slug) : null;
}
