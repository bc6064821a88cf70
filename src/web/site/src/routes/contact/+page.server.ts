import { cms } from '#lib/server/cms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  return { page: await cms(event).page('contact') };
};
