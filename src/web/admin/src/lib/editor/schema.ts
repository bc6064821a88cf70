import { Mark, Node, mergeAttributes, type Attributes } from '@tiptap/core';
import { EVERYWHERE, INLINE, POLICY } from '#lib/editor/policy.ts';

/** Attributes as they are in HTML: kept where they are there, and not made up where they are not. */
export function attributesOf(element: string, without: string[] = []): Attributes {
  const names = [...EVERYWHERE, ...(POLICY[element] ?? [])];
  return Object.fromEntries(
    [...new Set(names)]
      .filter((name) => !without.includes(name))
      .map((name) => [
        name,
        {
          default: null,
          parseHTML: (at: HTMLElement) => at.getAttribute(name),
          renderHTML: (attributes: Record<string, unknown>) =>
            attributes[name] === null ? {} : { [name]: attributes[name] }
        }
      ])
  );
}

/** Names that TipTap's own commands and keys ask for. */
const MARK_NAMES: Record<string, string> = {
  strong: 'bold',
  em: 'italic',
  u: 'underline',
  s: 'strike',
  a: 'link'
};
export const KEYS: Record<string, string> = {
  strong: 'Mod-b',
  em: 'Mod-i',
  u: 'Mod-u',
  s: 'Mod-Shift-s',
  code: 'Mod-e'
};
export const markName = (element: string): string => MARK_NAMES[element] ?? element;

/** Outside first: what holds others comes before them. */
const ORDER = ['a', 'ruby', 'rb', 'rt', 'rp', 'span'];

export const marks = [...new Set([...ORDER, ...Object.keys(INLINE)])].map((element, index) =>
  Mark.create({
    name: markName(element),
    priority: 900 - index,
    inclusive: element !== 'a',
    addAttributes: () => attributesOf(element),
    // A span that says nothing is none.
    parseHTML: () => [
      {
        tag: element,
        getAttrs: (at) =>
          element === 'span' && !EVERYWHERE.some((name) => at.hasAttribute(name)) ? false : null
      }
    ],
    renderHTML: ({ HTMLAttributes }) => [element, HTMLAttributes, 0],
    addKeyboardShortcuts() {
      const key = KEYS[element];
      return key ? { [key]: () => this.editor.commands.toggleMark(this.name) } : {};
    }
  })
);

interface Block {
  name: string;
  element: string;
  content: string;
  group?: string;
  where?: string;
  fixed?: Record<string, string>;
}

function block({ name, element, content, group = 'block', where = '', fixed = {} }: Block) {
  return Node.create({
    name,
    group,
    content,
    defining: true,
    priority: where ? 110 : 100,
    addAttributes: () => attributesOf(element, Object.keys(fixed)),
    parseHTML: () => [{ tag: element + where, priority: where ? 60 : 50 }],
    renderHTML: ({ HTMLAttributes }) => [element, mergeAttributes(HTMLAttributes, fixed), 0]
  });
}

/** The blocks for which TipTap has nothing, or something with attributes of its own. */
export const blocks = [
  block({ name: 'figure', element: 'figure', content: 'block* figcaption?' }),
  block({ name: 'figcaption', element: 'figcaption', content: 'inline*', group: '' }),
  block({ name: 'details', element: 'details', content: 'summary? block*' }),
  block({ name: 'summary', element: 'summary', content: 'inline*', group: '' }),
  block({
    name: 'detailsContent',
    element: 'div',
    content: 'block+',
    where: '[data-type=detailsContent]',
    fixed: { 'data-type': 'detailsContent' }
  }),
  block({ name: 'section', element: 'div', content: 'block+' }),
  block({ name: 'descriptions', element: 'dl', content: '(term | description)+' }),
  block({ name: 'term', element: 'dt', content: 'inline*', group: '' }),
  block({ name: 'description', element: 'dd', content: 'block+', group: '' }),
  block({
    name: 'taskList',
    element: 'ul',
    content: 'taskItem+',
    where: '[data-type=taskList]',
    fixed: { 'data-type': 'taskList' }
  })
];

export const image = Node.create({
  name: 'image',
  group: 'inline',
  inline: true,
  draggable: true,
  addAttributes: () => attributesOf('img'),
  parseHTML: () => [{ tag: 'img[src]' }],
  renderHTML: ({ HTMLAttributes }) => ['img', HTMLAttributes]
});

export const wordBreak = Node.create({
  name: 'wordBreak',
  group: 'inline',
  inline: true,
  addAttributes: () => attributesOf('wbr'),
  parseHTML: () => [{ tag: 'wbr' }],
  renderHTML: ({ HTMLAttributes }) => ['wbr', HTMLAttributes]
});

export const embed = Node.create({
  name: 'embed',
  group: 'block',
  atom: true,
  draggable: true,
  addAttributes: () => attributesOf('iframe'),
  parseHTML: () => [{ tag: 'iframe[src]' }],
  renderHTML: ({ HTMLAttributes }) => ['iframe', HTMLAttributes],
  // What is embedded runs nowhere but on the site.
  addNodeView:
    () =>
    ({ node }) => {
      const dom = document.createElement('div');
      dom.className = 'embed';
      dom.textContent = String(node.attrs.src);
      return { dom };
    }
});
