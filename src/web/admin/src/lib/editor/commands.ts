import type { Editor } from '@tiptap/core';

export type Asked = 'link' | 'image';

export function insertTable(editor: Editor): void {
  const cell = (type: string) => ({ type, content: [{ type: 'paragraph' }] });
  const row = (type: string) => ({
    type: 'tableRow',
    content: [cell(type), cell(type), cell(type)]
  });
  const rows = [row('tableHeader'), row('tableCell'), row('tableCell')];
  editor.chain().focus().insertContent({ type: 'table', content: rows }).run();
}

/** `example.com` is meant as a website; a path, an anchor or a scheme stays what it is. */
export function completed(address: string): string {
  const given = address.trim();
  if (/^[^\s@/:#]+@[^\s@/:]+$/.test(given)) return `mailto:${given}`;
  return /^([a-z][a-z0-9+.-]*:|\/|#)/i.test(given) ? given : `https://${given}`;
}

export function setLink(editor: Editor, address: string): void {
  const chain = editor.chain().focus().extendMarkRange('link');
  if (!address.trim()) chain.unsetMark('link').run();
  else if (editor.state.selection.empty && !editor.isActive('link'))
    chain
      .insertContent({
        type: 'text',
        text: address.trim(),
        marks: [{ type: 'link', attrs: { href: completed(address) } }]
      })
      .run();
  else chain.setMark('link', { href: completed(address) }).run();
}
