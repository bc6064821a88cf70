import { resolve } from '$app/paths';

/** What is before the API's paths, and before the app's: nothing, unless `ROOT_PATH` is set. */
export const ROOT = resolve('/').replace(/\/admin\/?$/, '');

const PATIENCE_MS = 30_000;

/** No answer came: the network, or the API, is away. What was sent may have been done. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

let ahead = 0;

/** The time by the server's clock: that of the browser may be wrong. */
export function serverNow(): number {
  return Date.now() + ahead;
}

export async function send(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string>
): Promise<Response> {
  const json: Record<string, string> =
    body === undefined ? {} : { 'Content-Type': 'application/json' };
  let response: Response;
  try {
    response = await fetch(`${ROOT}${url}`, {
      method,
      headers: { ...json, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS)
    });
  } catch {
    throw new Unreachable();
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  // The header has whole seconds.
  if (!Number.isNaN(date)) ahead = Math.abs(date - Date.now()) > 5000 ? date - Date.now() : 0;
  return response;
}
