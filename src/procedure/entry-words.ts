import { contactWords } from '../domain/contact-words.ts';
import { withDatesSpelled } from '../domain/words.ts';
import { taskInWords } from './task-words.ts';

/**
 * Entries name tasks and steps by their ids, and dates as the SIS does; people know them otherwise.
 * @param steps titles by id; a step that the policy no longer has keeps the words of its id
 */
export function entryInWords(title: string, steps: ReadonlyMap<string, string>): string {
  const contact = /^Contact: ([a-z-]+)$/.exec(title)?.[1];
  if (contact !== undefined) return `Contact: ${contactWords[contact] ?? plain(contact)}`;
  const answered = /^Task ([a-z-]+): (.+)$/.exec(title);
  if (answered !== null) return `${taskTitle(answered[1] ?? '')}: ${plain(answered[2] ?? '')}`;
  const stepInWords = (step: string) => steps.get(step) ?? plain(step);
  return withDatesSpelled(title)
    .replace(/^Task ([a-z-]+) put off until /, (_, kind: string) => `${taskTitle(kind)}: put off until `)
    .replace(IN_BRACKETS, (_, what: string, step: string) => `${what}(${stepInWords(step)})`)
    .replace(APPROVAL, (_, approval: string, step: string) => `${approval}${stepInWords(step)}`)
    .replace(STANDING, (_, step: string) => stepInWords(step));
}

const IN_BRACKETS =
  /^((?:Letter|Reply received to letter|Medical notes are asked for from now on|No meeting needed) (?:L-[0-9A-Z-]+ )?)\(([a-z0-9-]+)\)/;
const APPROVAL = /^(Approval [A-Z0-9-]+ of )([a-z0-9-]+)(?= )/;
const STANDING = /^([a-z0-9-]+)(?= (?:is superseded|stands again): )/;

function plain(id: string): string {
  return id.replaceAll('-', ' ');
}

function taskTitle(kind: string): string {
  return taskInWords({ kind, detail: null, gaps: [] }).title;
}
