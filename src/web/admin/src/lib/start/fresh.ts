import { get } from '#lib/api/client.ts';
import { session } from '#lib/api/session.svelte.ts';
import type { Schemas } from '#lib/api/types.ts';

/** The demo content is made within it, in the name of the first administrator. */
const MINUTE_MS = 60_000;

/** Whether this user has written nothing since their account was made. */
export async function isFresh(): Promise<boolean> {
  const { id, created_at } = session.user!;
  try {
    const query = { user: id, per_page: 1 };
    const last = (await get<Schemas['HistoryList']>('history', query)).items[0];
    if (last?.action !== 'created') return !last;
    return Date.parse(last.changed_at) < Date.parse(created_at) + MINUTE_MS;
  } catch {
    // The list says what is wrong.
    return false;
  }
}
