import type { Membership } from '../membership.ts';
import type { AbsenceFacts, DistrictCalendar, DistrictOptions, History } from '../model.ts';
import type { Child } from '../people.ts';
import type { TermDays } from '../term-days.ts';
import { episodes, freeDays } from './episodes.ts';
import type { MissedDay } from './missed-day.ts';
import { strayRows, uncountedDays } from './other-rows.ts';
import { rowsOf } from './rows.ts';
import { scriptedDays } from './scripted.ts';

/** Every attendance row of one student's year, with all its versions. */
export function studentYear(
  options: DistrictOptions,
  calendar: DistrictCalendar,
  child: Child,
  membership: Membership,
  days: TermDays,
): History<AbsenceFacts>[] {
  const free = freeDays(child, membership.from, membership.until);
  const scripted = scriptedDays(child, membership, days, free);
  const missed = [...scripted, ...episodes(child, membership, days, free)];
  const both = missed.flatMap((day) => [day, ...atSecondSchool(day, child)]);
  const others = uncountedDays(options, child, membership, days, free);
  const nextId = rowIds(child);
  return [
    ...[...both, ...others]
      .sort((a, b) => a.enteredAt - b.enteredAt)
      .flatMap((day) => rowsOf(day, { student: child.sourcedId, date: days.date(day.index), nextId })),
    ...strayRows(child, calendar, membership, days, nextId),
  ];
}

/** The second school sees the student for half a day and reports that half. */
function atSecondSchool(day: MissedDay, child: Child): MissedDay[] {
  if (child.part.twist !== 'two-schools' || child.otherSchool === null || day.share === 'half') return [];
  return [{ ...day, school: child.otherSchool, share: 'half', measure: 'day-value' }];
}

/** A range of a thousand ids per student keeps the ids of one apart from the absences of all others. */
function rowIds(child: Child): () => string {
  let next = 8_000_000 + child.index * 1000;
  return () => `a-${next++}`;
}
