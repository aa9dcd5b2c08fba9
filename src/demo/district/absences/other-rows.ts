import { addDays } from '../../../domain/school-date.ts';
import type { Membership } from '../membership.ts';
import type { AbsenceFacts, DistrictCalendar, DistrictOptions, History } from '../model.ts';
import type { Child } from '../people.ts';
import { randomOf } from '../random.ts';
import type { TermDays } from '../term-days.ts';
import type { FreeDays } from './episodes.ts';
import type { MissedDay } from './missed-day.ts';
import { rowsOf } from './rows.ts';

/** Days on which a student was late, left early or was on a school trip: rows that never count. */
export function uncountedDays(
  options: DistrictOptions,
  child: Child,
  membership: Membership,
  days: TermDays,
  free: FreeDays,
): MissedDay[] {
  const { random } = child;
  const plain = (index: number, code: MissedDay['code'], fixes: MissedDay['fixes'] = []): MissedDay => ({
    index,
    school: membership.schoolOn(index),
    share: 'day',
    measure: 'day-value',
    code,
    enteredAt: days.at(days.date(index), 9 * 60 + random.integer(0, 300)),
    comment: null,
    fixes,
  });
  const some = (count: number, make: (index: number) => MissedDay) =>
    Array.from({ length: count }, () => free.takeRun(membership.from, membership.until, 1)).flatMap(
      (index) => (index === null ? [] : [make(index)]),
    );
  const tardies = random.weighted([
    [0, 35],
    [1, 25],
    [2, 20],
    [4, 15],
    [9, 5],
  ]);
  return [
    ...fieldTrips(options, child, days, free).map((index) => plain(index, 'FLD')),
    ...some(tardies, (index) => plain(index, 'TDY', missedAfterAll(child, days, index))),
    ...some(random.integer(0, 2), (index) => plain(index, 'EAR')),
  ];
}

/** Now and then somebody who was entered as late never came. */
function missedAfterAll(child: Child, days: TermDays, index: number): MissedDay['fixes'] {
  const { random, part } = child;
  const scripted = part.story.startsWith('falls') || part.story === 'entered-late';
  if (scripted || !random.chance(0.02)) return [];
  return [
    { at: days.officeHour(index + random.integer(1, 8), random), change: { kind: 'recode', to: 'UNX' } },
  ];
}

/** One trip of the whole grade in autumn and one in spring. */
function fieldTrips(options: DistrictOptions, child: Child, days: TermDays, free: FreeDays): number[] {
  const trip = randomOf(options.seed, 'trip', child.grade);
  const planned = [trip.integer(20, days.autumn - 5), trip.integer(days.autumn + 20, days.dates.length - 10)];
  const goes = planned.filter((index) => free.isFree(index));
  for (const index of goes) free.take(index);
  return goes;
}

/** Rows that no day can bear: on a holiday, on a Saturday, before the student came to the school. */
export function strayRows(
  child: Child,
  calendar: DistrictCalendar,
  membership: Membership,
  days: TermDays,
  nextId: () => string,
): History<AbsenceFacts>[] {
  const holiday = calendar.closures[0]?.from ?? calendar.firstDay;
  const saturday = addDays(calendar.firstDay, 10);
  const dates = child.part.twist === 'stray-rows' ? [holiday, saturday] : [];
  if (membership.moves !== null) dates.push(days.date(membership.moves));
  return dates.flatMap((date) => {
    const day: MissedDay = {
      index: 0,
      school: child.school,
      share: 'day',
      measure: 'day-value',
      code: 'UNX',
      enteredAt: days.at(addDays(date, 1), 9 * 60),
      comment: null,
      fixes: [],
    };
    return rowsOf(day, { student: child.sourcedId, date, nextId });
  });
}
