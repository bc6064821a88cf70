/** One answer, read to its end. */
export interface Reply {
  status: number;
  text: string;
  etag: string | null;
  location: string | null;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The visitor's own request id as a header, so that one id is in both logs. */
export function requestId(request: Request | undefined): Record<string, string> {
  const id = request?.headers.get('x-request-id') ?? '';
  return REQUEST_ID.test(id) ? { 'X-Request-ID': id } : {};
}

/**
 * Sends with a time limit for everything, and a second time if the connection dropped: a kept-alive
 * connection may be closed by the API at the moment it is used. `attempt` must be safe to repeat.
 * Rejects with what `fetch` rejects with.
 */
export async function send<T>(
  timeout: number,
  attempt: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const signal = AbortSignal.timeout(timeout);
  try {
    return await attempt(signal);
  } catch (failure) {
    if (signal.aborted || !(failure instanceof TypeError)) throw failure;
    return attempt(signal);
  }
}

/** A public read: without cookies, which SvelteKit's `fetch` would pass on to a subdomain's API. */
export function get(
  fetch: typeof globalThis.fetch,
  url: string,
  headers: Record<string, string>,
  timeout: number
): Promise<Reply> {
  return send(timeout, async (signal) => {
    const response = await fetch(url, { headers, signal, credentials: 'omit', redirect: 'manual' });
    return {
      status: response.status,
      text: await response.text(),
      etag: response.headers.get('etag'),
      location: response.headers.get('location')
    };
  });
}
