/** What the API answers with: the kit's types, and what is said about documents of every type. */
import type { Page, Post, Settings, User } from 'cms-kit';

export type { Page, Post, Settings, User };

export type Value = string | boolean | null | string[] | Record<string, string>;

/** The fields that an editor writes. */
export type Content = Record<string, Value>;

/** A stored document of any type that the app knows. */
export interface Stored {
  id: string;
  slug: string;
  title: string;
  published: boolean;
  published_at: string | null;
  created_at: string;
  updated_at: string;
  [field: string]: Value;
}

export interface Envelope<T> {
  items: T[];
  page: number;
  per_page: number;
  total: number;
  total_pages: number;
}

export interface Person {
  id: string;
  email: string;
}

export type Action = 'created' | 'updated' | 'published' | 'unpublished' | 'moved' | 'deleted';

export interface HistoryItem {
  id: string;
  type: string;
  document_id: string;
  version: number;
  action: Action;
  slug: string;
  title: string | null;
  changed_fields: string[];
  changed_at: string;
  changed_by: Person | null;
}

export interface HistoryEntry extends HistoryItem {
  document: Content & { published: boolean };
}

export interface WorkingCopy {
  content: Content;
  base_etag: string;
  updated_at: string;
  updated_by: Person | null;
  publish_at: string | null;
}

export interface Schedule {
  publish_at: string | null;
  unpublish_at: string | null;
  problem?: string | null;
}

export interface Listed {
  document_id: string;
  publish_at: string | null;
  unpublish_at?: string | null;
}

export interface Preview {
  id: string;
  expires_at: string;
  created_at?: string;
  last_used_at?: string | null;
}

export interface Redirect {
  id: string;
  from_path: string;
  to: string | null;
  status: number;
}

export interface LoginSession {
  id: string;
  created_at: string;
  last_used_at: string;
  user_agent: string | null;
  ip: string | null;
  current: boolean;
}

export interface Removed {
  kind: 'element' | 'attribute' | 'url';
  name: string;
  count: number;
}
