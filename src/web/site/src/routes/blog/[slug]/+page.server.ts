import { optional } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const post = await cms(event).post(event.params.slug);
  const tag = post.tags[0];
  const neighbours = tag ? await optional(cms(event).posts({ tag, perPage: 4 })) : null;
  const others = neighbours?.items.filter(({ id }) => id !== post.id) ?? [];
  return { post, tag, others: others.slice(0, 3) };
};
