import type { Preview } from './types.js';

export interface Visit {
  /** Something that was read is older than it should be, since the API is away. */
  isStale: boolean;
  /** Something that was asked for is not there, has moved, or cannot be had. */
  isMissing: boolean;
}

/** What the hook and the loads of one request tell each other, by its `locals`. */
export const reads = new WeakMap<object, Visit>();

/** What reads of this request are to see, if it came with a preview. */
export const previews = new WeakMap<object, Preview | 'unavailable'>();
