import { fail, redirect, type ActionFailure, type RequestEvent } from '@sveltejs/kit';
import createClient, { type Client } from 'openapi-fetch';
import { UNAVAILABLE, type Cms } from './cms.js';
import type { Handle } from './handle.js';
import { CmsProblem } from './problems.js';
import { onBehalfOf, Sessions, type EditorEvent } from './session.js';
import { send } from './transport.js';
import type { paths } from './types.js';

export interface EditorsOptions {
  /** The path of the login page. */
  login: string;
  /** The path below which one has to be logged in, and to which a login leads. */
  home: string;
}

export interface Editors extends EditorsOptions {
  /** The whole API as a typed client, in the name of whoever is logged in. */
  (event: EditorEvent): Client<paths>;
  readonly sessions: Sessions;
}

/** Lets editors log in to a SvelteKit app. Its other half is `handleEditors`, `login` and `logout`. */
export function createEditors(cms: Cms, { login, home }: EditorsOptions): Editors {
  const sessions = new Sessions(cms);

  async function fetchFor(event: EditorEvent, request: Request): Promise<Response> {
    const token = await sessions.token(event);
    if (!token) toLogin(event, login);
    const response = await attempt(event, request, token);
    if (response.status !== 401) return response;
    const next = await sessions.token(event, token);
    if (!next) toLogin(event, login);
    return attempt(event, request, next);
  }

  async function attempt(event: EditorEvent, request: Request, token: string): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set('Authorization', `Bearer ${token}`);
    for (const [name, value] of Object.entries(onBehalfOf(event))) headers.set(name, value);
    const once = (signal: AbortSignal) =>
      event.fetch(new Request(request.clone(), { headers, signal }));
    try {
      if (request.method === 'GET') return await send(cms.timeout, once);
      return await once(AbortSignal.timeout(cms.timeout));
    } catch {
      throw new CmsProblem(503, UNAVAILABLE);
    }
  }

  const editors = (event: EditorEvent) =>
    createClient<paths>({
      baseUrl: cms.url,
      credentials: 'omit',
      fetch: (request) => fetchFor(event, request)
    });
  return Object.assign(editors, { sessions, login, home });
}

/** A hook: below `home` one is logged in, or sent to the login page; tokens are renewed in time. */
export function handleEditors({ sessions, login, home }: Editors): Handle {
  return async ({ event, resolve }) => {
    const { pathname } = event.url;
    if (pathname !== home && !pathname.startsWith(`${home}/`)) return resolve(event);
    const isAway = (failure: unknown) => {
      // The page's own loads will say so, in the page's own words.
      if (failure instanceof CmsProblem) return 'away' as const;
      throw failure;
    };
    if (!(await sessions.token(event).catch(isAway))) toLogin(event, login);
    const response = await resolve(event);
    response.headers.set('cache-control', 'private, no-store');
    return response;
  };
}

export interface LoginProblem {
  message: string;
  email: string;
}

/** A form action: takes `email` and `password`, and leads to where one wanted to go. */
export function login({ sessions, home }: Editors) {
  return async (event: RequestEvent): Promise<ActionFailure<LoginProblem>> => {
    const form = await event.request.formData();
    const email = String(form.get('email') ?? '');
    try {
      await sessions.begin(event, email, String(form.get('password') ?? ''));
    } catch (failure) {
      if (!(failure instanceof CmsProblem)) throw failure;
      return fail(failure.status, { email, message: sentence(failure) });
    }
    redirect(303, localPath(event.url.searchParams.get('next')) ?? home);
  };
}

/** A form action: ends the session everywhere, and leads to the login page. */
export function logout({ sessions, login }: Editors) {
  return async (event: RequestEvent): Promise<never> => {
    await sessions.end(event);
    redirect(303, login);
  };
}

function toLogin(event: EditorEvent, login: string): never {
  const query =
    event.request.method === 'GET'
      ? `?${new URLSearchParams({ next: event.url.pathname + event.url.search })}`
      : '';
  redirect(303, login + query);
}

function sentence({ status, message, retryAfter }: CmsProblem): string {
  if (status === 401 || status === 422) return 'The email or the password is not right.';
  if (status === 429) return `Too many attempts. Please try again in ${retryAfter ?? 60} seconds.`;
  return message;
}

/** Nothing that a browser would take for another host. */
function localPath(path: string | null): string | null {
  return path && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(path) ? path : null;
}
