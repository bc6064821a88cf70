import type { Content, KindName, Schemas, Stored, Value } from '#lib/api/types.ts';

export type Widget = 'title' | 'slug' | 'rich' | 'line' | 'long' | 'image' | 'tags';

export interface Field<Name extends string = string> {
  name: Name;
  widget: Widget;
  max: number;
  /** About as much as search engines and social networks show. */
  best?: number;
}

export interface Kind<Name extends KindName = KindName, FieldName extends string = string> {
  name: Name;
  fields: Field<FieldName>[];
  /** What search engines and social networks show. */
  seo: { title: FieldName; description: FieldName; image: FieldName };
}

interface Kinds {
  posts: Kind<'posts', keyof Schemas['PostWrite']>;
  pages: Kind<'pages', keyof Schemas['PageWrite']>;
}

const TITLE: Field<'title'> = { name: 'title', widget: 'title', max: 200 };
const SLUG: Field<'slug'> = { name: 'slug', widget: 'slug', max: 200 };
const BODY: Field<'body'> = { name: 'body', widget: 'rich', max: 256 * 1024 };

const known = (kinds: Kinds): Record<KindName, Kind> => kinds;

/** The types whose fields this app knows. */
export const KINDS = known({
  posts: {
    name: 'posts',
    fields: [
      TITLE,
      SLUG,
      { name: 'excerpt', widget: 'long', max: 1000, best: 160 },
      BODY,
      { name: 'tags', widget: 'tags', max: 32 },
      { name: 'author', widget: 'line', max: 200 },
      { name: 'featured_image_url', widget: 'image', max: 2048 }
    ],
    seo: { title: 'title', description: 'excerpt', image: 'featured_image_url' }
  },
  pages: {
    name: 'pages',
    fields: [
      TITLE,
      SLUG,
      BODY,
      { name: 'meta_title', widget: 'line', max: 200, best: 60 },
      { name: 'meta_description', widget: 'long', max: 1000, best: 160 },
      { name: 'og_image_url', widget: 'image', max: 2048 }
    ],
    seo: { title: 'meta_title', description: 'meta_description', image: 'og_image_url' }
  }
});

export function isKind(name: string | undefined): name is KindName {
  return name === 'posts' || name === 'pages';
}

function blank({ widget }: Field): Value {
  return widget === 'tags' ? [] : '';
}

/** The fields as the screen has them: where the API has null, an empty text. */
export function contentOf(kind: Kind, from: Partial<Stored> | Content): Content {
  return Object.fromEntries(
    kind.fields.map((field) => [field.name, from[field.name] ?? blank(field)])
  );
}

/** The fields as the API takes them. */
export function writable(kind: Kind, content: Content): Content {
  const entries = kind.fields.map(({ name, widget }): [string, Value] => {
    const value = content[name] ?? '';
    if (typeof value !== 'string' || widget === 'rich') return [name, value];
    return [name, value.trim() || null];
  });
  return Object.fromEntries(entries);
}

/** Whether two contents are stored as the same. */
export function isSame(kind: Kind, one: Content, other: Content): boolean {
  return JSON.stringify(writable(kind, one)) === JSON.stringify(writable(kind, other));
}
