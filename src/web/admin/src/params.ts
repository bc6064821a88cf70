import { defineParams } from '@sveltejs/kit/params';
import { isKind } from '#lib/documents/kinds.ts';

export const params = defineParams({
  kind: (param) => (isKind(param) ? param : undefined)
});
