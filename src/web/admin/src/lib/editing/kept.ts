import type { Content } from '#lib/api/types.ts';

/** What was written and not yet acknowledged by the server, kept in IndexedDB. */
export interface Kept {
  id: string;
  document: string;
  user: string;
  content: Content;
  at: number;
}

const STORE = 'unsaved';

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('cms-admin', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: 'id' });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error ?? new Error('IndexedDB cannot be opened'));
  });
}

async function transact<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>
): Promise<T> {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction(STORE, mode);
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB refused'));
    });
  } finally {
    opened.close();
  }
}

// Without IndexedDB (some private windows) there is no copy, and all else goes on.
export async function keep(kept: Kept): Promise<void> {
  await transact('readwrite', (store) => store.put(kept)).catch(() => undefined);
}

export async function drop(id: string): Promise<void> {
  await transact('readwrite', (store) => store.delete(id)).catch(() => undefined);
}

/** Of a tab that still lives, nothing is offered: it will save by itself. */
const lockName = (id: string) => `cms-unsaved-${id}`;

/** Says that this tab lives, until the function it resolves to is called. */
export function living(id: string): () => void {
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  if ('locks' in navigator) void navigator.locks.request(lockName(id), () => over);
  return end;
}

export async function leftOf(document: string, user: string): Promise<Kept[]> {
  const all = await transact('readonly', (store) => store.getAll() as IDBRequest<Kept[]>).catch(
    () => []
  );
  const held = 'locks' in navigator ? ((await navigator.locks.query()).held ?? []) : [];
  const alive = new Set(held.map(({ name }) => name));
  return all
    .filter(
      (each) => each.document === document && each.user === user && !alive.has(lockName(each.id))
    )
    .sort((one, other) => other.at - one.at);
}
