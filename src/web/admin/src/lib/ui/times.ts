import { serverNow } from '#lib/api/transport.ts';
import { texts } from '#lib/texts.ts';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From how many seconds on, and in what one counts then. */
const STEPS: [number, Intl.RelativeTimeFormatUnit, number][] = [
  [730 * DAY, 'year', 365.25 * DAY],
  [100 * DAY, 'month', 30.44 * DAY],
  [2 * DAY, 'day', DAY],
  [HOUR, 'hour', HOUR],
  [0, 'minute', MINUTE]
];

/** `in 3 days`, `20 minutes ago`, by the server's clock. */
export function fromNow(time: string): string {
  const seconds = secondsTo(time);
  const [, unit, size] = STEPS.find(([from]) => Math.abs(seconds) >= from)!;
  return relative.format(Math.round(seconds / size), unit);
}

/** The same of what has happened; after a week the day itself. */
export function ago(time: string): string {
  const seconds = Math.abs(secondsTo(time));
  if (seconds < MINUTE) return texts.justNow;
  return seconds > 7 * DAY ? day(time) : fromNow(time);
}

function secondsTo(time: string): number {
  return (Date.parse(time) - serverNow()) / 1000;
}

export function day(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric'
  });
}

export function clock(time: string | number): string {
  return new Date(time).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** With the time zone by name, which tells it from an editor's elsewhere. */
export function moment(time: string): string {
  return new Date(time).toLocaleString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short'
  });
}
