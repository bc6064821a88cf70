export interface RichTextOptions {
  /** By how many levels headings are lowered: 1 makes an `h1` an `h2`. */
  shift?: number;
  /** In front of paths such as `/pricing`, for a site that is served below one: `/de`. */
  base?: string;
  /** Whether links to other sites open in a new tab. */
  newTab?: boolean;
}

const TAG = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/g;

/** The API's sanitised HTML, fitted to the page. What it did not sanitise is not safe here. */
export function fit(
  html: string,
  { shift = 0, base = '', newTab = false }: RichTextOptions
): string {
  return html.replace(TAG, (tag: string, slash: string, name: string, attributes: string) => {
    if (/^h[1-6]$/.test(name))
      return `<${slash}h${Math.min(6, Number(name[1]) + shift)}${attributes}>`;
    // What is wider than a phone scrolls by itself, for those who use a keyboard too.
    if (name === 'table') return slash ? `${tag}</div>` : `<div class="scroll" tabindex="0">${tag}`;
    if (slash) return tag;
    if (name === 'pre') return `<pre${attributes} tabindex="0">`;
    if (name === 'img') {
      const lazy = / loading=/.test(attributes) ? '' : ' loading="lazy"';
      return `<img${based(attributes, 'src', base)}${lazy} decoding="async">`;
    }
    if (name === 'a') {
      const isOutside = / href="https?:/.test(attributes);
      return `<a${based(attributes, 'href', base)}${newTab && isOutside ? ' target="_blank"' : ''}>`;
    }
    return tag;
  });
}

function based(attributes: string, name: string, base: string): string {
  return attributes.replace(
    new RegExp(`( ${name}=")/(?!/)`),
    (_, start: string) => `${start}${base}/`
  );
}
