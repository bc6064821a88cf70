import { error } from '@sveltejs/kit';
import { optional } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const page = event.url.searchParams.get('page');
  const tag = event.url.searchParams.get('tag');
  const [posts, tags] = await Promise.all([
    cms(event).posts({ page, tag, perPage: 9 }),
    optional(cms(event).tags(), [])
  ]);
  if (tag && posts.total === 0) error(404, 'Not found');
  return { posts, tag, tags: tags.slice(0, 24) };
};
