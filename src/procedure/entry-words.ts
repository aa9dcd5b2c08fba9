import { contactWords } from '../domain/contact-words.ts';
import { isSchoolDate } from '../domain/school-date.ts';
import { spelled } from '../domain/words.ts';
import { taskInWords } from './task-words.ts';

/** Entries name tasks and steps by their kind, and dates as the SIS does; people know them otherwise. */
export function entryInWords(title: string, steps: ReadonlyMap<string, string>): string {
  const contact = /^Contact: ([a-z-]+)$/.exec(title)?.[1];
  if (contact !== undefined) return `Contact: ${contactWords[contact] ?? contact}`;
  const task = /^Task ([a-z-]+): (.+)$/.exec(title);
  if (task !== null) {
    const [, kind = '', outcome = ''] = task;
    return `${taskInWords({ kind, detail: null, gaps: [] }).title}: ${outcome.replaceAll('-', ' ')}`;
  }
  return title
    .replace(/\b\d{4}-\d{2}-\d{2}\b/g, (date) => (isSchoolDate(date) ? spelled(date) : date))
    .replace(/\(([a-z-]+)\)/, (whole, step: string) => {
      const name = steps.get(step);
      return name === undefined ? whole : `(${name})`;
    });
}
