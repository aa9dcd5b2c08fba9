import ICAL from 'ical.js';
import { isSchoolDate } from '../domain/school-date.ts';

/** One content line of an iCalendar file, unfolded. */
export interface IcsLine {
  /** The number of its first line in the file. */
  readonly line: number;
  readonly name: string;
  readonly value: string;
}

/** The lines of one event. */
export interface IcsEventLines {
  readonly line: number;
  readonly lines: readonly IcsLine[];
}

export interface IcsFault {
  readonly line: number | null;
  readonly key: string;
  readonly message: string;
}

/**
 * Looks at an iCalendar file line by line (RFC 5545): the parser of recurrences reads 20261341 as a date in February
 * and knows no line numbers, so that what a person has to correct is found here.
 * @returns the events in the order of the file.
 */
export function scanIcs(text: string): { events: IcsEventLines[]; faults: IcsFault[] } {
  const { lines, faults } = contentLines(text);
  const events: IcsEventLines[] = [];
  const open: { name: string; line: number }[] = [];
  let event: { line: number; lines: IcsLine[] } | null = null;
  for (const line of lines) {
    const what = line.value.trim().toUpperCase();
    if (line.name === 'BEGIN') {
      if (what === 'VEVENT') event = { line: line.line, lines: [] };
      if (open.length === 0 && what !== 'VCALENDAR')
        faults.push(fault(line, `found ${what}, expected VCALENDAR`));
      open.push({ name: what, line: line.line });
    } else if (line.name === 'END') {
      const begun = open.pop();
      if (begun?.name !== what) {
        const expected = begun === undefined ? 'nothing' : `END:${begun.name} (begun in line ${begun.line})`;
        faults.push(fault(line, `found END:${what}, expected ${expected}`));
        break;
      }
      if (what === 'VEVENT' && event !== null) events.push(event);
      if (what === 'VEVENT') event = null;
    } else if (open.at(-1)?.name === 'VEVENT') {
      event?.lines.push(line);
    }
  }
  const unended = faults.length === 0 ? open.at(-1) : undefined;
  if (unended !== undefined) {
    faults.push({
      line: unended.line,
      key: 'BEGIN',
      message: `begins ${unended.name}, expected END:${unended.name} after it`,
    });
  }
  if (faults.length === 0 && lines.length === 0) {
    faults.push({ line: null, key: '', message: 'found no calendar, expected BEGIN:VCALENDAR' });
  }
  return { events, faults: faults.length > 0 ? faults.slice(0, 1) : events.flatMap(eventFaults) };
}

const CONTENT_LINE = /^([A-Za-z0-9-]+)((?:;[^":]*(?:"[^"]*"[^":]*)*)?):(.*)$/s;

/** A line that begins with a blank goes on where the one before has ended. */
function contentLines(text: string): { lines: IcsLine[]; faults: IcsFault[] } {
  const unfolded: { line: number; text: string }[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const before = unfolded.at(-1);
    if (/^[ \t]/.test(raw) && before !== undefined) before.text += raw.slice(1);
    else if (raw !== '') unfolded.push({ line: index + 1, text: raw });
  }
  const faults: IcsFault[] = [];
  const lines = unfolded.flatMap(({ line, text: content }): IcsLine[] => {
    const [, name, , value] = CONTENT_LINE.exec(content) ?? [];
    if (name !== undefined && value !== undefined) return [{ line, name: name.toUpperCase(), value }];
    faults.push({ line, key: '', message: 'is no line of an iCalendar file, expected NAME:value' });
    return [];
  });
  return { lines, faults };
}

const DATES = ['DTSTART', 'DTEND', 'EXDATE', 'RDATE', 'RECURRENCE-ID'];

function eventFaults({ line, lines }: IcsEventLines): IcsFault[] {
  const dates = lines
    .filter((one) => DATES.includes(one.name))
    .flatMap((one) => one.value.split(',').map((value) => ({ one, value: value.trim() })))
    .filter(({ value }) => !isIcsDate(value))
    .map(({ one, value }) => fault(one, `found ${short(value)}, expected a date such as 20260907`));
  const rules = lines.filter((one) => one.name === 'RRULE').flatMap(ruleFaults);
  const durations = lines
    .filter((one) => one.name === 'DURATION')
    .flatMap((one) => unreadable(one, () => ICAL.Duration.fromString(one.value)));
  const start = lines.some((one) => one.name === 'DTSTART')
    ? []
    : [{ line, key: 'VEVENT', message: 'found no DTSTART in this event, expected one' }];
  return [...start, ...dates, ...durations, ...rules];
}

const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

function ruleFaults(rule: IcsLine): IcsFault[] {
  const parts = new Map(rule.value.split(';').map((part) => splitOnce(part.toUpperCase())));
  const frequency = parts.get('FREQ');
  const until = parts.get('UNTIL');
  if (frequency === undefined || !FREQUENCIES.includes(frequency)) {
    const found = frequency === undefined ? 'no FREQ' : `FREQ=${frequency.slice(0, 40)}`;
    return [fault(rule, `found ${found}, expected FREQ with one of ${FREQUENCIES.join(', ')}`)];
  }
  if (until !== undefined && !isIcsDate(until)) {
    return [fault(rule, `found UNTIL=${until.slice(0, 40)}, expected a date such as 20270528`)];
  }
  return unreadable(rule, () => ICAL.Recur.fromString(rule.value));
}

function unreadable(line: IcsLine, read: () => unknown): IcsFault[] {
  try {
    read();
    return [];
  } catch (error) {
    return [fault(line, `found ${short(line.value)}, which cannot be read: ${wordsOf(error)}`)];
  }
}

/** The calendar is the district's own file, so that the words of its parser may quote it. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function splitOnce(part: string): [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}

/** A date, with a time or without; of a period (RDATE) the begin is looked at. */
function isIcsDate(value: string): boolean {
  const match = /^(\d{4})(\d{2})(\d{2})(T\d{6}Z?(\/.*)?)?$/.exec(value);
  return match !== null && isSchoolDate(`${match[1]}-${match[2]}-${match[3]}`);
}

function fault({ line, name }: IcsLine, message: string): IcsFault {
  return { line, key: name, message };
}

function short(value: string): string {
  return value === '' ? 'nothing' : `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
}
