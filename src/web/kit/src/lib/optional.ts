import { isHttpError } from '@sveltejs/kit';

/**
 * For what a page can do without: gives `otherwise` where the CMS has nothing or does not answer.
 * Redirects, and errors of the program, still arrive.
 */
export async function optional<T, U = null>(
  promise: Promise<T>,
  otherwise: U = null as U
): Promise<T | U> {
  try {
    return await promise;
  } catch (failure) {
    if (isHttpError(failure, 404) || isHttpError(failure, 503)) return otherwise;
    throw failure;
  }
}
