import type { CmsProblem } from '#lib/api/client.ts';

export type State =
  | {
      name:
        | 'new'
        | 'unchanged'
        | 'waiting'
        | 'saving'
        | 'offline'
        | 'busy'
        | 'conflict'
        | 'gone'
        | 'title';
    }
  | { name: 'saved'; at: string }
  | { name: 'invalid'; field: string; problem: string };

/** What is said where the API does not take what was written. */
export function invalid({ status, message, fields }: CmsProblem): State {
  const [field, problem] = Object.entries(fields)[0] ?? [status === 409 ? 'slug' : '', message];
  return { name: 'invalid', field, problem };
}
