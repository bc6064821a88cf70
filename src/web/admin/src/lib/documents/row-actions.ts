import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import type { Listed } from '#lib/api/types.ts';
import * as actions from '#lib/documents/actions.ts';
import type { Kind } from '#lib/documents/kinds.ts';
import * as remote from '#lib/editing/remote.ts';
import { texts } from '#lib/texts.ts';
import type { MenuItem } from '#lib/ui/Menu.svelte';
import { toasts } from '#lib/ui/toasts.svelte.ts';

/** Does something, tells of what went wrong, and shows the list as it is then. */
type Act = (work: () => Promise<unknown>) => Promise<void>;

/** What can be done to a document in a list. */
export function menuOf(kind: Kind, item: Listed, act: Act): (MenuItem | 'line')[] {
  const t = texts.actions;
  const publishing: MenuItem = item.published
    ? { label: t.unpublish, icon: 'eye', onselect: () => act(() => unpublish(kind, item)) }
    : { label: t.publish, icon: 'eye', onselect: () => act(() => publish(kind, item)) };
  return [
    publishing,
    { label: t.duplicate, icon: 'copy', onselect: () => act(() => duplicate(kind, item)) },
    'line',
    {
      label: t.delete,
      icon: 'trash',
      danger: true,
      onselect: () => act(() => remove(kind, item, act))
    }
  ];
}

async function publish(kind: Kind, { slug, title }: Listed): Promise<void> {
  await remote.publish(kind, await remote.open(kind, slug));
  toasts.say(texts.actions.published(title));
}

async function unpublish(kind: Kind, { slug, title }: Listed): Promise<void> {
  await remote.unpublish(kind, await remote.open(kind, slug));
  toasts.say(texts.actions.unpublished(title));
}

async function remove(kind: Kind, item: Listed, act: Act): Promise<void> {
  const { id, slug, title, published } = item;
  await actions.remove(kind, slug, (await actions.read(kind, slug)).etag);
  toasts.say(texts.actions.deleted(title), {
    label: texts.undo,
    run: () => act(() => bringBack(kind, id, published))
  });
}

/** As it was: the API gives it back as a draft. */
async function bringBack(kind: Kind, id: string, published: boolean): Promise<void> {
  const back = await actions.bringBack(kind.name, id);
  if (back && published)
    await actions.setPublished(kind, await actions.read(kind, back.slug), true);
}

/** Of what an editor sees: of the changes that are not published, where there are any. */
async function duplicate(kind: Kind, item: Listed): Promise<void> {
  const content = remote.contentIn(kind, await remote.open(kind, item.slug));
  const { slug } = await actions.copyOf(kind, content);
  await goto(resolve('/[kind=kind]/[slug]', { kind: kind.name, slug }));
  toasts.say(texts.actions.duplicated);
}
