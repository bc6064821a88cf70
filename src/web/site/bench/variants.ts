/** How the same three loads are written: with the kit, with plain `fetch`, with the data inlined. */
export type Variant = 'kit' | 'fetch' | 'inlined';

export const SLUG = 'the-last-twelve-metres';
const TAG = 'routing';

const LAYOUT = 'src/routes/+layout.server.ts';
const LIST = 'src/routes/blog/+page.server.ts';
const POST = 'src/routes/blog/[slug]/+page.server.ts';
const ASKED = 'event.url.searchParams.get("page"); event.url.searchParams.get("tag");';
const NEIGHBOURS = `posts?tag=${TAG}&sort=-published_at&per_page=4`;

/** Files of the site that are written over, by path. The kit's are the site's own. */
export async function filesOf(variant: Variant, api: string): Promise<Record<string, string>> {
  if (variant === 'kit') return {};
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`${api}/api/v1/${path}`)).json();
  const hooks = {
    'src/hooks.server.ts': 'export const handle = ({ event, resolve }) => resolve(event);'
  };
  if (variant === 'fetch')
    return {
      ...hooks,
      [LAYOUT]: fetching('{ settings: await read("settings"), preview: null }'),
      [LIST]: fetching(
        '{ posts: await posts, tags: (await read("tags")).items, tag: null }',
        ASKED + 'const posts = read("posts?page=1&per_page=9&sort=-published_at");'
      ),
      [POST]: fetching(
        '{ post, tag, others: neighbours.items.filter(({ id }) => id !== post.id).slice(0, 3) }',
        `const post = await read(\`posts/\${event.params.slug}\`);
        const tag = post.tags[0];
        const neighbours = await read(\`posts?tag=\${tag}&sort=-published_at&per_page=4\`);`
      )
    };
  type Listed = { items: { id: string }[] };
  const post = (await read(`posts/${SLUG}`)) as { id: string; tags: string[] };
  if (post.tags[0] !== TAG) throw new Error(`${SLUG} is not about ${TAG} first`);
  const others = ((await read(NEIGHBOURS)) as Listed).items.filter(({ id }) => id !== post.id);
  return {
    ...hooks,
    [LAYOUT]: holding({ settings: await read('settings'), preview: null }),
    [LIST]: holding(
      {
        posts: await read('posts?page=1&per_page=9&sort=-published_at'),
        tags: ((await read('tags')) as Listed).items,
        tag: null
      },
      ASKED
    ),
    [POST]: holding({ post, tag: TAG, others: others.slice(0, 3) }, 'event.params.slug;')
  };
}

function fetching(result: string, before = ''): string {
  return `import { error } from '@sveltejs/kit';
export const load = async (event) => {
  const read = async (path) => {
    const response = await event.fetch(process.env.API_URL + '/api/v1/' + path);
    if (!response.ok) error(response.status, 'Not found');
    return response.json();
  };
  ${before}
  return ${result};
};
`;
}

/** Whatever is read of the address, the site's own loads read too. */
function holding(data: object, read = ''): string {
  return `const data = ${JSON.stringify(data)};
export const load = (event) => {
  ${read}
  return data;
};
`;
}
