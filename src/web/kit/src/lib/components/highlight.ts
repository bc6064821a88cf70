import type { Highlight } from '../types.js';

/** The text in pieces: those that were looked for, and what is between them. */
export function pieces({ text, hits }: Highlight): { text: string; isHit: boolean }[] {
  const found: { text: string; isHit: boolean }[] = [];
  let from = 0;
  for (const { start, end } of hits) {
    if (start > from) found.push({ text: text.slice(from, start), isHit: false });
    found.push({ text: text.slice(start, end), isHit: true });
    from = end;
  }
  if (from < text.length) found.push({ text: text.slice(from), isHit: false });
  return found;
}
