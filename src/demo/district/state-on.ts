import type { SchoolDate } from '../../domain/school-date.ts';
import type {
  AbsenceFacts,
  CodeFacts,
  District,
  GuardianFacts,
  History,
  StudentFacts,
  Version,
} from './model.ts';
import { officeTime } from './office-time.ts';

/** What the SIS shows at one instant: rows that it serves, tombstones included, by sourcedId. */
export interface SisState {
  readonly students: readonly Version<StudentFacts>[];
  readonly guardians: readonly Version<GuardianFacts>[];
  readonly codes: readonly Version<CodeFacts>[];
  readonly absences: readonly Version<AbsenceFacts>[];
}

/** The state at the end of the date, after the offices have closed. */
export function stateOn(district: District, date: SchoolDate): SisState {
  return stateAt(district, endOfDate(district, date));
}

/** @param instant milliseconds since 1970. */
export function stateAt(district: District, instant: number): SisState {
  return {
    students: shown(district.students, instant),
    guardians: shown(district.guardians, instant),
    codes: shown(district.codes, instant),
    absences: shown(district.absences, instant),
  };
}

export function endOfDate(district: District, date: SchoolDate): number {
  return officeTime(district.options.timeZone).endOf(date);
}

/** One pass per collection, a millisecond or two for a school year: cheap enough to need no index. */
function shown<T>(histories: readonly History<T>[], instant: number): Version<T>[] {
  const result: Version<T>[] = [];
  for (const { versions } of histories) {
    let current: Version<T> | null = null;
    for (const version of versions) {
      if (version.knownAt > instant) break;
      current = version;
    }
    if (current !== null && current.state !== 'gone') result.push(current);
  }
  return result;
}
