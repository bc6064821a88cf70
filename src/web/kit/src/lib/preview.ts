import { error, redirect, type RequestEvent } from '@sveltejs/kit';
import { type Cms, pathOf, UNAVAILABLE } from './cms.js';
import { get, requestId } from './transport.js';
import type { Preview } from './types.js';
import { visitOf } from './visits.js';

const COOKIE = 'cms_preview';

/** The preview that a visitor came with, for `<PreviewBanner>`: where its document is, until when. */
export function previewOf(locals: object): { path: string; expires_at: string } | null {
  const { preview } = visitOf(locals);
  return preview === undefined || preview === 'unavailable'
    ? null
    : { path: preview.path ?? '/', expires_at: preview.expires_at };
}

/**
 * `GET /preview?token=` begins a preview and goes to its document; `POST /preview` ends it. Any
 * other request with its cookie sees the document for as long as the API shows it: a preview that
 * was revoked is over with the next request. Throws SvelteKit's `redirect` and `error`.
 */
export async function preview(cms: Cms, event: RequestEvent): Promise<Response | undefined> {
  const place = { path: cms.base || '/' };
  if (event.url.pathname === `${cms.base}/preview`) {
    if (event.request.method !== 'POST') return begin(cms, event, place);
    event.cookies.delete(COOKIE, place);
    redirect(303, `${cms.base}/`);
  }
  const token = event.cookies.get(COOKIE);
  if (!token || event.route.id === null) return undefined;
  const found = await read(cms, event, token);
  if (found) visitOf(event.locals).preview = found;
  else event.cookies.delete(COOKIE, place);
  return undefined;
}

async function begin(
  cms: Cms,
  event: RequestEvent,
  place: { path: string }
): Promise<Response | undefined> {
  const token = event.url.searchParams.get('token');
  if (!token) return undefined;
  const found = await read(cms, event, token);
  if (found === 'unavailable') error(503, UNAVAILABLE);
  if (!found) {
    const spent = event.cookies.serialize(COOKIE, '', { ...place, maxAge: 0 });
    const headers = { 'Cache-Control': 'private, no-store', 'Set-Cookie': spent };
    return new Response('This preview has ended.\n', { status: 404, headers });
  }
  event.cookies.set(COOKIE, token, {
    ...place,
    httpOnly: true,
    // A link in a mail has to work; all that the cookie does is to show one document.
    sameSite: 'lax',
    secure: event.url.protocol === 'https:',
    expires: new Date(found.expires_at)
  });
  redirect(303, pathOf(cms, found.type, String(found.document.slug)));
}

/** `null` where the API knows of no such preview. */
async function read(
  cms: Cms,
  event: RequestEvent,
  token: string
): Promise<Preview | 'unavailable' | null> {
  const address = `${cms.url}/api/v1/preview/${encodeURIComponent(token)}`;
  try {
    const reply = await get(event.fetch, address, requestId(event.request), cms.timeout);
    if (reply.status === 200) return JSON.parse(reply.text) as Preview;
    return reply.status >= 500 || reply.status === 429 ? 'unavailable' : null;
  } catch {
    return 'unavailable';
  }
}
