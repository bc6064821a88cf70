import { sequence } from '@sveltejs/kit/hooks';
import { handleCms, handleEditors } from 'cms-kit';
import { cms } from '#lib/server/cms.ts';
import { editors } from '#lib/server/editors.ts';

export const handle = sequence(handleCms(cms), handleEditors(editors));
