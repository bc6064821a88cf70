import { read } from 'cms-kit';
import { editors } from '#lib/server/editors.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const client = editors(event);
  const query = { status: 'all', per_page: 100 } as const;
  const [user, posts] = await Promise.all([
    read(client.GET('/api/v1/users/me')),
    read(client.GET('/api/v1/posts', { params: { query } }))
  ]);
  return { user: user.data, posts: posts.data.items };
};
