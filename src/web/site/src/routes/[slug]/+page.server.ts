import { redirect } from '@sveltejs/kit';
import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  if (event.params.slug === 'home') redirect(308, cms.paths.page('home'));
  return { page: await cms(event).page(event.params.slug) };
};
