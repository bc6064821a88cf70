import { get } from '#lib/api/client.ts';
import type { Schemas } from '#lib/api/types.ts';
import type { Kind } from '#lib/documents/kinds.ts';

/** Where documents live on the website, as far as the API knows. */
class Addresses {
  #known = $state.raw<Schemas['Addresses']>();
  #isAsked = false;

  /** Asks once. Without an answer there are no links to the site, and all else goes on. */
  async load(): Promise<void> {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#known = await get<Schemas['Addresses']>('sitemap/addresses').catch(() => undefined);
    this.#isAsked = this.#known !== undefined;
  }

  /** The path of a slug, or where it ends until the API has said how it begins. */
  pathOf(kind: Kind, slug: string): string {
    const paths = this.#known?.paths;
    const path = paths?.[`${kind.name}/${slug}`] ?? paths?.[kind.name] ?? '/{slug}';
    return path.replace('{slug}', slug);
  }

  /** The website, without a slash at its end; null where it is not known. */
  get site(): string | null {
    return this.#known?.site_url ?? null;
  }
}

export const addresses = new Addresses();
