import type { RequestEvent } from '@sveltejs/kit';
import type { Cms } from './cms.js';
import { preview } from './preview.js';
import { previews, reads } from './visits.js';

/** A server hook. SvelteKit 2 and 3 have the type in different places. */
export type Handle = (input: {
  event: RequestEvent;
  resolve: (event: RequestEvent) => Promise<Response> | Response;
}) => Promise<Response>;

export interface HandleOptions {
  /** The `Cache-Control` of pages that read the CMS's public content. */
  cacheControl?: string;
}

/**
 * A hook that shows a preview to whoever came with its link, and tells caches what they may keep: pages that read the CMS, to be asked for again each
 * time, so that none is given to a visitor for whom it is not the same; nothing that was an error,
 * out of date or set a cookie. What a page says of itself stands.
 */
export function handleCms(
  cms: Cms,
  { cacheControl = 'public, max-age=0, must-revalidate' }: HandleOptions = {}
): Handle {
  return async ({ event, resolve }) => {
    const given = await preview(cms, event);
    if (given) return given;
    const isPreview = previews.has(event.locals);
    const response = await resolve(event);
    if (isPreview) {
      response.headers.set('cache-control', 'private, no-store');
      response.headers.set('x-robots-tag', 'noindex');
      return response;
    }
    if (response.headers.has('cache-control') && response.status < 400) return response;
    const isRead = event.request.method === 'GET' || event.request.method === 'HEAD';
    const read = reads.get(event.locals);
    if (!isRead || response.status >= 400 || read?.stale) {
      response.headers.set('cache-control', 'no-store');
      if (response.status === 503) response.headers.set('retry-after', '5');
    } else if (response.headers.has('set-cookie')) {
      response.headers.set('cache-control', 'private, no-store');
    } else if (read) {
      response.headers.set('cache-control', cacheControl);
    }
    return response;
  };
}
