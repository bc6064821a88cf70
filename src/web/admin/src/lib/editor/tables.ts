import { Node, mergeAttributes } from '@tiptap/core';
import { goToNextCell, tableEditing } from '@tiptap/pm/tables';
import { attributesOf } from '#lib/editor/schema.ts';

/**
 * A table's rows stand directly in it, as prosemirror-tables wants it; what HTML has around them is
 * kept in attributes (`data-…`), which `html.ts` takes from the HTML and puts back.
 */
const kept = (name: string) => ({
  [name]: {
    default: null,
    parseHTML: (at: HTMLElement) => at.getAttribute(name),
    renderHTML: (attributes: Record<string, unknown>) =>
      attributes[name] === null ? {} : { [name]: attributes[name] }
  }
});

const spans = {
  colspan: { default: 1, parseHTML: (at: HTMLElement) => Number(at.getAttribute('colspan') ?? 1) },
  rowspan: { default: 1, parseHTML: (at: HTMLElement) => Number(at.getAttribute('rowspan') ?? 1) },
  colwidth: { default: null, parseHTML: () => null, renderHTML: () => ({}) }
};
const withoutOnes = (attributes: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => !(name.endsWith('span') && value === 1))
  );

const table = Node.create({
  name: 'table',
  group: 'block',
  content: 'tableRow+',
  isolating: true,
  addAttributes: () => ({ ...attributesOf('table'), ...kept('data-frame') }),
  parseHTML: () => [{ tag: 'table' }],
  renderHTML: ({ HTMLAttributes }) => ['table', HTMLAttributes, ['tbody', 0]],
  extendNodeSchema: ({ name }) => (name === 'table' ? { tableRole: 'table' } : {}),
  addProseMirrorPlugins: () => [tableEditing()],
  addKeyboardShortcuts: () => ({
    Tab: ({ editor }) => goToNextCell(1)(editor.state, editor.view.dispatch),
    'Shift-Tab': ({ editor }) => goToNextCell(-1)(editor.state, editor.view.dispatch)
  })
});

const tableRow = Node.create({
  name: 'tableRow',
  content: '(tableCell | tableHeader)*',
  addAttributes: () => ({ ...attributesOf('tr'), ...kept('data-section') }),
  parseHTML: () => [{ tag: 'tr' }],
  renderHTML: ({ HTMLAttributes }) => ['tr', HTMLAttributes, 0],
  extendNodeSchema: ({ name }) => (name === 'tableRow' ? { tableRole: 'row' } : {})
});

const cell = (name: string, element: 'td' | 'th', role: string) =>
  Node.create({
    name,
    content: 'block+',
    isolating: true,
    addAttributes: () => ({ ...attributesOf(element, ['colspan', 'rowspan']), ...spans }),
    parseHTML: () => [{ tag: element }],
    renderHTML: ({ HTMLAttributes }) => [element, mergeAttributes(withoutOnes(HTMLAttributes)), 0],
    extendNodeSchema: ({ name: asked }) => (asked === name ? { tableRole: role } : {})
  });

export const tables = [
  table,
  tableRow,
  cell('tableCell', 'td', 'cell'),
  cell('tableHeader', 'th', 'header_cell')
];
