import { CmsProblem, get, request } from '#lib/api/client.ts';
import { serverNow } from '#lib/api/transport.ts';
import type { Envelope, Schedule, Schemas, WorkingCopy } from '#lib/api/types.ts';
import type { Kind } from '#lib/documents/kinds.ts';
import type { Copy, Place } from '#lib/editing/remote.ts';

export interface Times {
  publish_at: string | null;
  unpublish_at: string | null;
}

/** What the clock will do: a working copy has its own time at which it is published. */
export function timesOf({ copy, schedule }: Place): Times & { problem: string | null } {
  return {
    publish_at: (copy ? copy.data.publish_at : schedule?.publish_at) ?? null,
    unpublish_at: schedule?.unpublish_at ?? null,
    problem: (copy ? copy.problem : schedule?.problem) ?? null
  };
}

const pathOf = (kind: Kind, id: string) => `schedule/${kind.name}/${id}` as const;

/** The answer, or null where there is none. */
export async function found<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (failure) {
    if (failure instanceof CmsProblem && failure.status === 404) return null;
    throw failure;
  }
}

export async function readSchedule(kind: Kind, id: string): Promise<Schedule | null> {
  return (await found(request<Schedule>('GET', pathOf(kind, id))))?.data ?? null;
}

/** Why a working copy whose time has come is not published. */
export async function problemOf(kind: Kind, id: string, copy: WorkingCopy): Promise<string | null> {
  if (!copy.publish_at || Date.parse(copy.publish_at) > serverNow()) return null;
  // Soonest first: what is due and undone is at the beginning.
  const query = { type: kind.name, per_page: 100 };
  const { items } = await get<Envelope<Schemas['ScheduleItem']>>('schedule', query);
  return items.find((item) => item.working_copy && item.document_id === id)?.problem ?? null;
}

/** Sets what the clock will do; nulls take it back. The document may be another version then. */
export async function setTimes(kind: Kind, { live, copy }: Place, times: Times): Promise<void> {
  const { id } = live!.document;
  if (copy && copy.data.publish_at !== times.publish_at) await setCopy(kind, id, copy, times);
  const own = { ...times, publish_at: copy ? null : times.publish_at };
  if (own.publish_at || own.unpublish_at) await request('PUT', pathOf(kind, id), { body: own });
  else await clear(kind, id);
}

async function setCopy(kind: Kind, id: string, copy: Copy, { publish_at }: Times): Promise<void> {
  await request('PUT', `working-copies/${kind.name}/${id}`, {
    body: { content: copy.data.content, publish_at },
    ifMatch: copy.etag
  });
}

export async function clear(kind: Kind, id: string): Promise<void> {
  await found(request('DELETE', pathOf(kind, id)));
}
