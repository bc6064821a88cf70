import { Extension, Node, type AnyExtension } from '@tiptap/core';
import StarterKit from '@tiptap/starter-kit';
import { Placeholder } from '@tiptap/extensions';
import { Blockquote } from '@tiptap/extension-blockquote';
import { CodeBlock } from '@tiptap/extension-code-block';
import { HardBreak } from '@tiptap/extension-hard-break';
import { Heading } from '@tiptap/extension-heading';
import { HorizontalRule } from '@tiptap/extension-horizontal-rule';
import { BulletList, ListItem, OrderedList } from '@tiptap/extension-list';
import { Paragraph } from '@tiptap/extension-paragraph';
import { attributesOf, blocks, embed, image, marks, wordBreak } from '#lib/editor/schema.ts';
import { tables } from '#lib/editor/tables.ts';
import { texts } from '#lib/texts.ts';

const codeBlock = CodeBlock.extend({
  addAttributes() {
    return { ...this.parent?.(), ...attributesOf('pre') };
  }
});

const taskItem = Node.create({
  name: 'taskItem',
  content: 'paragraph block*',
  defining: true,
  addAttributes: () => ({
    ...attributesOf('li', ['data-type', 'data-checked']),
    checked: {
      default: false,
      parseHTML: (at: HTMLElement) => at.getAttribute('data-checked') === 'true',
      renderHTML: ({ checked }) => ({ 'data-checked': String(checked) })
    }
  }),
  parseHTML: () => [{ tag: 'li[data-type=taskItem]', priority: 60 }],
  renderHTML: ({ HTMLAttributes }) => ['li', { 'data-type': 'taskItem', ...HTMLAttributes }, 0],
  addKeyboardShortcuts() {
    return {
      Enter: () => this.editor.commands.splitListItem(this.name),
      Tab: () => this.editor.commands.sinkListItem(this.name),
      'Shift-Tab': () => this.editor.commands.liftListItem(this.name)
    };
  },
  addNodeView:
    () =>
    ({ node, editor, getPos }) => {
      const dom = document.createElement('li');
      const box = document.createElement('input');
      const contentDOM = document.createElement('div');
      box.type = 'checkbox';
      box.checked = node.attrs.checked as boolean;
      box.setAttribute('aria-label', texts.editor.tasks);
      box.contentEditable = 'false';
      box.addEventListener('change', () => {
        const at = getPos();
        if (at !== undefined)
          editor.view.dispatch(editor.state.tr.setNodeAttribute(at, 'checked', box.checked));
      });
      dom.dataset.type = 'taskItem';
      dom.append(box, contentDOM);
      return {
        dom,
        contentDOM,
        update: (next) => {
          if (next.type !== node.type) return false;
          box.checked = next.attrs.checked as boolean;
          return true;
        }
      };
    }
});

const own = (element: string, without: string[] = []) => ({
  addAttributes(this: { parent?: (() => object) | null }) {
    return { ...this.parent?.(), ...attributesOf(element, without) };
  }
});

export function extensions(): AnyExtension[] {
  return [
    StarterKit.configure({
      bold: false,
      italic: false,
      underline: false,
      strike: false,
      code: false,
      link: false,
      codeBlock: false,
      paragraph: false,
      heading: false,
      blockquote: false,
      bulletList: false,
      orderedList: false,
      listItem: false,
      hardBreak: false,
      horizontalRule: false,
      trailingNode: false,
      undoRedo: { newGroupDelay: 400 }
    }),
    Paragraph.extend(own('p')),
    Heading.extend(own('h2')),
    Blockquote.extend(own('blockquote')),
    BulletList.extend(own('ul', ['data-type'])),
    OrderedList.extend(own('ol')),
    ListItem.extend({ ...own('li', ['data-type', 'data-checked']), content: 'block+' }),
    HardBreak.extend(own('br')),
    HorizontalRule.extend(own('hr')),
    codeBlock,
    taskItem,
    ...marks,
    ...blocks,
    ...tables,
    image,
    wordBreak,
    embed,
    Placeholder.configure({ placeholder: texts.editor.bodyPlaceholder }),
    Extension.create({
      name: 'taskListKeys',
      addKeyboardShortcuts: () => ({
        'Mod-Shift-9': ({ editor }) => editor.commands.toggleList('taskList', 'taskItem')
      })
    })
  ];
}
