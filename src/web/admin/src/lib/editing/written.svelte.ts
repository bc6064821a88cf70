import type { Content, Value } from '#lib/api/types.ts';
import { contentOf, isSame, type Kind } from '#lib/documents/kinds.ts';
import { slugFrom } from '#lib/documents/slugs.ts';

/** The fields as they are on the screen, and what of them the server has acknowledged. */
export class Written {
  content = $state.raw<Content>({});
  readonly #kind: Kind;
  /** Texts that are made only when they are needed. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on the screen depends on it
  readonly #lazy = new Map<string, () => string>();
  #sent: Content;
  #followsTitle = true;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.content = this.#sent = contentOf(kind, {});
  }

  /** All that is on the screen, the texts made. */
  snapshot(): Content {
    if (this.#lazy.size > 0) {
      const made = [...this.#lazy].map(([field, make]) => [field, make()] as const);
      this.#lazy.clear();
      this.content = { ...this.content, ...Object.fromEntries(made) };
    }
    return this.content;
  }

  get isDirty(): boolean {
    return !isSame(this.#kind, this.snapshot(), this.#sent);
  }

  /** Whether the slug is made from the title, and no editor has chosen it. */
  get followsTitle(): boolean {
    return this.#followsTitle;
  }

  edit(field: string, value: Value | (() => string)): void {
    if (typeof value === 'function') this.#lazy.set(field, value);
    else this.content = { ...this.content, [field]: value };
    if (field === 'slug') this.#followsTitle = false;
    const slug = field === 'title' && this.#followsTitle ? slugFrom(String(value)) : null;
    if (slug) this.content = { ...this.content, slug };
  }

  /** Puts other fields on the screen, which are not stored yet. */
  show(content: Content): void {
    this.#lazy.clear();
    this.content = contentOf(this.#kind, content);
  }

  acknowledge(sent: Content): void {
    this.#sent = sent;
  }

  /** Puts on the screen what is stored. */
  arrive(stored: Content, wasPublic: boolean): void {
    this.show(stored);
    this.#sent = this.content;
    const { title, slug } = this.content;
    const fromTitle = slugFrom(String(title));
    this.#followsTitle =
      !wasPublic && fromTitle !== null && new RegExp(`^${fromTitle}(-\\d+)?$`).test(String(slug));
  }

  /** Links lead to a slug that was public. */
  keepSlug(): void {
    this.#followsTitle = false;
  }

  /** The API has made a slug: it is shown, unless another has been written since. */
  takeSlug(slug: string): void {
    if (this.content.slug) return;
    this.content = { ...this.content, slug };
    this.#sent = { ...this.#sent, slug };
  }

  /** The slug that was sent is taken: the next. */
  renumber(sent: Content): void {
    const [, base, number] = /^(.*?)(?:-(\d+))?$/.exec(String(sent.slug))!;
    this.content = { ...this.content, slug: `${base}-${Number(number ?? 1) + 1}` };
  }
}
