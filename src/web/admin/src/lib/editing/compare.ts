export interface Part {
  text: string;
  kind: 'same' | 'removed' | 'added';
}

const MOST = 4000;

/** The words of a value as a reader sees them; of HTML its text, a line a block. */
export function readable(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .map(([name, each]) => `${name}: ${each}`)
      .join('\n');
  const text = String(value ?? '');
  if (!/<[a-z]/i.test(text)) return text;
  const spaced = text
    .replace(/<img\b[^>]*?src="([^"]*)"[^>]*>/gi, ' [$1] ')
    .replace(
      /<(?:\/(?:p|h\d|li|dt|dd|tr|pre|blockquote|figcaption|summary)|br|hr)\b[^>]*>/gi,
      '\n'
    );
  return (new DOMParser().parseFromString(spaced, 'text/html').body.textContent ?? '')
    .replace(/\n\s*\n+/g, '\n')
    .trim();
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Also of scripts that have no spaces between words. */
const wordsOf = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment);

/** A word-level difference: the longest common words of both, as Myers (1986) finds them. */
export function compare(before: string, after: string): Part[] {
  const a = wordsOf(before);
  const b = wordsOf(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  )
    end++;
  const parts: Part[] = [];
  const say = (kind: Part['kind'], text: string) => {
    const last = parts.at(-1);
    if (last?.kind === kind) last.text += text;
    else if (text) parts.push({ kind, text });
  };
  say('same', a.slice(0, start).join(''));
  for (const [kind, word] of middle(a.slice(start, a.length - end), b.slice(start, b.length - end)))
    say(kind, word);
  say('same', a.slice(a.length - end).join(''));
  return parts;
}

function middle(a: string[], b: string[]): [Part['kind'], string][] {
  const whole: [Part['kind'], string][] = [
    ...a.map((word): [Part['kind'], string] => ['removed', word]),
    ...b.map((word): [Part['kind'], string] => ['added', word])
  ];
  const trace = edits(a, b);
  if (!trace) return whole;
  const steps: [Part['kind'], string][] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const v = trace[d]!;
    const k = x - y;
    const down = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1));
    const from = down ? k + 1 : k - 1;
    const toX = d === 0 ? 0 : v.get(from)!;
    const toY = d === 0 ? 0 : toX - from;
    while (x > toX && y > toY && x > 0 && y > 0 && a[x - 1] === b[y - 1]) {
      steps.push(['same', a[--x]!]);
      y--;
    }
    if (d === 0) break;
    if (down) steps.push(['added', b[--y]!]);
    else steps.push(['removed', a[--x]!]);
  }
  return steps.reverse();
}

/** How far each diagonal came with each number of edits; null where there are too many to be of use. */
function edits(a: string[], b: string[]): Map<number, number>[] | null {
  const most = Math.min(a.length + b.length, MOST);
  const v = new Map([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let d = 0; d <= most; d++) {
    // Only what the next step back looks at; the whole of it would be quadratic in memory.
    trace.push(new Map([...v].filter(([k]) => Math.abs(k) <= d + 1)));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1));
      let x = down ? (v.get(k + 1) ?? 0) : (v.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      v.set(k, x);
      if (x >= a.length && x - k >= b.length) return trace;
    }
    if (d > 1200) return null;
  }
  return null;
}
