import type { Preview } from './types.js';

/** What the hook and the loads of one request tell each other. */
export interface Visit {
  /** What reads of this request are to see, if it came with a preview. */
  preview?: Preview | 'unavailable';
  /** Something was asked for. */
  hasRead: boolean;
  /** Something that was read is older than it should be, since the API is away. */
  isStale: boolean;
  /** Something that was asked for is not there, has moved, or cannot be had. */
  isMissing: boolean;
}

const visits = new WeakMap<object, Visit>();

/** The visit that an event's `locals` belong to. */
export function visitOf(locals: object): Visit {
  let visit = visits.get(locals);
  if (!visit) visits.set(locals, (visit = { hasRead: false, isStale: false, isMissing: false }));
  return visit;
}
