import { optional, previewOf } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
import type { LayoutServerLoad } from './$types';

// The frame of each page, that of an error too: it has to be there when the CMS is not.
export const load: LayoutServerLoad = async (event) => {
  return {
    settings: await optional(cms(event).settings()),
    preview: previewOf(event.locals)
  };
};
