import type { AbsenceFacts, District } from '../../src/demo/district/model.ts';
import { stateOn } from '../../src/demo/district/state-on.ts';
import type { SchoolDate } from '../../src/domain/school-date.ts';

/** Days that a student misses by what the SIS believes on a date: enough to look at a distribution, not to decide by. */
export function countsOn(district: District, date: SchoolDate): Map<string, number> {
  const days = new Map<string, Map<string, number>>();
  for (const facts of allAbsent(district, date)) {
    const own = days.get(facts.student) ?? new Map<string, number>();
    days.set(facts.student, own);
    const before = own.get(facts.date) ?? 0;
    const part = facts.minutesAbsent / 385;
    own.set(
      facts.date,
      facts.dayFraction === null ? Math.min(1, before + part) : Math.max(before, Number(facts.dayFraction)),
    );
  }
  return new Map(
    [...days].map(([student, own]) => [
      student,
      [...own.values()]
        .map((share) => (share > 0.6 ? 1 : share > 0.3 ? 0.5 : 0))
        .reduce((sum: number, share) => sum + share, 0),
    ]),
  );
}

function allAbsent(district: District, date: SchoolDate): AbsenceFacts[] {
  return stateOn(district, date)
    .absences.filter(({ state }) => state === 'active')
    .map(({ facts }) => facts)
    .filter(({ status, excuse, date: on }) => status === 'absent' && excuse !== 'exempt' && on <= date);
}
