import { CmsProblem } from 'cms-kit';
import { session } from '#lib/api/session.svelte.ts';
import type { Method, PathTo } from '#lib/api/paths.ts';
import { send } from '#lib/api/transport.ts';
import type { Envelope } from '#lib/api/types.ts';

export { CmsProblem };
export { Unreachable } from '#lib/api/transport.ts';

const MOST_AT_ONCE = 100;

export interface Answer<T> {
  data: T;
  status: number;
  etag: string | null;
}

export interface Options {
  query?: Record<string, string | number | string[] | null | undefined>;
  body?: unknown;
  ifMatch?: string | null;
  ifNoneMatch?: string;
}

/** One type for all three, so that TypeScript knows of each method's own paths. */
type Call<T> = {
  [Asked in Method]: [method: Asked, path: PathTo<T, Asked>, options?: Options];
}[Method];

/**
 * Asks the API in the name of whoever is logged in. Where the session has ended, it waits until
 * they have logged in again, and then goes on.
 *
 * Throws `CmsProblem` for what is no success, `Unreachable` where no answer came.
 */
export async function request<T>(...[method, path, options = {}]: Call<T>): Promise<Answer<T>> {
  const headers: Record<string, string> = {};
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  if (options.ifNoneMatch) headers['If-None-Match'] = options.ifNoneMatch;
  const url = `/api/v1/${path}${queryOf(options.query)}`;
  for (let token = await session.token(); ; token = await session.token(token)) {
    const response = await send(method, url, options.body, {
      ...headers,
      Authorization: `Bearer ${token}`
    });
    if (response.status === 401) continue;
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw CmsProblem.from(response, body);
    return { data: body as T, status: response.status, etag: response.headers.get('etag') };
  }
}

export async function get<T>(path: PathTo<T>, query?: Options['query']): Promise<T> {
  return (await request<T>('GET', path, query ? { query } : {})).data;
}

/** All pages of a list. */
export async function everything<T>(
  path: PathTo<Envelope<T>>,
  query?: Options['query']
): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1, pages = 1; page <= pages; page++) {
    const answer = await get<Envelope<T>>(path, { ...query, page, per_page: MOST_AT_ONCE });
    items.push(...answer.items);
    pages = answer.total_pages;
  }
  return items;
}

function queryOf(query: Options['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== null && each !== undefined && each !== '') parameters.append(name, String(each));
  return parameters.size > 0 ? `?${parameters}` : '';
}
