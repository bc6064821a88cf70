import { handleCms } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
import { editors } from '#lib/server/editors.ts';

export const handle = handleCms(cms, { editors });
