/** Since when a post or page is public; of a draft, since when there is one. */
export function publishedAt(document: { published_at: string | null; created_at: string }): string {
  return document.published_at ?? document.created_at;
}
