import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AbsenceRecord, AttendanceCode, AttendanceStatus } from '../../src/domain/absence.ts';
import { buildCalendar, type CalendarFacts } from '../../src/domain/calendar.ts';
import { codeTable } from '../../src/domain/code-table.ts';
import { countDays } from '../../src/domain/counting.ts';
import { days, formatDays } from '../../src/domain/days.ts';
import type { CodeRule, CountingException, CountingRules, Measure } from '../../src/domain/policy.ts';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { anEnrolment, LINCOLN, SCHOOL_YEAR, WASHINGTON } from '../support/domain-builders.ts';
import { type NaiveRules, tallyStudent } from '../support/naive-count.ts';

/** Monday; the dates of rows lie in the ten days from here. */
const START = schoolDate('2026-09-14');
const TODAY = addDays(START, 8);
const date = fc.nat(9).map((n) => addDays(START, n));

const STATUSES = ['absent', 'absent', 'absent', 'tardy', 'earlyRelease', 'present', 'other'] as const;
const EXCUSES = ['excused', 'unexcused', 'exempt', 'unknown'] as const;
const NOT_EXEMPT = ['excused', 'unexcused', 'unknown'] as const;
const MEASURES: Measure[] = ['best-known', 'day-value', 'minutes', 'periods'];

const row = fc.record({
  date,
  school: fc.constantFrom('lincoln', 'lincoln', 'washington'),
  deleted: fc.constantFrom(false, false, false, true),
  kind: fc.constantFrom('daily' as const, 'period' as const),
  period: fc.constantFrom(null, '1', '2', '3', '4'),
  status: fc.constantFrom(...STATUSES),
  excuse: fc.constantFrom(...EXCUSES),
  dayFraction: fc.constantFrom(null, null, null, '0', '0.3333', '0.5', '1', '1.5'),
  minutesAbsent: fc.constantFrom(null, 20, 60, 100, 149, 150, 299, 300),
  minutesScheduled: fc.constantFrom(null, 50, 75),
  code: fc.constantFrom(null, null, 'c-unx', 'c-trp', 'c-sus', 'c-odd', 'c-new'),
});

/** What the SIS defines; `c-new` it leaves out. */
const SIS_CODES: Omit<AttendanceCode, 'suspension' | 'confidential'>[] = [
  { sourcedId: 'c-unx', title: 'UNX', status: 'absent', excuse: 'unexcused' },
  { sourcedId: 'c-trp', title: 'TRP', status: 'present', excuse: 'exempt' },
  { sourcedId: 'c-sus', title: 'SUS', status: 'absent', excuse: 'unexcused' },
  { sourcedId: 'c-odd', title: 'ODD', status: 'other', excuse: 'unknown' },
];
const codeRule = fc.record({
  title: fc.constantFrom('odd', 'C-NEW', 'Unx'),
  status: fc.constantFrom<AttendanceStatus | null>(null, 'absent', 'tardy', 'present'),
  excuse: fc.constantFrom(null, ...EXCUSES),
});

const minutesPair = fc.constantFrom([300, 150], [100, 60], [240, 120]);
const exception: fc.Arbitrary<CountingException> = fc.record({
  schools: fc.constantFrom([], ['lincoln'], ['washington']),
  grades: fc.constantFrom([], ['08'], ['KG']),
  measure: fc.constantFrom(null, ...MEASURES),
  wholeDayMinutes: fc.constantFrom(null, 200, 300),
  halfDayMinutes: fc.constantFrom(null, 50, 100),
  periodsPerDay: fc.constantFrom(null, 2, 3),
});

const district = fc.record({
  rows: fc.array(row, { maxLength: 25 }),
  grade: fc.constantFrom('08', 'KG', null),
  washingtonEnds: date,
  excuses: fc.subarray([...NOT_EXEMPT], { minLength: 1 }),
  suspensionCounts: fc.boolean(),
  measure: fc.constantFrom(...MEASURES),
  minutes: minutesPair,
  periods: fc.constantFrom({}, { lincoln: 4 }, { lincoln: 3, washington: 2 }),
  exceptions: fc.array(exception, { maxLength: 3 }),
  tardies: fc.option(fc.subarray([...NOT_EXEMPT], { minLength: 1 })),
  codes: fc.uniqueArray(codeRule, { maxLength: 3, selector: ({ title }) => title }),
  closedAtWashington: date,
  earlyRelease: fc.array(date, { maxLength: 3 }),
  shortPeriods: fc.constantFrom(null, 1, 2),
  holiday: date,
  fourDays: fc.boolean(),
  makeUpDay: date,
});
type District = typeof district extends fc.Arbitrary<infer T> ? T : never;

test('the counting of the domain agrees with the naive one over any district', () => {
  fc.assert(
    fc.property(district, (made) => {
      const { counted, unmapped, suspended, tardy, unmeasured } = tallyStudent(...naively(made));
      const ours = countOf(made);
      const exact = (n: number) => n.toFixed(4);
      expect({
        counted: ours.days.map((day) => [day.date, exact(Number(formatDays(day.fraction)))]),
        unmapped: ours.unmappedCodes.length > 0,
        suspended: exact(Number(formatDays(ours.suspension))),
        tardy: ours.tardies.map((one) => one.date),
        unmeasured: ours.unmeasured,
      }).toEqual({
        counted: counted.map(([day, part]) => [day, exact(part)]),
        unmapped,
        suspended: exact(suspended),
        tardy,
        unmeasured,
      });
    }),
    { numRuns: 2_000 },
  );
});

test('the order of the rows does not matter, nor does counting them twice', () => {
  fc.assert(
    fc.property(district, (made) => {
      const once = countOf(made);
      expect(countOf(made, (rows) => [...rows].reverse())).toEqual(once);
      expect(countOf(made)).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

const SHORT = { wholeDayMinutes: 120, halfDayMinutes: 55 };

function calendarOf(made: District, school: string | null): CalendarFacts {
  const closed = { from: made.closedAtWashington, to: made.closedAtWashington };
  const fourDays = { weekdays: [1, 2, 3, 4], from: START, to: addDays(START, 6) };
  return {
    ...SCHOOL_YEAR,
    closures: school === 'washington' ? [...SCHOOL_YEAR.closures, closed] : SCHOOL_YEAR.closures,
    holidays: [made.holiday],
    weekdayRules: made.fourDays ? [fourDays] : [],
    makeUpDays: [made.makeUpDay],
    earlyRelease: made.earlyRelease.map((day) => ({
      date: day,
      limits: { ...SHORT, periods: made.shortPeriods },
    })),
  };
}

function countOf(made: District, order: (rows: AbsenceRecord[]) => AbsenceRecord[] = (rows) => rows) {
  const [whole = 0, half = 0] = made.minutes;
  const rules: CountingRules = {
    excuses: made.excuses,
    unknownExcuse: 'neither',
    suspensionCounts: made.suspensionCounts,
    measure: made.measure,
    wholeDayMinutes: whole,
    halfDayMinutes: half,
    periodsPerDay: made.periods as Record<string, number>,
    exceptions: made.exceptions,
    tardies: made.tardies === null ? null : { perDay: 3, excuses: made.tardies },
    codes: [
      ...made.codes.map((rule): CodeRule => ({ ...rule, suspension: false, confidential: false })),
      { title: 'SUS', suspension: true, confidential: false, status: null, excuse: null },
    ],
  };
  const records = made.rows.flatMap((one, index): AbsenceRecord[] =>
    one.deleted
      ? []
      : [
          {
            id: String(index + 1),
            sourcedId: `row-${index}`,
            schoolId: one.school === 'lincoln' ? LINCOLN : WASHINGTON,
            date: one.date,
            kind: one.kind,
            period: one.period,
            status: one.status,
            excuse: one.excuse,
            dayFraction: one.dayFraction === null ? null : days(one.dayFraction),
            minutesAbsent: one.minutesAbsent,
            minutesScheduled: one.minutesScheduled,
            codeId: one.code,
            contradictory: false,
          },
        ],
  );
  const enrolments = [
    anEnrolment(),
    anEnrolment({
      schoolId: WASHINGTON,
      schoolSourcedId: 'washington',
      primary: false,
      ends: made.washingtonEnds,
    }),
  ];
  const named = records.flatMap((record) => record.codeId ?? []);
  const codes = codeTable(SIS_CODES, rules, named);
  const calendars = new Map(
    ['lincoln', 'washington', null].map((one) => [one, buildCalendar(calendarOf(made, one))]),
  );
  const calendarAt = (school: string | null) => calendars.get(school) ?? buildCalendar(SCHOOL_YEAR);
  return countDays(
    { records: order(records), codes, enrolments, grade: made.grade },
    rules,
    calendarAt,
    TODAY,
  );
}

/** The same district as its SIS would serve it. */
function naively(made: District): Parameters<typeof tallyStudent> {
  const [wholeDayMinutes = 0, halfDayMinutes = 0] = made.minutes;
  const set = (value: number | null, key: string) => (value === null ? {} : { [key]: value });
  const rules: NaiveRules = {
    calendar: calendarOf(made, null),
    calendars: { washington: calendarOf(made, 'washington') },
    wholeDayMinutes,
    halfDayMinutes,
    suspensions: ['SUS'],
    excuses: made.excuses,
    suspensionCounts: made.suspensionCounts,
    measure: made.measure,
    periodsPerDay: made.periods as Record<string, number>,
    exceptions: made.exceptions.map(({ schools, grades, ...rest }) => ({
      schools,
      grades,
      ...(rest.measure === null ? {} : { measure: rest.measure }),
      ...set(rest.wholeDayMinutes, 'wholeDayMinutes'),
      ...set(rest.halfDayMinutes, 'halfDayMinutes'),
      ...set(rest.periodsPerDay, 'periodsPerDay'),
    })),
    earlyRelease: Object.fromEntries(
      made.earlyRelease.map((day) => [day, { ...SHORT, ...set(made.shortPeriods, 'periods') }]),
    ),
    ...(made.tardies === null ? {} : { tardies: made.tardies }),
    codes: Object.fromEntries(
      made.codes.map(({ title, status, excuse }) => [
        title.toLowerCase(),
        { ...(status === null ? {} : { status }), ...(excuse === null ? {} : { excuse }) },
      ]),
    ),
  };
  const word = (status: string) => (status === 'other' ? 'ext:other' : status);
  const rows = made.rows.map((one, index) => ({
    ...one,
    sourcedId: `row-${index}`,
    status: one.deleted ? 'tobedeleted' : 'active',
    attendanceStatus: word(one.status),
    school: { sourcedId: one.school },
    code: one.code === null ? null : { sourcedId: one.code },
  }));
  const student = {
    grades: made.grade === null ? [] : [made.grade],
    roles: [
      { org: { sourcedId: 'lincoln' } },
      { org: { sourcedId: 'washington' }, endDate: made.washingtonEnds },
    ],
  };
  const codes = new Map(
    SIS_CODES.map(({ status, ...code }) => [code.sourcedId, { ...code, attendanceStatus: word(status) }]),
  );
  return [student, rows, codes, rules, TODAY];
}
