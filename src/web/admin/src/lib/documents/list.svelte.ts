import { everything, get } from '#lib/api/client.ts';
import type { Envelope, Schemas, Listed } from '#lib/api/types.ts';
import type { Kind } from '#lib/documents/kinds.ts';
import { sentence } from '#lib/ui/problem.ts';

export const PER_PAGE = 20;
/** A search shows no more. */
const MOST = 100;
const NAMES = ['q', 'status', 'tag', 'author', 'sort', 'page'] as const;

export type Query = Partial<Record<(typeof NAMES)[number], string>>;
export type Highlight = Schemas['Highlight'];

export interface Shown {
  items: Listed[];
  total: number;
  page: number;
  pages: number;
  /** Of a search: the passages where the words are, by document. */
  passages: Record<string, Highlight>;
  /** Of a search: how many it found, where more than are shown. */
  found: number;
}

/** What of an address is about a list. */
export function queryOf(parameters: Pick<URLSearchParams, 'get'>): Query {
  const given = NAMES.map((name) => [name, parameters.get(name)]);
  return Object.fromEntries(given.filter(([, value]) => value));
}

/** One list on the screen, and what is to be known of its documents. */
export class DocumentList {
  shown = $state.raw<Shown>();
  /** By the document. */
  changed = $state.raw<Record<string, Schemas['WorkingCopyItem']>>({});
  scheduled = $state.raw<Record<string, Schemas['ScheduleItem']>>({});
  problem = $state('');
  readonly kind: Kind;
  #asked = 0;

  constructor(kind: Kind) {
    this.kind = kind;
  }

  async load(query: Query): Promise<void> {
    const turn = ++this.#asked;
    try {
      const shown = await (query.q ? this.#search(query) : this.#page(query));
      // Answers may overtake each other.
      if (turn !== this.#asked) return;
      this.shown = shown;
      this.problem = '';
    } catch (failure) {
      if (turn === this.#asked) this.problem = sentence(failure);
    }
  }

  /** What is written beside documents, and what the clock will do to them. */
  async loadMarks(): Promise<void> {
    const query = { type: this.kind.name };
    try {
      const [copies, schedule] = await Promise.all([
        everything<Schemas['WorkingCopyItem']>('working-copies', query),
        everything<Schemas['ScheduleItem']>('schedule', query)
      ]);
      this.changed = Object.fromEntries(copies.map((copy) => [copy.document_id, copy]));
      this.scheduled = Object.fromEntries(schedule.map((item) => [item.document_id, item]));
    } catch (failure) {
      this.problem = sentence(failure);
    }
  }

  async #page(query: Query): Promise<Shown> {
    const answer = await get<Envelope<Listed>>(this.kind.name, {
      status: 'all',
      sort: '-updated_at',
      ...query,
      per_page: PER_PAGE
    });
    const { items, total, page, total_pages: pages } = answer;
    return { items, total, page, pages, passages: {}, found: 0 };
  }

  /** The best hits in one page: in their order, unless another is asked for. */
  async #search({ q, status = 'all', tag, author, sort }: Query): Promise<Shown> {
    const type = this.kind.name;
    const hits = await get<Schemas['SearchList']>('search', { q, type, status, per_page: MOST });
    const ids = hits.items.map(({ id }) => id);
    const answer =
      ids.length > 0
        ? await get<Envelope<Listed>>(type, { status, tag, author, sort, id: ids, per_page: MOST })
        : { items: [], total: 0 };
    const items = sort
      ? answer.items
      : answer.items.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
    const passages = Object.fromEntries(hits.items.map(({ id, highlight }) => [id, highlight]));
    const found = hits.total > MOST ? hits.total : 0;
    return { items, total: answer.total, page: 1, pages: 1, passages, found };
  }
}
