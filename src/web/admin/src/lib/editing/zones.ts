/** Times of day as a clock on the wall shows them in the browser's time zone: `2027-03-28T02:30`. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const two = (number: number) => String(number).padStart(2, '0');

export function wallOf(moment: Date): string {
  const date = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${date}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** `UTC+1`, `UTC-3:30`, as it is on that day. */
export function offsetOf(moment: Date): string {
  const east = -moment.getTimezoneOffset();
  const hours = Math.floor(Math.abs(east) / 60);
  const minutes = Math.abs(east) % 60;
  if (east === 0) return 'UTC';
  return `UTC${east < 0 ? '-' : '+'}${hours}${minutes ? `:${two(minutes)}` : ''}`;
}

/**
 * The moments at which clocks show this: one, or two where clocks are put back, or none where they
 * are put forward.
 */
export function momentsOf(wall: string): Date[] {
  const inUtc = Date.parse(`${wall}Z`);
  const offsets = [inUtc - DAY_MS, inUtc + DAY_MS].map((at) => new Date(at).getTimezoneOffset());
  return [...new Set(offsets)]
    .map((offset) => new Date(inUtc + offset * MINUTE_MS))
    .filter((moment) => wallOf(moment) === wall)
    .sort((one, other) => one.getTime() - other.getTime());
}

/** As much later as clocks are put forward, where there is no such time. */
export function nextAfter(wall: string): Date {
  return new Date(wall);
}
