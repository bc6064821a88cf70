import { serverNow } from '#lib/api/transport.ts';
import { texts } from '#lib/texts.ts';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400]
];

/** `5 minutes ago`; after a week the day itself. */
export function ago(time: string): string {
  const seconds = (Date.parse(time) - serverNow()) / 1000;
  if (Math.abs(seconds) > 7 * 86_400) return day(time);
  if (Math.abs(seconds) < 60) return texts.justNow;
  const [unit, size] = STEPS.findLast(([, each]) => Math.abs(seconds) >= each)!;
  return relative.format(Math.round(seconds / size), unit);
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

export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
