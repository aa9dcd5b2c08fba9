import { contactWords } from '../domain/contact-words.ts';
import { withDatesSpelled } from '../domain/words.ts';
import { taskInWords } from './task-words.ts';

/** Entries name tasks and steps by their kind, and dates as the SIS does; people know them otherwise. */
export function entryInWords(title: string, steps: ReadonlyMap<string, string>): string {
  const contact = /^Contact: ([a-z-]+)$/.exec(title)?.[1];
  if (contact !== undefined) return `Contact: ${contactWords[contact] ?? contact}`;
  const task = /^Task ([a-z-]+): (.+)$/.exec(title);
  if (task !== null) {
    const [, kind = '', outcome = ''] = task;
    return `${taskTitle(kind)}: ${outcome.replaceAll('-', ' ')}`;
  }
  return withDatesSpelled(title)
    .replace(/^Task ([a-z-]+) (?=put off )/, (_whole, kind: string) => `${taskTitle(kind)}: `)
    .replace(/(?<=^Approval \S+ of )[a-z-]+/, (step) => steps.get(step) ?? step)
    .replace(/\(([a-z-]+)\)/, (whole, step: string) => {
      const name = steps.get(step);
      return name === undefined ? whole : `(${name})`;
    });
}

function taskTitle(kind: string): string {
  return taskInWords({ kind, detail: null, gaps: [] }).title;
}
