import type ICAL from 'ical.js';
import { addDays, type SchoolDate } from '../domain/school-date.ts';

/** One time at which an event takes place. */
export interface Occurrence {
  /** The event itself, or the one that stands in for it this time. */
  readonly item: ICAL.Event;
  readonly dates: readonly SchoolDate[];
}

/** A rule that repeats for ever is followed no further than this. */
const MOST_OCCURRENCES = 50_000;

/** The dates of events of whole days within a range, both ends inclusive. */
export function occurrences(events: readonly ICAL.Event[], from: SchoolDate, to: SchoolDate): Occurrence[] {
  const masters = new Set(events.filter((event) => !event.isRecurrenceException()).map((event) => event.uid));
  return events
    .filter((event) => event.startDate.isDate)
    .flatMap((event): Occurrence[] => {
      // What stands in for one time of another event comes with that event, unless the file lacks it.
      if (event.isRecurrenceException()) return masters.has(event.uid) ? [] : once(event, from, to);
      return event.isRecurring() ? repeated(event, from, to) : once(event, from, to);
    });
}

function once(event: ICAL.Event, from: SchoolDate, to: SchoolDate): Occurrence[] {
  return [{ item: event, dates: datesBetween(event.startDate, event.endDate, from, to) }];
}

function repeated(event: ICAL.Event, from: SchoolDate, to: SchoolDate): Occurrence[] {
  const found = listsItsFirst(event) ? [] : once(event, from, to);
  const iterator = event.iterator();
  for (let n = 0; n < MOST_OCCURRENCES; n += 1) {
    const next = iterator.next() as ICAL.Time | undefined;
    if (next === undefined || asDate(next) > to) break;
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    if (startDate.isDate) found.push({ item, dates: datesBetween(startDate, endDate, from, to) });
  }
  return found;
}

/** The library leaves the first date out where an event has a list of further dates and no rule (RFC 5545, 3.8.5.2). */
function listsItsFirst({ component, startDate }: ICAL.Event): boolean {
  if (component.hasProperty('rrule')) return true;
  const excepted = component.getAllProperties('exdate').flatMap((property) => property.getValues());
  return excepted.some((value) => asDate(value as ICAL.Time) === asDate(startDate));
}

/** @param end exclusive; not after `begin` means one day, as some calendars write it */
function datesBetween(begin: ICAL.Time, end: ICAL.Time, from: SchoolDate, to: SchoolDate): SchoolDate[] {
  const first = asDate(begin);
  const last = asDate(end) <= first ? first : addDays(asDate(end), -1);
  const dates: SchoolDate[] = [];
  for (let date = first > from ? first : from; date <= last && date <= to; date = addDays(date, 1))
    dates.push(date);
  return dates;
}

function asDate(time: ICAL.Time): SchoolDate {
  return time.toString().slice(0, 10) as SchoolDate;
}
