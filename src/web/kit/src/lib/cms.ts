import { error, redirect } from '@sveltejs/kit';
import { Memory, type MemoryOptions, type Remembered, valueOf } from './memory.js';
import { pageOf, wordsOf } from './queries.js';
import { get, requestId } from './transport.js';
import type {
  Page,
  PageItem,
  PageList,
  Post,
  PostItem,
  PostList,
  Search,
  Settings,
  Sitemap,
  SitemapItem,
  Sort,
  Tag
} from './types.js';
import { visitOf } from './visits.js';

/** What is used of a `load`'s or an endpoint's event. */
export interface CmsEvent {
  fetch: typeof globalThis.fetch;
  request?: Request;
  locals?: object;
  depends?: (...dependencies: `${string}:${string}`[]) => void;
}

/** Where the site shows what: for redirects, sitemap, feed and canonical addresses. */
export interface Paths {
  page(slug: string): string;
  post(slug: string): string;
  posts(): string;
}

export interface CmsOptions {
  /** The API's address, such as `http://127.0.0.1:8000`. */
  url: string;
  /** The site's own, such as `https://www.example.com`; unset, each request's. */
  origin?: string | undefined;
  /** How many milliseconds a request to the API may take in all. */
  timeout?: number;
  /** What the site's paths start with, if it does not lie at the root: `/de`. */
  base?: string;
  paths?: Partial<Paths>;
  memory?: MemoryOptions | false;
}

export interface ListOptions {
  /** From a query, as it is: what is no page number is not found. */
  page?: string | number | null;
  perPage?: number;
  sort?: Sort;
}

export interface PostListOptions extends ListOptions {
  /** Only posts that carry the tag, or all of the tags. */
  tag?: string | string[] | null;
  /** Only posts of this author. */
  author?: string | null;
}

export interface SearchOptions extends Omit<ListOptions, 'sort'> {
  /** As it was typed: words, `"a phrase"`, `-word`, `or`; the last word may be a beginning. */
  q: string | null | undefined;
  /** Only documents of this type. */
  type?: 'pages' | 'posts';
}

type Type = 'pages' | 'posts' | 'settings';
type Key = Type | 'search' | 'sitemap' | 'tags';

export type Cms = ReturnType<typeof createCms>;
export type CmsReader = ReturnType<Cms>;

export const UNAVAILABLE = 'The site cannot show this right now. Please try again in a moment.';

/** Makes the reader of the CMS's public content, for `load` functions and endpoints on the server. */
export function createCms({ url, origin, timeout = 3000, base = '', paths, memory }: CmsOptions) {
  const root = url.replace(/\/+$/, '');
  const sitePaths = { ...defaultPaths(base), ...paths };
  const known = memory === false ? undefined : new Memory(memory);

  async function read<T>(event: CmsEvent | undefined, key: Key, path: string): Promise<T> {
    event?.depends?.(`cms:${key}`);
    const address = `${root}/api/v1/${path}`;
    let reply: Remembered;
    try {
      reply = known?.fresh(address) ?? (await asked(event, key, address));
    } catch {
      if (event?.locals) note(event.locals, { status: 503, stale: true });
      error(503, UNAVAILABLE);
    }
    if (event?.locals) note(event.locals, reply);
    if (reply.status === 200) return valueOf<T>(reply);
    if (reply.status === 301 && reply.location) redirect(301, moved(key, reply.location));
    if (reply.status >= 400 && reply.status < 500 && reply.status !== 429) error(404, 'Not found');
    error(503, UNAVAILABLE);
  }

  async function asked(
    event: CmsEvent | undefined,
    key: Key,
    address: string
  ): Promise<Remembered> {
    const ask = (headers: Record<string, string>) =>
      get(event?.fetch ?? fetch, address, { ...headers, ...requestId(event?.request) }, timeout);
    // What visitors type comes once, and would drive the site's pages out of the memory.
    if (!known || key === 'search') return { ...(await ask({})), stale: false };
    return known.read(address, ask);
  }

  async function one<T>(event: CmsEvent | undefined, type: Type, slug: string): Promise<T> {
    const address = `${type}/${segment(slug)}`;
    return (previewed(event, type, slug) as T | undefined) ?? (await read<T>(event, type, address));
  }

  function moved(key: Key, location: string): string {
    const slug = decodeURIComponent(location.slice(location.lastIndexOf('/') + 1));
    return key === 'pages' ? sitePaths.page(slug) : sitePaths.post(slug);
  }

  async function list<T extends { items: unknown[] }>(
    event: CmsEvent | undefined,
    type: 'pages' | 'posts',
    { page, perPage, sort, tag, author }: PostListOptions
  ): Promise<T> {
    const query = pageOf(page, perPage);
    if (sort) query.set('sort', sort);
    if (author) query.set('author', author);
    for (const each of [tag ?? []].flat()) query.append('tag', each);
    return notPastItsEnd(await read<T>(event, type, `${type}?${query}`), query);
  }

  async function search(
    event: CmsEvent | undefined,
    { q, type, page, perPage }: SearchOptions
  ): Promise<Search> {
    const query = pageOf(page, perPage);
    const words = wordsOf(q ?? '');
    if (!words) return { items: [], page: 1, per_page: perPage ?? 10, total: 0, total_pages: 0 };
    query.set('q', words);
    if (type) query.set('type', type);
    const found = notPastItsEnd(await read<Search>(event, 'search', `search?${query}`), query);
    return { ...found, items: found.items.map(placed) };
  }

  async function sitemapPage(
    event: CmsEvent | undefined,
    page: number,
    perPage: number,
    type?: 'pages' | 'posts'
  ): Promise<Sitemap> {
    const query = pageOf(page, perPage);
    if (type) query.set('type', type);
    const found = await read<Sitemap>(event, 'sitemap', `sitemap?${query}`);
    return { ...found, items: found.items.map(placed) };
  }

  async function* sitemap(
    event: CmsEvent | undefined,
    type?: 'pages' | 'posts'
  ): AsyncGenerator<SitemapItem> {
    for (let page = 1, last = 1; page <= last; page++) {
      const found = await sitemapPage(event, page, 1000, type);
      last = found.total_pages;
      yield* found.items;
    }
  }

  /** Where this site shows it: of a type that the kit does not know, the API does. */
  function placed<T extends { type: string; slug: string; path: string }>(item: T): T {
    const isKnown = item.type === 'pages' || item.type === 'posts';
    const path = isKnown
      ? pathOf({ paths: sitePaths, base }, item.type, item.slug)
      : base + item.path;
    return { ...item, path };
  }

  async function* all<T>(event: CmsEvent | undefined, type: 'pages' | 'posts'): AsyncGenerator<T> {
    for (let page = 1, last = 1; page <= last; page++) {
      const found = await list<{ items: T[]; total_pages: number }>(event, type, {
        page,
        perPage: 100
      });
      last = found.total_pages;
      yield* found.items;
    }
  }

  /** Throws SvelteKit's `error(404)`, `error(503)` and `redirect(301)`, as `load` functions may. */
  function cms(event?: CmsEvent) {
    return {
      page: (slug: string) => one<Page>(event, 'pages', slug),
      post: (slug: string) => one<Post>(event, 'posts', slug),
      pages: (options: ListOptions = {}) => list<PageList>(event, 'pages', options),
      /** The newest first, by when they were published, unless `sort` says otherwise. */
      posts: (options: PostListOptions = {}) =>
        list<PostList>(event, 'posts', { sort: '-published_at', ...options }),
      settings: async () =>
        (previewed(event, 'settings') as Settings | undefined) ??
        (await read<Settings>(event, 'settings', 'settings')),
      /** The best first, each with its `path` on the site; of no words, nothing. */
      search: (options: SearchOptions) => search(event, options),
      /** The tags of published posts, the most used first. */
      tags: async () => (await read<{ items: Tag[] }>(event, 'tags', 'tags')).items,
      /** All that is published, one after the other, each with its `path` on the site. */
      sitemap: (type?: 'pages' | 'posts') => sitemap(event, type),
      /** One page of that; `perPage` is at most 1,000. */
      sitemapPage: (page: number, perPage = 1000) => sitemapPage(event, page, perPage),
      /** Every page, or post, one after the other, without bodies. */
      allPages: () => all<PageItem>(event, 'pages'),
      allPosts: () => all<PostItem>(event, 'posts')
    };
  }
  return Object.assign(cms, { url: root, origin, timeout, base, paths: sitePaths });
}

/** Where the site shows a document. */
export function pathOf(cms: Pick<Cms, 'paths' | 'base'>, type: string, slug: string): string {
  if (type === 'pages') return cms.paths.page(slug);
  return type === 'posts' ? cms.paths.post(slug) : `${cms.base}/`;
}

/** The document that this request came to see before it is public, if this is it. */
function previewed(event: CmsEvent | undefined, type: Type, slug?: string): object | undefined {
  const preview = event?.locals && visitOf(event.locals).preview;
  if (preview === 'unavailable') error(503, UNAVAILABLE);
  if (preview?.type !== type) return undefined;
  return slug === undefined || preview.document.slug === slug ? preview.document : undefined;
}

function defaultPaths(base: string): Paths {
  return {
    page: (slug) => (slug === 'home' ? `${base}/` : `${base}/${slug}`),
    post: (slug) => `${base}/blog/${slug}`,
    posts: () => `${base}/blog`
  };
}

function notPastItsEnd<T extends { items: unknown[] }>(found: T, query: URLSearchParams): T {
  if (found.items.length === 0 && query.get('page') !== '1') error(404, 'Not found');
  return found;
}

function note(locals: object, { status, stale }: Pick<Remembered, 'status' | 'stale'>): void {
  const visit = visitOf(locals);
  visit.hasRead = true;
  visit.isStale ||= stale;
  visit.isMissing ||= status !== 200;
}

/** A slug in a path. `.` and `..` would lead elsewhere, encoded or not. */
function segment(slug: string): string {
  if (slug === '' || slug === '.' || slug === '..') error(404, 'Not found');
  return encodeURIComponent(slug);
}
