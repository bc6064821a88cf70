const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

export function day(timestamp: string): string {
  return format.format(new Date(timestamp));
}
