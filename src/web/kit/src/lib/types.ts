import type { components } from './api.js';

export type { components, operations, paths } from './api.js';

type Schemas = components['schemas'];

export type Page = Schemas['PageRead'];
export type PageItem = Schemas['PageItem'];
export type PageList = Schemas['PageList'];
export type Post = Schemas['PostRead'];
export type PostItem = Schemas['PostItem'];
export type PostList = Schemas['PostList'];
export type Settings = Schemas['SettingsRead'];
export type User = Schemas['UserRead'];
/** `-` is newest first, or from Z to A. */
export type Sort = Schemas['Sort'];
export type Preview = Schemas['PreviewRead'];
export type Redirect = Schemas['RedirectRead'];
export type Search = Schemas['SearchList'];
export type SearchItem = Schemas['SearchItem'];
export type Highlight = Schemas['Highlight'];
export type Sitemap = Schemas['Sitemap'];
export type SitemapItem = Schemas['SitemapItem'];
export type Tag = Schemas['TagItem'];
export type TokenPair = Schemas['TokenPair'];
