import type { AbsenceRecord, AttendanceCode, AttendanceStatus, Excuse } from './absence.ts';
import type { SchoolCalendar } from './calendar.ts';
import { type Days, HALF_DAY, maxDays, minDays, NO_DAYS, ONE_DAY } from './days.ts';
import type { CountedDay, Enrolment, LeftOut, StudentFacts } from './ladder-facts.ts';
import type { CountingRules } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

export interface Counted {
  /** By date; each date at most once. */
  readonly days: readonly CountedDay[];
  readonly leftOut: readonly LeftOut[];
  /** Codes of rows inside the enrolment that the code table does not know, sorted. */
  readonly unmappedCodes: readonly string[];
}

/**
 * Counts the days of absence of one student, up to and including `today`. Which of them are settled is asked later,
 * per step. The order of the rows does not matter.
 */
export function countDays(
  facts: Pick<StudentFacts, 'records' | 'codes' | 'enrolments'>,
  rules: CountingRules,
  calendar: SchoolCalendar,
  today: SchoolDate,
): Counted {
  const leftOut: LeftOut[] = [];
  const unmapped = new Set<string>();
  const byDate = new Map<SchoolDate, CountableRow[]>();
  for (const record of sorted(facts.records)) {
    const leave = (reason: LeftOut['reason']) =>
      leftOut.push({ record: record.id, date: record.date, reason });
    const misplaced = placeProblem(record, facts.enrolments, calendar, today);
    if (misplaced !== null) {
      leave(misplaced);
      continue;
    }
    const effective = effectiveMeaning(record, facts.codes);
    if (effective === null) {
      unmapped.add(record.codeId ?? record.status);
      leave('unmapped-code');
      continue;
    }
    const excluded = exclusion(effective, rules);
    if (excluded !== null) {
      leave(excluded);
      continue;
    }
    const rows = byDate.get(record.date) ?? [];
    rows.push({
      record,
      excuse: effective.excuse as CountedDay['excuse'],
      confidential: effective.confidential,
    });
    byDate.set(record.date, rows);
  }
  const schoolIds = new Map(
    facts.enrolments.map((enrolment) => [enrolment.schoolId, enrolment.schoolSourcedId]),
  );
  const days: CountedDay[] = [];
  for (const [date, rows] of byDate) {
    const day = countDate(date, rows, rules, schoolIds, leftOut);
    if (day !== null) days.push(day);
  }
  days.sort((a, b) => (a.date < b.date ? -1 : 1));
  leftOut.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : Number(a.record) - Number(b.record)));
  return { days, leftOut, unmappedCodes: [...unmapped].sort() };
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

interface CountableRow {
  readonly record: AbsenceRecord;
  readonly excuse: CountedDay['excuse'];
  readonly confidential: boolean;
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

interface SchoolShare {
  readonly fraction: Days;
  readonly rule: CountedDay['rule'];
  readonly used: readonly CountableRow[];
}

/** Within a school its own day value beats minutes and periods; between schools the largest share counts, once. */
function countDate(
  date: SchoolDate,
  rows: readonly CountableRow[],
  rules: CountingRules,
  schoolIds: ReadonlyMap<number, string>,
  leftOut: LeftOut[],
): CountedDay | null {
  let best: SchoolShare | null = null;
  for (const schoolId of [...new Set(rows.map((row) => row.record.schoolId))].sort((a, b) => a - b)) {
    const ofSchool = rows.filter((row) => row.record.schoolId === schoolId);
    const share = shareOfSchool(ofSchool, rules, schoolIds.get(schoolId));
    if (share === null) {
      for (const row of ofSchool) leftOut.push({ record: row.record.id, date, reason: 'no-measure' });
    } else if (best === null || share.fraction > best.fraction) {
      best = share;
    }
  }
  const used = new Set(best?.used);
  const unused = leftOut.filter((entry) => entry.date === date).map((entry) => entry.record);
  for (const row of rows) {
    if (used.has(row) || unused.includes(row.record.id)) continue;
    leftOut.push({ record: row.record.id, date, reason: 'other-row-of-the-day' });
  }
  if (best === null) return null;
  if (best.fraction === NO_DAYS) {
    for (const row of best.used) leftOut.push({ record: row.record.id, date, reason: 'below-half-day' });
    return null;
  }
  return {
    date,
    fraction: best.fraction,
    rule: best.rule,
    excuse: gravest(best.used.map((row) => row.excuse)),
    confidential: best.used.some((row) => row.confidential),
    records: best.used.map((row) => row.record.id).sort((a, b) => Number(a) - Number(b)),
  };
}

function shareOfSchool(
  rows: readonly CountableRow[],
  rules: CountingRules,
  schoolSourcedId: string | undefined,
): SchoolShare | null {
  const valued = rows.filter((row) => row.record.dayFraction !== null);
  if (valued.length > 0) {
    const fraction = valued.reduce((most, row) => maxDays(most, row.record.dayFraction ?? NO_DAYS), NO_DAYS);
    return { fraction: minDays(fraction, ONE_DAY), rule: 'day-value', used: valued };
  }
  const daily = rows.filter((row) => row.record.kind === 'daily' && row.record.minutesAbsent !== null);
  if (daily.length > 0) {
    const minutes = Math.max(...daily.map((row) => row.record.minutesAbsent ?? 0));
    return { fraction: fractionOfMinutes(minutes, rules), rule: 'minutes', used: daily };
  }
  const periods = rows.filter((row) => row.record.kind === 'period');
  const perDay = schoolSourcedId === undefined ? undefined : rules.periodsPerDay[schoolSourcedId];
  const withoutMinutes = periods.some((row) => minutesOfPeriod(row.record) === null);
  if (withoutMinutes && perDay !== undefined) {
    const missed = new Set(periods.map((row) => row.record.period ?? row.record.sourcedId)).size;
    return { fraction: fractionOfPeriods(missed, perDay), rule: 'periods', used: periods };
  }
  const measured = periods.filter((row) => minutesOfPeriod(row.record) !== null);
  if (measured.length === 0) return null;
  return { fraction: fractionOfMinutes(sumOfPeriods(measured), rules), rule: 'minutes', used: measured };
}

/** A period row without minutes absent means absent for the whole period. */
function minutesOfPeriod(record: AbsenceRecord): number | null {
  return record.minutesAbsent ?? record.minutesScheduled;
}

/** A period that comes twice counts once, with the longer absence. */
function sumOfPeriods(rows: readonly CountableRow[]): number {
  const longest = new Map<string, number>();
  for (const { record } of rows) {
    const period = record.period ?? record.sourcedId;
    longest.set(period, Math.max(longest.get(period) ?? 0, minutesOfPeriod(record) ?? 0));
  }
  return [...longest.values()].reduce((sum, minutes) => sum + minutes, 0);
}

function fractionOfMinutes(minutes: number, rules: CountingRules): Days {
  if (minutes >= rules.wholeDayMinutes) return ONE_DAY;
  return minutes >= rules.halfDayMinutes ? HALF_DAY : NO_DAYS;
}

/** Whole numbers only: a half is reached when twice the missed periods reach the scheduled ones. */
function fractionOfPeriods(missed: number, scheduled: number): Days {
  if (missed >= scheduled) return ONE_DAY;
  return missed * 2 >= scheduled ? HALF_DAY : NO_DAYS;
}

function gravest(excuses: readonly CountedDay['excuse'][]): CountedDay['excuse'] {
  if (excuses.includes('unexcused')) return 'unexcused';
  return excuses.includes('unknown') ? 'unknown' : 'excused';
}

function sorted(records: readonly AbsenceRecord[]): AbsenceRecord[] {
  return [...records].sort((a, b) =>
    a.date < b.date ? -1 : a.date > b.date ? 1 : Number(a.id) - Number(b.id),
  );
}
