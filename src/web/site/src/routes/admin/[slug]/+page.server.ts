import { redirect } from '@sveltejs/kit';
import { read, submit } from 'cms-kit';
import { resolve } from '$app/paths';
import { editors } from '#lib/server/editors.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const params = { path: event.params, query: { status: 'all' } } as const;
  const { data, etag } = await read(editors(event).GET('/api/v1/posts/{slug}', { params }));
  return { post: data, etag };
};

export const actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const post = {
      title: text('title'),
      slug: text('slug') || null,
      excerpt: text('excerpt') || null,
      body: text('body'),
      author: text('author') || null,
      featured_image_url: text('featured_image_url') || null,
      tags: text('tags')
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
      published: form.has('published')
    };
    const saving = editors(event).PUT('/api/v1/posts/{slug}', {
      params: { path: event.params },
      headers: { 'If-Match': text('etag') },
      body: post
    });
    return submit(saving, { post }, ({ data }) =>
      redirect(303, resolve('/admin/[slug]', { slug: data.slug }))
    );
  }
} satisfies Actions;
