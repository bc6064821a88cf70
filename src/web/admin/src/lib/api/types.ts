/**
 * What the API takes and answers, as its OpenAPI document has it (the kit's types are made from it):
 * where the API changes, this app does not build.
 */
import type { components } from 'cms-kit';

export type Schemas = components['schemas'];

export type Settings = Schemas['SettingsRead'];
export type User = Schemas['UserRead'];
export type Redirect = Schemas['RedirectRead'];
export type LoginSession = Schemas['SessionRead'];
export type Removed = Schemas['Removed'];
export type Schedule = Schemas['ScheduleRead'];
export type Preview = Schemas['PreviewItem'];
export type HistoryItem = Schemas['HistoryItem'];
export type Action = HistoryItem['action'];

/** The types of documents whose fields the app knows. */
export type KindName = 'posts' | 'pages';

type Stored_ = Schemas['PostRead'] | Schemas['PageRead'];
type Common = keyof Schemas['PostRead'] & keyof Schemas['PageRead'] & string;

export type Value = string | boolean | null | undefined | string[] | Record<string, string>;

/** The fields that an editor writes. */
export type Content = Record<string, Value>;

/** A stored document of any type that the app knows. */
export type Stored = { [Name in Exclude<Common, 'etag'>]: Stored_[Name] } & Content;

export interface WorkingCopy extends Omit<Schemas['WorkingCopyRead'], 'content'> {
  content: Content;
}

export interface HistoryEntry extends Omit<Schemas['HistoryRead'], 'document'> {
  document: Content & { published: boolean };
}

/** A page of a list, with whatever is listed. */
export type Envelope<T> = Omit<Schemas['PostList'], 'items'> & { items: T[] };
