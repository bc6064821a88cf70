import { sequence } from '@sveltejs/kit/hooks';
import { handleCms, handleEditors } from 'cms-kit';
import { editors } from '#lib/server/editors.ts';

export const handle = sequence(handleCms(), handleEditors(editors));
