/** Only type-checked: each path is asked by the methods that it has, for what it answers with. */
import type { request } from '../src/lib/api/client.ts';
import type { Schedule, User } from '../src/lib/api/types.ts';

declare const ask: typeof request;

export const calls = [
  () => ask('PATCH', 'posts/a-slug', { body: {} }),
  () => ask<Schedule>('GET', 'schedule/posts/an-id'),
  // @ts-expect-error -- a list cannot be changed
  () => ask('PATCH', 'posts', { body: {} }),
  // @ts-expect-error -- one user cannot be replaced
  () => ask('PUT', 'users/an-id', { body: {} }),
  // @ts-expect-error -- what deletes answers with nothing
  () => ask<Schedule>('DELETE', 'schedule/posts/an-id'),
  // @ts-expect-error -- a schedule is no user
  () => ask<User>('GET', 'schedule/posts/an-id')
];
