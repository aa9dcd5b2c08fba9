import type { AbsenceRecord, AttendanceCode, AttendanceStatus, Excuse } from './absence.ts';
import type { SchoolCalendar } from './calendar.ts';
import { type DateShare, shareOfDate } from './date-share.ts';
import { type DayMeasure, dayMeasure } from './day-limits.ts';
import { type Days, minDays, NO_DAYS, ONE_DAY, sumDays } from './days.ts';
import type { CountedDay, Enrolment, LeftOut, StudentFacts } from './ladder-facts.ts';
import type { CountingRules, TardyRule } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

export interface Counted {
  /** By date; each date at most once. */
  readonly days: readonly CountedDay[];
  readonly leftOut: readonly LeftOut[];
  /** Codes of rows inside the enrolment that the code table does not know, sorted. */
  readonly unmappedCodes: readonly string[];
  /** Those of which the policy makes days: at most one per date, by date, none on a date that counts any absence. */
  readonly tardies: readonly TardyDate[];
  /** Days of suspension that are not in `days`; up to and including `today`. */
  readonly suspension: Days;
  /**
   * Dates, in order, with rows that lack the measure which the policy names, and which could count more with it.
   * `best-known` names none: nothing waits for it.
   */
  readonly unmeasured: readonly SchoolDate[];
}

export interface TardyDate {
  readonly date: SchoolDate;
  readonly excuse: CountedDay['excuse'];
  /** Id of the record. */
  readonly record: string;
}

/**
 * Counts the days of absence of one student, up to and including `today`. Which of them are settled is asked later,
 * per step. The order of the rows does not matter.
 * @param calendarOf the calendar of a school by its sourcedId; a row is held against that of the school that reports it.
 */
export function countDays(
  facts: Pick<StudentFacts, 'records' | 'codes' | 'enrolments' | 'grade'>,
  rules: CountingRules,
  calendarOf: (schoolSourcedId: string | null) => SchoolCalendar,
  today: SchoolDate,
): Counted {
  const schoolIds = new Map(
    facts.enrolments.map((enrolment) => [enrolment.schoolId, enrolment.schoolSourcedId]),
  );
  const leftOut: LeftOut[] = [];
  const leave = (record: AbsenceRecord, reason: LeftOut['reason']) =>
    leftOut.push({ record: record.id, date: record.date, reason });
  const unmapped = new Set<string>();
  const confidential = new Set<SchoolDate>();
  const absent = new Map<SchoolDate, CountableRow[]>();
  const suspended = new Map<SchoolDate, CountableRow[]>();
  const tardy = new Map<SchoolDate, CountableRow[]>();
  for (const record of facts.records) {
    const calendar = calendarOf(schoolIds.get(record.schoolId) ?? null);
    const misplaced = placeProblem(record, facts.enrolments, calendar, today);
    if (misplaced !== null) {
      leave(record, misplaced);
      continue;
    }
    const meaning = effectiveMeaning(record, facts.codes);
    if (meaning === null) {
      unmapped.add(record.codeId ?? record.status);
      leave(record, 'unmapped-code');
      continue;
    }
    // A row that does not count can still say that its date is nobody's business.
    if (meaning.confidential) confidential.add(record.date);
    const code = facts.codes.get(record.codeId ?? '')?.title ?? null;
    const row = { record, excuse: meaning.excuse as CountedDay['excuse'], code };
    if (isTardy(meaning, rules.tardies)) addTo(tardy, row);
    const excluded = exclusion(meaning, rules);
    if (excluded === 'suspension') addTo(suspended, row);
    if (excluded === null) addTo(absent, row);
    else leave(record, excluded);
  }
  const measureOn = (date: SchoolDate) => (schoolId: number) => {
    const school = schoolIds.get(schoolId) ?? '';
    return dayMeasure(rules, school, facts.grade, calendarOf(school).limitsOn(date));
  };
  const days: CountedDay[] = [];
  const unmeasured: SchoolDate[] = [];
  for (const [date, rows] of absent) {
    const share = shareOfDate(rows, measureOn(date));
    const day = countDate(date, share, leave);
    if (day !== null) days.push({ ...day, confidential: confidential.has(date) });
    if (share.wanting) unmeasured.push(date);
  }
  days.sort((a, b) => (a.date < b.date ? -1 : 1));
  leftOut.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : byId(a.record, b.record)));
  const fractions = new Map(days.map((day) => [day.date, day.fraction]));
  return {
    days,
    leftOut,
    unmappedCodes: [...unmapped].sort(),
    tardies: tardyDates(tardy, fractions),
    suspension: suspendedDays(suspended, fractions, measureOn),
    unmeasured: unmeasured.sort(),
  };
}

/** The enrolment that owns the actions on a date; null for a student who is enrolled nowhere. */
export function primaryEnrolment(enrolments: readonly Enrolment[], date: SchoolDate): Enrolment | null {
  const current = enrolments.filter((enrolment) => covers(enrolment, date));
  const ranked = current.sort(
    (a, b) =>
      Number(b.primary) - Number(a.primary) ||
      (b.begins ?? '').localeCompare(a.begins ?? '') ||
      a.schoolSourcedId.localeCompare(b.schoolSourcedId),
  );
  return ranked[0] ?? null;
}

/** Where a student belongs: the primary school of the date, of who has left the last one, of who is to come the first. */
export function homeEnrolment(enrolments: readonly Enrolment[], date: SchoolDate): Enrolment | null {
  const ended = enrolments
    .filter(({ ends }) => ends !== null && ends <= date)
    .sort((a, b) => (a.ends ?? '').localeCompare(b.ends ?? '') || Number(a.primary) - Number(b.primary));
  const toCome = [...enrolments].sort((a, b) => (a.begins ?? '').localeCompare(b.begins ?? ''));
  return primaryEnrolment(enrolments, date) ?? ended.at(-1) ?? toCome[0] ?? null;
}

interface CountableRow {
  readonly record: AbsenceRecord;
  readonly excuse: CountedDay['excuse'];
  /** Title of the code that the row names. */
  readonly code: string | null;
}

interface Meaning {
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
  readonly suspension: boolean;
  readonly confidential: boolean;
}

function covers(enrolment: Enrolment, date: SchoolDate): boolean {
  return (
    (enrolment.begins === null || enrolment.begins <= date) &&
    (enrolment.ends === null || date < enrolment.ends)
  );
}

/** A row of a school that the student has left still counts when its date lies in the enrolment there. */
function placeProblem(
  record: AbsenceRecord,
  enrolments: readonly Enrolment[],
  calendar: SchoolCalendar,
  today: SchoolDate,
): LeftOut['reason'] | null {
  if (!calendar.inSession(record.date)) return 'outside-school-year';
  if (!calendar.isSchoolDay(record.date)) return 'not-a-school-day';
  const enrolled = enrolments.some(
    (enrolment) => enrolment.schoolId === record.schoolId && covers(enrolment, record.date),
  );
  if (!enrolled) return 'outside-enrolment';
  return record.date > today ? 'ahead-of-today' : null;
}

/** The code wins over the raw row; null when the code, or the status, is one that nobody has mapped. */
function effectiveMeaning(record: AbsenceRecord, codes: ReadonlyMap<string, AttendanceCode>): Meaning | null {
  if (record.codeId === null) {
    if (record.status === 'other') return null;
    return { status: record.status, excuse: record.excuse, suspension: false, confidential: false };
  }
  const code = codes.get(record.codeId);
  return code === undefined || code.status === 'other' ? null : code;
}

function exclusion(meaning: Meaning, rules: CountingRules): LeftOut['reason'] | null {
  if (meaning.status !== 'absent') return 'not-absent';
  if (meaning.excuse === 'exempt') return 'exempt';
  if (meaning.suspension) return rules.suspensionCounts ? null : 'suspension';
  return rules.excuses.includes(meaning.excuse) ? null : 'excuse-not-counted';
}

/** Turned into days by the policy: a tardy is no absence, whatever else its code says. */
function isTardy(meaning: Meaning, rule: TardyRule | null): boolean {
  return (
    rule !== null &&
    meaning.status === 'tardy' &&
    !meaning.suspension &&
    rule.excuses.includes(meaning.excuse)
  );
}

function addTo(rows: Map<SchoolDate, CountableRow[]>, row: CountableRow): void {
  const ofDate = rows.get(row.record.date);
  if (ofDate === undefined) rows.set(row.record.date, [row]);
  else ofDate.push(row);
}

function countDate(
  date: SchoolDate,
  { best, unmeasured, spare }: DateShare<CountableRow>,
  leave: (record: AbsenceRecord, reason: LeftOut['reason']) => void,
): Omit<CountedDay, 'confidential'> | null {
  for (const row of unmeasured) leave(row.record, 'no-measure');
  for (const row of spare) leave(row.record, 'other-row-of-the-day');
  if (best === null) return null;
  if (best.fraction === NO_DAYS) {
    for (const row of best.used) leave(row.record, 'below-half-day');
    return null;
  }
  return {
    date,
    fraction: best.fraction,
    rule: best.rule,
    excuse: gravest(best.used.map((row) => row.excuse)),
    records: best.used.map((row) => row.record.id).sort(byId),
    codes: [...new Set(best.used.flatMap((row) => row.code ?? []))].sort(),
  };
}

/** A date that counts any absence is not late as well. Of several tardies the gravest stands for the date. */
function tardyDates(
  tardy: ReadonlyMap<SchoolDate, readonly CountableRow[]>,
  fractions: ReadonlyMap<SchoolDate, Days>,
): TardyDate[] {
  const dates = [...tardy].filter(([date]) => !fractions.has(date)).sort(([a], [b]) => (a < b ? -1 : 1));
  return dates.map(([date, rows]) => {
    const excuse = gravest(rows.map((row) => row.excuse));
    const ids = rows.filter((row) => row.excuse === excuse).map((row) => row.record.id);
    return { date, excuse, record: ids.sort(byId)[0] ?? '' };
  });
}

/** No date is more than one day, counted and suspended together. */
function suspendedDays(
  suspended: ReadonlyMap<SchoolDate, readonly CountableRow[]>,
  fractions: ReadonlyMap<SchoolDate, Days>,
  measureOn: (date: SchoolDate) => (schoolId: number) => DayMeasure,
): Days {
  return sumDays(
    [...suspended].map(([date, rows]) => {
      const { best } = shareOfDate(rows, measureOn(date));
      const rest = ONE_DAY - (fractions.get(date) ?? NO_DAYS);
      return minDays(best?.fraction ?? NO_DAYS, rest as Days);
    }),
  );
}

function gravest(excuses: readonly CountedDay['excuse'][]): CountedDay['excuse'] {
  if (excuses.includes('unexcused')) return 'unexcused';
  return excuses.includes('unknown') ? 'unknown' : 'excused';
}

/** Ids are numbers of the ledger written as text: the shorter comes first. */
function byId(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
