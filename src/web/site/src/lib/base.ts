import { resolve } from '$app/paths';

/** What the site's paths start with: nothing, unless it is served below a path. */
export const base = resolve('/').replace(/\/$/, '');
