/**
 * What the editor keeps of rich text: the elements, each with its own attributes, and the attributes
 * of all. It is the API's table (`x-rich-text` in its OpenAPI document), which a test holds it to.
 */
export const EVERYWHERE = ['dir', 'id', 'lang', 'title'];

const plain = (names: string): Record<string, string[]> =>
  Object.fromEntries(names.split(' ').map((name) => [name, []]));

/** Inside of a line. */
export const INLINE: Record<string, string[]> = {
  ...plain('strong b em i u s mark sub sup small abbr cite q dfn kbd samp var span'),
  ...plain('ruby rb rt rp'),
  code: ['class'],
  time: ['datetime'],
  del: ['datetime'],
  ins: ['datetime'],
  a: ['href', 'hreflang']
};

export const BLOCKS: Record<string, string[]> = {
  ...plain('h1 h2 h3 h4 h5 h6 p br hr wbr blockquote pre figure figcaption summary'),
  ...plain('dl dt dd table caption thead tbody tfoot tr'),
  div: ['data-type'],
  details: ['open'],
  ul: ['data-type'],
  ol: ['start', 'type', 'reversed'],
  li: ['value', 'data-type', 'data-checked'],
  colgroup: ['span'],
  col: ['span'],
  td: ['colspan', 'rowspan'],
  th: ['colspan', 'rowspan', 'scope'],
  img: ['src', 'alt', 'width', 'height', 'loading'],
  iframe: ['src', 'width', 'height', 'allowfullscreen', 'sandbox', 'loading']
};

export const POLICY: Record<string, string[]> = Object.fromEntries(
  Object.entries({ ...INLINE, ...BLOCKS }).map(([name, own]) => [
    name,
    [...EVERYWHERE, ...own].sort()
  ])
);
