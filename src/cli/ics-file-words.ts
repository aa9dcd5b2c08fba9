import type { IcsFile } from '../config/read-calendars.ts';

/** What was made of the events of an iCalendar file, and what was passed over. */
export function icsFileWords(path: string, { used, timed, other }: IcsFile['events']): string {
  const events = (count: number) => `${count} ${count === 1 ? 'event' : 'events'}`;
  const passed = [
    ...(timed > 0 ? [`${timed} with a time of day`] : []),
    ...(other > 0 ? [`${other} with none of the words of icsWords`] : []),
  ];
  return `${path}: ${events(used)} used${passed.length === 0 ? '' : `, passed over ${passed.join(' and ')}`}`;
}
