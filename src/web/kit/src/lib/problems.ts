import { error, fail, type ActionFailure } from '@sveltejs/kit';
import { UNAVAILABLE } from './cms.js';

/** An answer of the API that is no success, as RFC 9457 words it. */
export class CmsProblem extends Error {
  override readonly name = 'CmsProblem';

  constructor(
    readonly status: number,
    message: string,
    /** By field: what is wrong with it. */
    readonly fields: Record<string, string> = {},
    /** Of a 412: the stored version's tag. */
    readonly currentEtag: string | null = null,
    /** Of a 429 or 503: in how many seconds to try again. */
    readonly retryAfter: number | null = null
  ) {
    super(message);
  }

  static from(response: Response, body: unknown): CmsProblem {
    const { detail, current_etag, errors } = (body ?? {}) as Details;
    const fields: Record<string, string> = {};
    for (const { loc, msg } of errors ?? []) fields[String(loc[1] ?? loc[0])] ??= msg;
    const retryAfter = response.headers.get('retry-after');
    return new CmsProblem(
      response.status,
      detail ?? UNAVAILABLE,
      fields,
      current_etag ?? null,
      retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null
    );
  }
}

interface Details {
  detail?: string;
  current_etag?: string;
  errors?: { loc: (string | number)[]; msg: string }[];
}

/** What the typed client resolves to. */
export interface Outcome<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

export interface Success<T> {
  data: T;
  /** The version that was read or written, for `If-Match`. */
  etag: string | null;
}

/** What a page gets in `form` when it was not stored. A type: SvelteKit's `form` drops interfaces. */
export type FormProblem = {
  message: string;
  fields: Record<string, string>;
  /** Set if someone else has stored another version since: its tag, to overwrite it knowingly. */
  currentEtag: string | null;
};

/** Throws `CmsProblem` for whatever is no success. */
export async function unwrap<T>(outcome: Promise<Outcome<T>>): Promise<Success<T>> {
  const { data, error: body, response } = await outcome;
  if (response.ok) return { data: data as T, etag: response.headers.get('etag') };
  throw CmsProblem.from(response, body);
}

/** For a `load`: SvelteKit's own error where the API has nothing, forbids it or is not there. */
export async function read<T>(outcome: Promise<Outcome<T>>): Promise<Success<T>> {
  try {
    return await unwrap(outcome);
  } catch (failure) {
    if (!(failure instanceof CmsProblem)) throw failure;
    const isTheirs = failure.status === 403 || failure.status === 404;
    error(isTheirs ? failure.status : 503, isTheirs ? failure.message : UNAVAILABLE);
  }
}

/**
 * For a form action: what `stored` makes of the success, such as a redirect, or a `fail()` with what
 * is wrong, and with the form's values to show again.
 */
export async function submit<T, V extends object, R>(
  outcome: Promise<Outcome<T>>,
  values: V,
  stored: (success: Success<T>) => R
): Promise<R | ActionFailure<FormProblem & V>> {
  let success: Success<T>;
  try {
    success = await unwrap(outcome);
  } catch (failure) {
    if (!(failure instanceof CmsProblem)) throw failure;
    const { status, message, fields, currentEtag } = failure;
    return fail(status, { ...values, message, fields, currentEtag });
  }
  return stored(success);
}
