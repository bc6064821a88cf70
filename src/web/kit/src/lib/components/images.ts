/** An image's address on a site that may be served below a path: `/de` and `/a.jpg` make `/de/a.jpg`. */
export function imageUrl(url: string, base = ''): string {
  return /^\/(?!\/)/.test(url) ? base + url : url;
}
