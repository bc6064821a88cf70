export { createCms } from './cms.js';
export type {
  Cms,
  CmsEvent,
  CmsOptions,
  CmsReader,
  ListOptions,
  Paths,
  PostListOptions,
  SearchOptions
} from './cms.js';
export { createEditors, handleEditors, login, logout } from './editors.js';
export type { Editors, EditorsOptions, LoginProblem } from './editors.js';
export { entriesOf, feed, robots } from './endpoints.js';
export type { FeedOptions } from './endpoints.js';
export { handleCms } from './handle.js';
export { previewOf } from './preview.js';
export type { MemoryOptions } from './memory.js';
export { optional } from './optional.js';
export { CmsProblem, read, submit, unwrap } from './problems.js';
export type { FormProblem, Success } from './problems.js';
export { prerenderedSitemap, sitemap } from './sitemap.js';
export type { SitemapOptions } from './sitemap.js';
export type * from './types.js';
