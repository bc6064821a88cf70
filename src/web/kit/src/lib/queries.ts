import { error } from '@sveltejs/kit';

/** A list's query. What is no page number is not found. */
export function pageOf(
  page: string | number | null | undefined,
  perPage: number | undefined
): URLSearchParams {
  const number = String(page ?? 1);
  if (!/^[1-9]\d{0,8}$/.test(number)) error(404, 'Not found');
  const query = new URLSearchParams({ page: number });
  if (perPage) query.set('per_page', String(perPage));
  return query;
}

const CONTROLS = /\p{Cc}+/gu;
const INVISIBLE = /^[\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** What the API takes for words: at most 200 characters, no control, and something to be seen. */
export function wordsOf(typed: string): string {
  const words = [...typed.normalize().replace(CONTROLS, ' ').trim()].slice(0, 200).join('');
  return INVISIBLE.test(words) ? '' : words;
}
