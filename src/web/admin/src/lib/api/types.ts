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

export type Value = string | boolean | null | undefined | string[] | Record<string, string>;

/** The fields that an editor writes. */
export type Content = Record<string, Value>;

type OfEither<One, Other> = {
  [Name in Exclude<keyof One & keyof Other, 'etag'>]: One[Name] | Other[Name];
} & Content;

/** A stored document of any type that the app knows. */
export type Stored = OfEither<Schemas['PostRead'], Schemas['PageRead']>;

/** The same in a list, where no body is asked for. */
export type Listed = OfEither<Omit<Schemas['PostItem'], 'body'>, Omit<Schemas['PageItem'], 'body'>>;

export interface WorkingCopy extends Omit<Schemas['WorkingCopyRead'], 'content'> {
  content: Content;
}

export interface HistoryEntry extends Omit<Schemas['HistoryRead'], 'document'> {
  document: Content & { published: boolean };
}

/** A page of a list, with whatever is listed. */
export type Envelope<T> = Omit<Schemas['PostList'], 'items'> & { items: T[] };
