import ICAL from 'ical.js';
import type { SchoolDate } from '../domain/school-date.ts';
import type { CalendarFile } from './calendar-schema.ts';
import { occurrences } from './ics-dates.ts';
import { type IcsEventLines, type IcsFault, scanIcs, wordsOf } from './ics-lines.ts';

export type IcsWords = NonNullable<CalendarFile['icsWords']>;
type Kind = keyof IcsWords;

export type IcsDays = Readonly<Record<Kind, readonly SchoolDate[]>>;

/** What an iCalendar file says about school days. */
export interface IcsCalendar {
  /** Both ends inclusive; recurring events are spread out. */
  days(from: SchoolDate, to: SchoolDate): IcsDays;
  readonly events: IcsTally;
}

export interface IcsTally {
  /** Events of whole days that have one of the words. */
  readonly used: number;
  /** Events with a time of day: they say nothing about a day as a whole, and are passed over. */
  readonly timed: number;
  /** All others. */
  readonly other: number;
}

export type ReadIcs =
  | { readonly kind: 'read'; readonly calendar: IcsCalendar }
  | { readonly kind: 'refused'; readonly faults: readonly IcsFault[] };

export function readIcsCalendar(text: string, words: IcsWords): ReadIcs {
  const { events: lines, faults } = scanIcs(text);
  if (faults.length > 0) return { kind: 'refused', faults };
  const parsed = parseEvents(text, lines);
  if (parsed.kind === 'refused') return parsed;
  const { events } = parsed;
  const ambiguous = events.flatMap((event, index): IcsFault[] => {
    const kinds = kindsOf(event, words);
    if (kinds.length < 2) return [];
    const found = `found "${event.summary ?? ''}", which has words of ${kinds.join(' and ')}`;
    const message = `${found}, expected those of one: change the event or \`icsWords\``;
    return [{ line: lines[index]?.line ?? null, key: 'VEVENT', message }];
  });
  if (ambiguous.length > 0) return { kind: 'refused', faults: ambiguous };
  return { kind: 'read', calendar: asCalendar(events, words) };
}

type Parsed =
  | { readonly kind: 'parsed'; readonly events: readonly ICAL.Event[] }
  | { readonly kind: 'refused'; readonly faults: readonly IcsFault[] };

function parseEvents(text: string, lines: readonly IcsEventLines[]): Parsed {
  let components: ICAL.Component[] = [];
  const faults: IcsFault[] = [];
  const events: ICAL.Event[] = [];
  const attempt = (line: number | null, key: string, tried: () => void) => {
    try {
      tried();
    } catch (error) {
      faults.push({ line, key, message: `cannot be read: ${wordsOf(error)}` });
    }
  };
  attempt(null, '', () => {
    components = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent');
  });
  for (const [index, component] of components.entries()) {
    attempt(lines[index]?.line ?? null, 'VEVENT', () => {
      const event = new ICAL.Event(component);
      // Some rules are found wrong by following them only.
      if (event.isRecurring()) event.iterator().next();
      events.push(event);
    });
  }
  return faults.length > 0 ? { kind: 'refused', faults } : { kind: 'parsed', events };
}

function asCalendar(events: readonly ICAL.Event[], words: IcsWords): IcsCalendar {
  const allDay = events.filter((event) => event.startDate.isDate);
  const used = allDay.filter((event) => kindsOf(event, words).length > 0).length;
  const known = new Map<string, IcsDays>();
  return {
    days(from, to) {
      const range = `${from} ${to}`;
      const days = known.get(range) ?? daysOf(events, words, from, to);
      known.set(range, days);
      return days;
    },
    events: { used, timed: events.length - allDay.length, other: allDay.length - used },
  };
}

function daysOf(events: readonly ICAL.Event[], words: IcsWords, from: SchoolDate, to: SchoolDate): IcsDays {
  const days: Record<Kind, Set<SchoolDate>> = {
    closed: new Set(),
    makeUp: new Set(),
    earlyRelease: new Set(),
  };
  for (const { item, dates } of occurrences(events, from, to)) {
    for (const kind of kindsOf(item, words)) for (const date of dates) days[kind].add(date);
  }
  const sorted = (kind: Kind) => [...days[kind]].sort();
  return { closed: sorted('closed'), makeUp: sorted('makeUp'), earlyRelease: sorted('earlyRelease') };
}

const KINDS = ['closed', 'makeUp', 'earlyRelease'] as const;

/** What an event means by its title or its categories; a cancelled one and one with a time of day mean nothing. */
function kindsOf(event: ICAL.Event, words: IcsWords): Kind[] {
  const { component } = event;
  if (!event.startDate.isDate || component.getFirstPropertyValue('status') === 'CANCELLED') return [];
  const title = plain(event.summary ?? '');
  const categories = component.getAllProperties('categories').flatMap((one) => one.getValues().map(String));
  return KINDS.filter((kind) =>
    words[kind].some(
      (word) => hasWords(title, plain(word)) || categories.some((one) => plain(one) === plain(word)),
    ),
  );
}

/** `No School – Labor Day` has the words `no school`; `Casino Schooling` has not. */
function hasWords(title: string, words: string): boolean {
  return ` ${title} `.includes(` ${words} `);
}

/** Letters and digits, in small letters, with one blank between words: hyphens and dashes are written in many ways. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
