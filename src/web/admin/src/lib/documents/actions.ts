import { get, request } from '#lib/api/client.ts';
import type { Content, Envelope, HistoryItem, Stored } from '#lib/api/types.ts';
import { writable, type Kind } from '#lib/documents/kinds.ts';
import { texts } from '#lib/texts.ts';

const ANY = { status: 'all' };

export interface Version {
  document: Stored;
  etag: string | null;
}

export async function read(kind: Kind, slug: string): Promise<Version> {
  const { data, etag } = await request<Stored>('GET', `${kind.name}/${slug}`, { query: ANY });
  return { document: data, etag };
}

export async function create(kind: Kind, content: Content): Promise<Version> {
  const { slug, ...body } = writable(kind, content);
  const { data, etag } = await request<Stored>('POST', kind.name, {
    body: { ...body, ...(slug ? { slug } : {}), published: false }
  });
  return { document: data, etag };
}

/** Writes the fields, and only over the version that the tag names. */
export async function write(
  kind: Kind,
  { document, etag }: Version,
  content: Content,
  published = document.published
): Promise<Version> {
  const { slug, ...body } = writable(kind, content);
  const answer = await request<Stored>('PUT', `${kind.name}/${document.slug}`, {
    body: { ...body, ...(slug ? { slug } : {}), published },
    ifMatch: etag
  });
  return { document: answer.data, etag: answer.etag };
}

export async function setPublished(
  kind: Kind,
  version: Version,
  published: boolean
): Promise<Version> {
  const { data, etag } = await request<Stored>('PATCH', `${kind.name}/${version.document.slug}`, {
    body: { published },
    ifMatch: version.etag
  });
  return { document: data, etag };
}

/** A draft with these fields, under a title and a slug of its own. */
export async function copyOf(kind: Kind, content: Content): Promise<Stored> {
  const title = texts.actions.copyOf(String(content.title));
  return (await create(kind, { ...content, slug: '', title })).document;
}

export async function remove(kind: Kind, slug: string, etag: string | null): Promise<void> {
  await request('DELETE', `${kind.name}/${slug}`, { ifMatch: etag });
}

/** Who changed a document last, as far as is recorded. */
export async function lastChange(type: string, id: string): Promise<HistoryItem | null> {
  const query = { type, id, per_page: 1 };
  return (await get<Envelope<HistoryItem>>('history', query)).items[0] ?? null;
}

/** Brings a deleted document back; resolves to it as it is now. */
export async function bringBack(type: string, id: string): Promise<Stored | null> {
  const entry = await lastChange(type, id);
  return entry?.action === 'deleted' ? restore(entry.id) : null;
}

export async function restore(entry: string, etag: string | null = null): Promise<Stored> {
  return (await request<Stored>('POST', `history/${entry}/restore`, { ifMatch: etag })).data;
}
