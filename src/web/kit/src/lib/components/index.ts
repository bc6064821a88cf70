export { publishedAt } from '../dates.js';
export { default as Highlighted } from './Highlighted.svelte';
export { default as Pagination } from './Pagination.svelte';
export { default as PreviewBanner } from './PreviewBanner.svelte';
export { default as RichText } from './RichText.svelte';
export { default as Seo } from './Seo.svelte';
export { imageUrl } from './images.js';
