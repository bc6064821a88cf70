import { CmsProblem, Unreachable } from '#lib/api/client.ts';
import { texts } from '#lib/texts.ts';

/** What went wrong, and what to do, in a sentence. */
export function sentence(failure: unknown): string {
  if (failure instanceof Unreachable) return texts.problems.unreachable;
  if (failure instanceof CmsProblem) {
    const { status, message, fields, retryAfter } = failure;
    if (status === 429) return texts.problems.tooMany(retryAfter ?? 60);
    if (status === 412) return texts.problems.changed;
    if (status === 403) return texts.problems.forbidden;
    if (status === 503) return texts.problems.unreachable;
    if (status >= 500) return texts.problems.broken;
    const [field, problem] = Object.entries(fields)[0] ?? [];
    return field ? `${texts.fields[field] ?? field}: ${problem}` : message;
  }
  throw failure;
}

/** What is wrong in a form: by field where it has that field, else under the name `form`. */
export type Problems = Record<string, string>;

export function problemsOf(failure: unknown, ...fields: string[]): Problems {
  const refused = failure instanceof CmsProblem && failure.status === 422 ? failure.fields : {};
  const known = Object.entries(refused).filter(([field]) => fields.includes(field));
  return known.length > 0 ? Object.fromEntries(known) : { form: sentence(failure) };
}
