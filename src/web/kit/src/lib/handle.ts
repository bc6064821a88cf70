import type { RequestEvent } from '@sveltejs/kit';
import type { Cms } from './cms.js';
import { type Editors, handleEditors } from './editors.js';
import { preview } from './preview.js';
import { Redirects } from './redirects.js';
import { type Visit, visitOf } from './visits.js';

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
    const isPreview = visitOf(event.locals).preview !== undefined;
    const resolved = await (inside ? inside({ event, resolve }) : resolve(event));
    const visit = visitOf(event.locals);
    const ruled = mayBeRuled(visit, event, resolved) && (await follow(redirects, event, resolved));
    const response = ruled || resolved;
    if (isPreview) {
      response.headers.set('cache-control', 'private, no-store');
      response.headers.set('x-robots-tag', 'noindex');
      return response;
    }
    if (response.headers.has('cache-control') && response.status < 400) return response;
    const isRead = event.request.method === 'GET' || event.request.method === 'HEAD';
    if (!isRead || response.status >= 400 || visit.isStale) {
      response.headers.set('cache-control', 'no-store');
      if (response.status === 503) response.headers.set('retry-after', '5');
    } else if (response.headers.has('set-cookie')) {
      response.headers.set('cache-control', 'private, no-store');
    } else if (visit.hasRead || ruled) {
      response.headers.set('cache-control', cacheControl);
    }
    return response;
  };
}

/**
 * Whether a rule is asked for: where a page is not there, cannot be had or has moved, since whoever
 * wrote the rule knew better. The status of a click, which asks for data only, does not tell.
 */
function mayBeRuled(visit: Visit, event: RequestEvent, { status }: Response): boolean {
  if (status === 404 || status === 503) return true;
  return visit.isMissing && (status === 301 || event.isDataRequest);
}

/** What a rule makes of a page. For a click, a request of our own for the page tells. */
async function follow(
  redirects: Redirects,
  event: RequestEvent,
  resolved: Response
): Promise<Response | undefined> {
  const rule = await redirects.find(event);
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
