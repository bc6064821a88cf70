import { error } from '@sveltejs/kit';
import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const page = event.url.searchParams.get('page');
  const tag = event.url.searchParams.get('tag');
  const posts = await cms(event).posts({ page, tag, perPage: 9 });
  if (tag && posts.total === 0) error(404, 'Not found');
  return { posts, tag };
};
