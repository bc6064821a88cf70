export interface Snippet {
  file: string;
  code: string;
}

/** A SvelteKit site that shows a post, as the kit's README has it. */
export function snippets(api: string): Snippet[] {
  return [
    {
      file: 'src/lib/server/cms.ts',
      code: `import { createCms } from 'cms-kit';

export const cms = createCms({ url: '${api}' });`
    },
    {
      file: 'src/routes/blog/[slug]/+page.server.ts',
      code: `import { cms } from '#lib/server/cms.ts';

export const load = async (event) => ({ post: await cms(event).post(event.params.slug) });`
    },
    {
      file: 'src/routes/blog/[slug]/+page.svelte',
      code: `<script>
  import { RichText } from 'cms-kit/components';
  const { data } = $props();
</${'script'}>

<h1>{data.post.title}</h1>
<RichText html={data.post.body} />`
    }
  ];
}
