import { resolve } from '$app/paths';
import { createCms, createEditors } from 'cms-kit';

export const cms = createCms({
  url: process.env.API_URL ?? 'http://127.0.0.1:8000',
  paths: {
    page: (slug) => (slug === 'home' ? resolve('/') : resolve('/[slug]', { slug })),
    post: (slug) => resolve('/posts/[slug]', { slug }),
    posts: () => resolve('/posts')
  }
});

export const editors = createEditors(cms, { login: resolve('/login'), home: resolve('/admin') });
