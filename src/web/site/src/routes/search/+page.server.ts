import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const q = event.url.searchParams.get('q');
  const page = event.url.searchParams.get('page');
  return { q, found: await cms(event).search({ q, page }) };
};
