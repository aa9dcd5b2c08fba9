import { dateInZone, type SchoolDate } from '../../domain/school-date.ts';
import { codeId } from '../district/codes.ts';
import type { AbsenceFacts, District, History, School, StudentFacts, Version } from '../district/model.ts';
import { officeTime } from '../district/office-time.ts';
import { stateAt } from '../district/state-on.ts';
import { termDays } from '../district/term-days.ts';

/** The next version of a history that the SIS serves at the instant; null leaves it alone. What was to come later is dropped. */
export function changed<T>(
  history: History<T>,
  instant: number,
  change: (version: Version<T>) => Partial<Pick<Version<T>, 'state' | 'facts'>> | null,
): History<T> {
  const past = history.versions.filter(({ knownAt }) => knownAt <= instant);
  const current = past.at(-1);
  if (current === undefined || current.state !== 'active') return history;
  const next = change(current);
  return next === null
    ? history
    : { ...history, versions: [...past, { ...current, ...next, knownAt: instant }] };
}

/** Students whose primary school it is today. */
export function studentsOf(district: District, school: School, instant: number): Version<StudentFacts>[] {
  return stateAt(district, instant).students.filter(({ state, facts }) => {
    const last = facts.enrolments.filter(({ primary }) => primary).at(-1);
    return state === 'active' && last?.school === school.sourcedId && last.ends === null;
  });
}

/** @throws RangeError for a district without schools, which nobody can build */
export function largestSchool(district: District, instant: number): School {
  const [largest] = district.schools
    .map((school) => ({ school, size: studentsOf(district, school, instant).length }))
    .sort((a, b) => b.size - a.size);
  if (largest === undefined) throw new RangeError('a district has at least one school');
  return largest.school;
}

/** The last school days up to the instant, latest first. */
export function recentSchoolDays(district: District, instant: number, most: number): SchoolDate[] {
  const { timeZone } = district.options;
  const today = dateInZone(new Date(instant), timeZone);
  const { dates } = termDays(district.calendar, officeTime(timeZone));
  return dates
    .filter((date) => date <= today)
    .reverse()
    .slice(0, most);
}

/** Students of whom the school has an absence on the date. */
export function absentOn(
  district: District,
  school: School,
  date: SchoolDate,
  instant: number,
): ReadonlySet<string> {
  return new Set(
    stateAt(district, instant).absences.flatMap(({ state, facts }) =>
      state === 'active' &&
      facts.status === 'absent' &&
      facts.school === school.sourcedId &&
      facts.date === date
        ? [facts.student]
        : [],
    ),
  );
}

const DAY_MINUTES = 400;

/** A whole day without an excuse, as the office enters it. */
export function unexcusedDay(
  prefix: string,
  student: string,
  school: School,
  date: SchoolDate,
  knownAt: number,
): History<AbsenceFacts> {
  const sourcedId = `${prefix}-${date}-${student}`;
  const facts: AbsenceFacts = {
    student,
    school: school.sourcedId,
    date,
    kind: 'daily',
    period: null,
    status: 'absent',
    excuse: 'unexcused',
    dayFraction: '1',
    minutesAbsent: DAY_MINUTES,
    minutesScheduled: DAY_MINUTES,
    code: codeId(school, 'UNX'),
    codeTitle: 'UNX',
    comment: null,
  };
  return { sourcedId, versions: [{ sourcedId, knownAt, state: 'active', facts }] };
}
