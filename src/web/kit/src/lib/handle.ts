import type { RequestEvent } from '@sveltejs/kit';
import type { Cms } from './cms.js';
import { type Editors, handleEditors } from './editors.js';
import { preview } from './preview.js';
import { Redirects } from './redirects.js';
import { previews, reads } from './visits.js';

/** A server hook. SvelteKit 2 and 3 have the type in different places. */
export type Handle = (input: {
  event: RequestEvent;
  resolve: (event: RequestEvent) => Promise<Response> | Response;
}) => Promise<Response>;

export interface HandleOptions {
  /** The `Cache-Control` of pages that read the CMS's public content. */
  cacheControl?: string;
  /** Who may log in to the site itself: `handleEditors` in the same hook. */
  editors?: Editors;
}

/**
 * A hook that shows a preview to whoever came with its link, follows the site's own redirects from
 * where nothing is, and tells caches what they may keep: pages that read the CMS, to be asked for
 * again each time, so that none is given to a visitor for whom it is not the same; nothing that was
 * an error, out of date or set a cookie. What a page says of itself stands.
 */
export function handleCms(
  cms: Cms,
  { cacheControl = 'public, max-age=0, must-revalidate', editors }: HandleOptions = {}
): Handle {
  const redirects = new Redirects(cms);
  const inside = editors && handleEditors(editors);
  return async ({ event, resolve }) => {
    const given = await preview(cms, event);
    if (given) return given;
    const isPreview = previews.has(event.locals);
    const resolved = await (inside ? inside({ event, resolve }) : resolve(event));
    const ruled = await follow(redirects, event, resolved);
    const response = ruled ?? resolved;
    const own = response.headers.get('cache-control');
    if (isPreview) {
      response.headers.set('cache-control', 'private, no-store');
      response.headers.set('x-robots-tag', 'noindex');
      return response;
    }
    if (own && response.status < 400) return response;
    const isRead = event.request.method === 'GET' || event.request.method === 'HEAD';
    const read = reads.get(event.locals);
    if (!isRead || response.status >= 400 || read?.isStale) {
      response.headers.set('cache-control', 'no-store');
      if (response.status === 503) response.headers.set('retry-after', '5');
    } else if (response.headers.has('set-cookie')) {
      response.headers.set('cache-control', 'private, no-store');
    } else if (read || ruled) {
      response.headers.set('cache-control', cacheControl);
    }
    return response;
  };
}

/**
 * What a rule makes of a page that is not there, cannot be had or has moved: whoever wrote the rule
 * knew better. A click asks for data only, whose status does not tell: a request of our own for the
 * page does.
 */
async function follow(
  redirects: Redirects,
  event: RequestEvent,
  resolved: Response
): Promise<Response | undefined> {
  const isMissing = reads.get(event.locals)?.isMissing ?? false;
  const isWanted =
    [404, 503].includes(resolved.status) ||
    (isMissing && (resolved.status === 301 || event.isDataRequest));
  const rule = isWanted && (await redirects.find(event));
  if (!rule) return undefined;
  if (event.isDataRequest) {
    const page = await event.fetch(event.url, { redirect: 'manual' });
    return page.headers.has('location') ? page : undefined;
  }
  // Not by `event.url`, whose query is out of reach while a site is prerendered.
  const to = redirects.target(rule, new URL(event.request.url));
  if (to === null)
    return new Response(resolved.body, { status: rule.status, headers: resolved.headers });
  const headers = new Headers({ Location: to });
  for (const cookie of resolved.headers.getSetCookie()) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: rule.status, headers });
}
