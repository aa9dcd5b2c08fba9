import type { IcsFile } from '../config/read-calendars.ts';
import { counted } from '../domain/plain-words.ts';

/** What was made of the events of an iCalendar file, and what was passed over. */
export function icsFileWords(path: string, { used, timed, other }: IcsFile['events']): string {
  const passed = [
    ...(timed > 0 ? [`${timed} with a time of day`] : []),
    ...(other > 0 ? [`${other} with none of the words of icsWords`] : []),
  ];
  return `${path}: ${counted(used, 'event')} used${passed.length === 0 ? '' : `, passed over ${passed.join(' and ')}`}`;
}
