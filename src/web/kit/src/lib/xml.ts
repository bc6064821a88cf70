const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML cannot hold, however it is written. */
const NO_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Markup that needs no escaping any more. */
class Xml {
  constructor(readonly text: string) {}
}

type Value = string | Xml | Xml[] | null | undefined | false;

/** A tagged template: what is put in is escaped, unless it was made by `xml` itself. */
export function xml(parts: TemplateStringsArray, ...values: Value[]): Xml {
  return new Xml(parts.reduce((text, part, i) => text + shown(values[i - 1]) + part));
}

export function xmlResponse(content: Xml, type: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${content.text}`, {
    headers: { 'Content-Type': `${type}; charset=utf-8` }
  });
}

function shown(value: Value): string {
  if (value instanceof Xml) return value.text;
  if (Array.isArray(value)) return value.map(shown).join('\n');
  if (!value) return '';
  const text = value.replace(NO_CHARACTER, '');
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
