import type { Preview } from './types.js';

/** What the hook and the loads of one request tell each other, by its `locals`. */
export const reads = new WeakMap<object, { stale: boolean }>();

/** What reads of this request are to see, if it came with a preview. */
export const previews = new WeakMap<object, Preview | 'unavailable'>();
