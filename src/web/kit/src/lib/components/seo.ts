import { publishedAt } from '../dates.js';
import type { Page, Post, Settings } from '../types.js';
import { imageUrl } from './images.js';

export interface SeoOptions {
  /** The address of this page, such as `page.url`; its query is no part of the canonical one. */
  url: Pick<URL, 'href' | 'host' | 'pathname'>;
  settings: Pick<Settings, 'site_name' | 'tagline' | 'logo_url'> | null;
  page?: Pick<Page, 'title' | 'meta_title' | 'meta_description' | 'og_image_url'> | undefined;
  post?: Omit<Post, 'body'> | undefined;
  /** For what is neither a page nor a post, such as a list. */
  title?: string | undefined;
  description?: string | undefined;
  /** The canonical address, if it is not this page's path: of a list's second page, with its query. */
  canonical?: string | undefined;
  /** In front of paths of images, for a site that is served below one: `/de`. */
  base?: string | undefined;
}

export function describe(options: SeoOptions) {
  const { url, settings, page, post, title, description, canonical, base } = options;
  const absolute = (path: string | null | undefined) =>
    path ? new URL(path, url.href).href : null;
  const name = settings?.site_name ?? url.host;
  const heading = post?.title ?? page?.title ?? title ?? name;
  const link = absolute(canonical ?? url.pathname) ?? url.href;
  const picture = (path: string | null | undefined) => absolute(path && imageUrl(path, base));
  const image = picture(post?.featured_image_url ?? page?.og_image_url);
  const text = post?.excerpt ?? page?.meta_description ?? description ?? settings?.tagline ?? null;
  return {
    name,
    heading,
    title: page?.meta_title ?? (heading === name ? name : `${heading} – ${name}`),
    description: text,
    link,
    image,
    jsonLd: post && article(post, { link, image, name, logo: picture(settings?.logo_url) })
  };
}

interface Context {
  link: string;
  image: string | null;
  name: string;
  logo: string | null;
}

/** JSON-LD of a post, as the content of a script element, which it cannot end. */
function article(post: Omit<Post, 'body'>, { link, image, name, logo }: Context): string {
  const data = {
    '@context': 'https://schema.org',
    '@type': 'BlogPosting',
    headline: post.title,
    description: post.excerpt ?? undefined,
    image: image ?? undefined,
    datePublished: publishedAt(post),
    dateModified: post.updated_at,
    author: post.author ? { '@type': 'Person', name: post.author } : undefined,
    publisher: { '@type': 'Organization', name, logo: logo ?? undefined },
    mainEntityOfPage: link,
    keywords: post.tags.join(', ')
  };
  return JSON.stringify(data).replace(/</g, '\\u003c');
}
