import { DOMSerializer, type Node } from '@tiptap/pm/model';
import { INLINE } from '#lib/editor/policy.ts';

const INLINE_ELEMENTS = [...Object.keys(INLINE), 'img', 'br', 'wbr'].join(', ');
const SECTIONS = ['thead', 'tbody', 'tfoot'];
/** In these, one paragraph and no paragraph say the same, and the latter is what was there. */
const TIGHT = 'li, dd, td, th, figure, blockquote > figure';

function parsed(html: string): HTMLElement {
  return new DOMParser().parseFromString(`<body>${html}`, 'text/html').body;
}

/** The stored HTML as the editor's schema takes it. */
export function toEditor(html: string): string {
  const body = parsed(html);
  for (const table of body.querySelectorAll('table')) {
    const frame: string[] = [];
    for (const child of [...table.children])
      if (child.matches('caption, colgroup')) {
        frame.push(child.outerHTML);
        child.remove();
      }
    if (frame.length > 0) table.setAttribute('data-frame', frame.join(''));
    for (const row of table.rows) {
      const section = row.parentElement!.localName;
      if (section !== 'tbody' && SECTIONS.includes(section))
        row.setAttribute('data-section', section);
    }
  }
  for (const holder of body.querySelectorAll('figure, details')) loosen(holder);
  return body.innerHTML;
}

/** Puts what stands in it without a block into a paragraph: it would be taken for the caption. */
function loosen(holder: Element): void {
  let paragraph: Element | null = null;
  for (const child of [...holder.childNodes]) {
    const isBlock = child instanceof Element && !child.matches(INLINE_ELEMENTS);
    if (isBlock) paragraph = null;
    else if (paragraph) paragraph.append(child);
    else if (child.textContent?.trim() || child instanceof Element) {
      paragraph = document.createElement('p');
      child.replaceWith(paragraph);
      paragraph.append(child);
    }
  }
}

/** Where what is serialised is made: pictures are not loaded there. */
const made = document.implementation.createHTMLDocument();
/** Blocks are never changed, only replaced: of a long text, a few are new at each key. */
const known = new WeakMap<Node, string>();

/** What the editor has, as it is stored. */
export function fromEditor(doc: Node): string {
  let html = '';
  doc.forEach((block) => (html += stored(block)));
  return html === '<p></p>' ? '' : html;
}

/** Makes what `fromEditor` will need while the browser has nothing else to do; returns how to stop. */
export function prepare(doc: Node): () => void {
  let next = 0;
  const work = (idle: IdleDeadline) => {
    while (next < doc.childCount && idle.timeRemaining() > 1) stored(doc.child(next++));
    if (next < doc.childCount) turn = requestIdleCallback(work);
  };
  let turn = requestIdleCallback(work);
  return () => cancelIdleCallback(turn);
}

function stored(block: Node): string {
  const its = known.get(block);
  if (its !== undefined) return its;
  const holder = made.createElement('div');
  const serializer = DOMSerializer.fromSchema(block.type.schema);
  holder.append(serializer.serializeNode(block, { document: made }));
  for (const table of holder.querySelectorAll('table')) rebuild(table);
  for (const each of holder.querySelectorAll(TIGHT)) tighten(each);
  known.set(block, holder.innerHTML);
  return holder.innerHTML;
}

function rebuild(table: HTMLTableElement): void {
  const rows = [...table.rows];
  const frame = table.getAttribute('data-frame') ?? '';
  table.removeAttribute('data-frame');
  table.innerHTML = frame;
  for (const row of rows) {
    const section = row.getAttribute('data-section') ?? 'tbody';
    row.removeAttribute('data-section');
    let last = table.lastElementChild;
    if (last?.localName !== section) {
      last = made.createElement(section);
      table.append(last);
    }
    last.append(row);
  }
}

function tighten(holder: Element): void {
  const [first, ...others] = holder.children;
  const isAlone = others.every((other) => other.matches('ul, ol, dl, figcaption'));
  const isText = first?.localName === 'p' && first.attributes.length === 0;
  if (first && isText && isAlone) first.replaceWith(...first.childNodes);
}

const NOT_WORTH = [
  /<!--[\s\S]*?-->/g,
  /<(style|script|head|title)\b[\s\S]*?<\/\1\s*>/gi,
  /<img\b[^>]*?\ssrc\s*=\s*["']?(?:data|file):[^>]*>/gi
];

/**
 * What of a clipboard is worth sending: Word's style sheets and pictures are megabytes. It is not
 * parsed here, where the page's own policy would complain of each style.
 */
export function worthCleaning(html: string): string {
  return NOT_WORTH.reduce((rest, each) => rest.replace(each, ''), html);
}
