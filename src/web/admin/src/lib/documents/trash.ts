import { get } from '#lib/api/client.ts';
import type { Envelope, HistoryItem, KindName, Listed, Schemas } from '#lib/api/types.ts';
import { KINDS } from '#lib/documents/kinds.ts';

const AT_ONCE = 100;

export interface Trash {
  items: HistoryItem[];
  hasMore: boolean;
}

/** What was deleted and has not come back since, newest first, by pages of the history. */
export async function trash(page: number): Promise<Trash> {
  const query = { action: 'deleted', page, per_page: AT_ONCE };
  const answer = await get<Schemas['HistoryList']>('history', query);
  const back = await Promise.all(
    Object.values(KINDS).map(({ name: type }) =>
      living(
        type,
        answer.items.filter((item) => item.type === type)
      )
    )
  );
  const seen = back.flat();
  const items = answer.items.filter(({ document_id: id }) => !seen.includes(id) && seen.push(id));
  return { items, hasMore: page < answer.total_pages };
}

async function living(type: KindName, items: HistoryItem[]): Promise<string[]> {
  if (items.length === 0) return [];
  const id = [...new Set(items.map((item) => item.document_id))];
  const found = await get<Envelope<Listed>>(type, { id, status: 'all', per_page: AT_ONCE });
  return found.items.map((document) => document.id);
}
