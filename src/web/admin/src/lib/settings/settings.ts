import { get } from '#lib/api/client.ts';
import type { Schemas, Settings } from '#lib/api/types.ts';
import type { Field } from '#lib/documents/kinds.ts';

type Name = Exclude<keyof Schemas['SettingsWrite'], 'updated_at' | 'etag'>;

/** As a conflict between two editors shows them. */
export const FIELDS: Field<Name>[] = [
  { name: 'site_name', widget: 'line', max: 200 },
  { name: 'tagline', widget: 'line', max: 200 },
  { name: 'logo_url', widget: 'image', max: 2048 },
  { name: 'footer_text', widget: 'rich', max: 16 * 1024 },
  { name: 'social_links', widget: 'line', max: 50 }
];

export interface Link {
  network: string;
  address: string;
}

/** The settings as the form has them. */
export interface Form {
  site_name: string;
  tagline: string;
  logo_url: string;
  footer_text: string;
  links: Link[];
}

export const EMPTY: Form = {
  site_name: '',
  tagline: '',
  logo_url: '',
  footer_text: '',
  links: []
};

export function formOf(settings: Body | Settings): Form {
  return {
    site_name: settings.site_name,
    tagline: settings.tagline ?? '',
    logo_url: settings.logo_url ?? '',
    footer_text: settings.footer_text,
    links: Object.entries(settings.social_links).map(([network, address]) => ({ network, address }))
  };
}

export function bodyOf(form: Form) {
  const links = form.links.filter(({ network, address }) => network.trim() || address.trim());
  return {
    site_name: form.site_name.trim(),
    tagline: form.tagline.trim() || null,
    logo_url: form.logo_url.trim() || null,
    footer_text: form.footer_text,
    social_links: Object.fromEntries(
      links.map(({ network, address }) => [network.trim(), address.trim()])
    )
  } satisfies Schemas['SettingsWrite'];
}

export type Body = ReturnType<typeof bodyOf>;

export function contentOf(settings: Settings): Body {
  return bodyOf(formOf(settings));
}

/** Who changed the settings last, and when. */
export async function lastChange(): Promise<{ who: string | null; when: string }> {
  const query = { type: 'settings', per_page: 1 };
  const entry = (await get<Schemas['HistoryList']>('history', query)).items[0];
  return {
    who: entry?.changed_by?.email ?? null,
    when: entry?.changed_at ?? new Date().toISOString()
  };
}
