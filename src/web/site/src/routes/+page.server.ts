import { optional } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const [page, latest] = await Promise.all([
    cms(event).page('home'),
    optional(cms(event).posts({ perPage: 3 }))
  ]);
  return { page, latest: latest?.items ?? [] };
};
