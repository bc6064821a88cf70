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
export type TokenPair = Schemas['TokenPair'];
