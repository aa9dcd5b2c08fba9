import { describe, expect, test } from '@jest/globals';
import type { AbsenceRecord, Excuse } from '../../src/domain/absence.ts';
import { buildCalendar, type CalendarFacts } from '../../src/domain/calendar.ts';
import { countDays } from '../../src/domain/counting.ts';
import { formatDays, sumDays } from '../../src/domain/days.ts';
import type { StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { CountingException, CountingRules, Measure } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import {
  absent,
  aCode,
  anEnrolment,
  aStudent,
  COUNTING,
  codeTable,
  missedPeriod,
  SCHOOL_YEAR,
  WASHINGTON,
} from '../support/domain-builders.ts';

const DAY = '2026-09-01';
const TODAY = schoolDate('2026-09-30');
const ATTENDS_BOTH = [
  anEnrolment(),
  anEnrolment({ schoolId: WASHINGTON, schoolSourcedId: 'washington', primary: false }),
];
const atWashington = { schoolId: WASHINGTON, id: '2' };

interface District {
  readonly rules?: Partial<CountingRules>;
  readonly facts?: Partial<StudentFacts>;
  /** By sourcedId of the school. */
  readonly calendars?: Readonly<Record<string, Partial<CalendarFacts>>>;
}

function count(records: AbsenceRecord[], { rules, facts, calendars = {} }: District = {}) {
  const calendarOf = (school: string | null) => buildCalendar({ ...SCHOOL_YEAR, ...calendars[school ?? ''] });
  const student = aStudent({ records, enrolments: ATTENDS_BOTH, ...facts });
  const counted = countDays(student, { ...COUNTING, ...rules }, calendarOf, TODAY);
  return {
    ...counted,
    total: formatDays(sumDays(counted.days.map((day) => day.fraction))),
    suspended: formatDays(counted.suspension),
    reasons: counted.leftOut.map((row) => row.reason),
  };
}

const value = (fraction: string, details = {}) => absent(DAY, { fraction, ...details });
const minutes = (missed: number, details = {}) =>
  absent(DAY, { fraction: null, minutesAbsent: missed, ...details });
const periods = (n: number, length: number | null = null, details = {}) =>
  Array.from({ length: n }, (_, i) =>
    missedPeriod(DAY, String(i + 1), { minutesScheduled: length, ...details }),
  );
const both = absent(DAY, { fraction: '1', minutesAbsent: 160 });

describe('each measure looks at its own kind', () => {
  const SEVEN = { lincoln: 7 };

  test.each<[Measure, string, AbsenceRecord[], string, string | null]>([
    ['day-value', 'a day value', [value('0.5')], '0.5', 'day-value'],
    ['day-value', 'a day value beside minutes', [both], '1', 'day-value'],
    ['day-value', 'the larger of two', [value('0.5'), value('1', { id: '9' })], '1', 'day-value'],
    ['day-value', 'a value of nothing', [value('0')], '0', null],
    ['day-value', 'minutes only', [minutes(400)], '0', null],
    ['day-value', 'periods only', periods(7, 50), '0', null],
    ['minutes', 'minutes at the whole-day limit', [minutes(300)], '1', 'minutes'],
    ['minutes', 'minutes at the half-day limit', [minutes(150)], '0.5', 'minutes'],
    ['minutes', 'a minute below it', [minutes(149)], '0', null],
    ['minutes', 'minutes in spite of a day value', [both], '0.5', 'minutes'],
    ['minutes', 'a day value only', [value('1')], '0', null],
    ['minutes', 'periods with their length', periods(3, 50), '0.5', 'minutes'],
    ['minutes', 'periods without', periods(7), '0', null],
    ['periods', 'all of the periods', periods(7), '1', 'periods'],
    ['periods', 'four of seven', periods(4), '0.5', 'periods'],
    ['periods', 'three of seven', periods(3), '0', null],
    ['periods', 'periods whatever their length', periods(4, 100), '0.5', 'periods'],
    ['periods', 'one period twice', [...periods(4), missedPeriod(DAY, '4', { id: '99' })], '0.5', 'periods'],
    ['periods', 'a day value only', [value('1')], '0', null],
    ['periods', 'minutes only', [minutes(400)], '0', null],
    ['best-known', 'a day value before minutes', [both], '1', 'day-value'],
    ['best-known', 'minutes before periods', [minutes(150), ...periods(7)], '0.5', 'minutes'],
    ['best-known', 'periods where nothing else is', periods(4), '0.5', 'periods'],
  ])('%s: %s', (measure, _name, records, total, rule) => {
    const counted = count(records, { rules: { measure, periodsPerDay: SEVEN } });
    expect(counted.total).toBe(total);
    expect(counted.days.map((day) => day.rule)).toEqual(rule === null ? [] : [rule]);
  });
});

describe('what the measure of the policy does not find', () => {
  test.each<[Measure, string, AbsenceRecord[], number, boolean]>([
    ['day-value', 'no value', [minutes(400)], 1, true],
    ['minutes', 'no minutes', [value('1')], 1, true],
    ['periods', 'no period', [value('1')], 1, true],
    ['minutes', 'one period of two without a length', [...periods(1, 150), missedPeriod(DAY, '9')], 1, true],
    [
      'minutes',
      'a period without a length beside a whole day',
      [...periods(1, 300), missedPeriod(DAY, '9')],
      1,
      false,
    ],
    ['day-value', 'a row that would not count', [minutes(400, { status: 'tardy' })], 0, false],
    ['day-value', 'a further row of a date that has one', [value('0.5'), minutes(9, { id: '9' })], 0, false],
    ['best-known', 'nothing at all', [absent(DAY, { fraction: null })], 1, false],
  ])('%s: %s', (measure, _name, records, left, waits) => {
    const counted = count(records, { rules: { measure } });
    expect(counted.reasons.filter((reason) => reason === 'no-measure')).toHaveLength(left);
    expect(counted.unmeasured).toEqual(waits ? [DAY] : []);
  });

  test('periods at a school that does not say how many it has', () => {
    const counted = count(periods(7), { rules: { measure: 'periods', periodsPerDay: { washington: 7 } } });
    expect(counted.unmeasured).toEqual([DAY]);
    expect(new Set(counted.reasons)).toEqual(new Set(['no-measure']));
  });

  test('at one school does not matter when another reports the whole day', () => {
    const rows = (fraction: string) => [minutes(100), value(fraction, atWashington)];
    const rules = { measure: 'day-value' as const };
    expect(count(rows('1'), { rules }).unmeasured).toEqual([]);
    expect(count(rows('0.5'), { rules })).toMatchObject({ total: '0.5', unmeasured: [DAY] });
  });

  test('dates are named in order', () => {
    const rows = ['2026-09-03', '2026-09-01', '2026-09-02'].map((date) => absent(date));
    expect(count(rows, { rules: { measure: 'minutes' } }).unmeasured).toEqual([
      '2026-09-01',
      '2026-09-02',
      '2026-09-03',
    ]);
  });
});

describe('schools and grades that are measured otherwise', () => {
  const exception = (one: Partial<CountingException>): CountingException => ({
    schools: [],
    grades: [],
    measure: null,
    wholeDayMinutes: null,
    halfDayMinutes: null,
    periodsPerDay: null,
    ...one,
  });
  const kindergarten = exception({ grades: ['KG', 'PK'], wholeDayMinutes: 120, halfDayMinutes: 60 });
  const high = exception({ schools: ['washington'], measure: 'periods', periodsPerDay: 4 });

  test.each<[string, string | null, AbsenceRecord[], string]>([
    ['a grade that is named', 'KG', [minutes(120)], '1'],
    ['half of its day', 'KG', [minutes(60)], '0.5'],
    ['another grade', '08', [minutes(120)], '0'],
    ['a student without a grade', null, [minutes(120)], '0'],
    ['a school that is named', '08', periods(2, 50, { schoolId: WASHINGTON }), '0.5'],
    ['another school', '08', periods(2, 50), '0'],
    ['the day value at a school that counts periods', '08', [value('1', atWashington)], '0'],
    [
      'two schools, each by its own',
      '08',
      [minutes(150), ...periods(4, null, { schoolId: WASHINGTON })],
      '1',
    ],
    ['the first entry that fits, alone', 'KG', periods(4, 40, { schoolId: WASHINGTON }), '1'],
  ])('%s', (_name, grade, records, total) => {
    expect(count(records, { rules: { exceptions: [kindergarten, high] }, facts: { grade } }).total).toBe(
      total,
    );
  });

  test('what an entry does not set is as everywhere else', () => {
    const limits = exception({ schools: ['lincoln'], halfDayMinutes: 50 });
    const rules = { measure: 'minutes' as const, exceptions: [limits] };
    expect(count([minutes(50)], { rules }).total).toBe('0.5');
    expect(count([minutes(299)], { rules }).total).toBe('0.5');
    expect(count([minutes(300)], { rules }).total).toBe('1');
    expect(count([value('1')], { rules }).unmeasured).toEqual([DAY]);
  });

  test('both lists have to fit', () => {
    const one = exception({ schools: ['lincoln'], grades: ['KG'], wholeDayMinutes: 100 });
    const total = (grade: string, details = {}) =>
      count([minutes(100, details)], { rules: { exceptions: [one] }, facts: { grade } }).total;
    expect([total('KG'), total('08'), total('KG', atWashington)]).toEqual(['1', '0', '0']);
  });
});

describe('a day of early release', () => {
  const limits = { wholeDayMinutes: 150, halfDayMinutes: 75, periods: 4 };
  const short = (own: Partial<typeof limits> | { periods: null } = {}) => ({
    earlyRelease: [{ date: schoolDate(DAY), limits: { ...limits, ...own } }],
  });

  test.each<[string, AbsenceRecord[], string]>([
    ['whole from its own limit on', [minutes(150)], '1'],
    ['half below it', [minutes(149)], '0.5'],
    ['half from its own limit on', [minutes(75)], '0.5'],
    ['nothing below that', [minutes(74)], '0'],
    ['whole with its own number of periods', periods(4), '1'],
    ['half with half of them', periods(2), '0.5'],
    ['a day value is what it is', [value('0.5')], '0.5'],
  ])('%s', (_name, records, total) => {
    const district = { rules: { periodsPerDay: { lincoln: 7 } }, calendars: { lincoln: short() } };
    expect(count(records, district).total).toBe(total);
  });

  test('any other day keeps the usual limits', () => {
    const row = absent('2026-09-02', { fraction: null, minutesAbsent: 150 });
    expect(count([row], { calendars: { lincoln: short() } }).total).toBe('0.5');
  });

  test('is one at its own school only', () => {
    const calendars = { washington: short() };
    expect(count([minutes(150)], { calendars }).total).toBe('0.5');
    expect(count([minutes(150, atWashington)], { calendars }).total).toBe('1');
  });

  test('without limits of its own it is counted as any other', () => {
    const calendars = { lincoln: { earlyRelease: [{ date: schoolDate(DAY), limits: null }] } };
    expect(count([minutes(150)], { calendars }).total).toBe('0.5');
  });

  test('never asks for more than a usual day does', () => {
    const rules = { wholeDayMinutes: 100, halfDayMinutes: 50, periodsPerDay: { lincoln: 3 } };
    const district = { rules, calendars: { lincoln: short() } };
    expect(count([minutes(100)], district).total).toBe('1');
    expect(count(periods(3), district).total).toBe('1');
  });

  test('without periods of its own it has those of any other day', () => {
    const district = {
      rules: { periodsPerDay: { lincoln: 6 } },
      calendars: { lincoln: short({ periods: null }) },
    };
    expect(count(periods(4), district).total).toBe('0.5');
  });
});

describe('one date once, over several schools', () => {
  const closed = { closures: [{ from: schoolDate(DAY), to: schoolDate(DAY) }] };
  const two = { periodsPerDay: { washington: 2 } };

  test.each<[string, AbsenceRecord[], District, string, string[]]>([
    ['a value and minutes', [value('0.5'), minutes(300, atWashington)], {}, '1', ['2']],
    [
      'minutes and periods',
      [minutes(150), ...periods(1, null, atWashington)],
      { rules: two },
      '0.5',
      ['20260901'],
    ],
    ['the same share twice', [value('1'), value('1', atWashington)], {}, '1', ['20260901']],
    ['halves are not added', [value('0.5'), value('0.5', atWashington)], {}, '0.5', ['20260901']],
    ['thirds are not added', [value('0.3333'), value('0.3333', atWashington)], {}, '0.3333', ['20260901']],
    [
      'one of them closed',
      [value('0.5'), value('1', atWashington)],
      { calendars: { washington: closed } },
      '0.5',
      ['20260901'],
    ],
    [
      'the primary one closed',
      [value('0.5'), value('1', atWashington)],
      { calendars: { lincoln: closed } },
      '1',
      ['2'],
    ],
    [
      'both closed',
      [value('1'), value('1', atWashington)],
      { calendars: { lincoln: closed, washington: closed } },
      '0',
      [],
    ],
  ])('%s', (_name, records, district, total, behind) => {
    const counted = count(records, district);
    expect(counted.total).toBe(total);
    expect(counted.days.flatMap((day) => day.records)).toEqual(behind);
  });

  test('three days and a half do not make four', () => {
    const rows = ['2026-09-01', '2026-09-02', '2026-09-03'].map((date) => absent(date));
    expect(count([...rows, absent('2026-09-04', { fraction: '0.5' })]).total).toBe('3.5');
  });

  test.each([
    ['the Sunday on which clocks go back', '2026-11-01', 'not-a-school-day'],
    ['the Monday after it', '2026-11-02', null],
    ['the Monday after they go forward', '2027-03-15', null],
    ['29 February', '2028-02-29', null],
    ['1 March of the leap year', '2028-03-01', null],
  ])('%s (%s)', (_name, date, reason) => {
    const calendar = buildCalendar({ ...SCHOOL_YEAR, lastDay: schoolDate('2028-05-26') });
    const counted = countDays(
      aStudent({ records: [absent(date)] }),
      COUNTING,
      () => calendar,
      schoolDate('2028-05-26'),
    );
    expect(counted.leftOut.map((row) => row.reason)).toEqual(reason === null ? [] : [reason]);
    expect(counted.days.map((day) => day.date)).toEqual(reason === null ? [date] : []);
  });
});

describe('tardies', () => {
  const rules = { tardies: { perDay: 3, excuses: ['unexcused', 'unknown'] satisfies Excuse[] } };
  const late = (date: string, details = {}) => absent(date, { fraction: null, status: 'tardy', ...details });

  test.each<[string, AbsenceRecord[], string[]]>([
    ['one', [late(DAY)], [DAY]],
    ['in order of their dates', [late('2026-09-03'), late(DAY)], [DAY, '2026-09-03']],
    ['two on one date are one', [late(DAY), late(DAY, { id: '9' })], [DAY]],
    ['at two schools on one date, too', [late(DAY), late(DAY, atWashington)], [DAY]],
    ['with an excuse that is not taken', [late(DAY, { excuse: 'excused' })], []],
    ['without a recorded excuse', [late(DAY, { excuse: 'unknown' })], [DAY]],
    ['early release is none', [absent(DAY, { status: 'earlyRelease' })], []],
    ['none on a date that counts an absence', [late(DAY, { id: '9' }), value('0.5')], []],
    ['nor where another school counts one', [late(DAY), value('0.5', atWashington)], []],
    ['but beside an absence that counts nothing', [late(DAY, { id: '9' }), minutes(10)], [DAY]],
    ['not on a closed day', [late('2026-09-07')], []],
    ['not ahead of today', [late('2026-10-01')], []],
  ])('%s', (_name, records, dates) => {
    expect(count(records, { rules }).tardies.map((one) => one.date)).toEqual(dates);
  });

  test('never count where the policy does not say so', () => {
    expect(count([late(DAY)]).tardies).toEqual([]);
  });

  test('do not add to the days, and stay left out as rows', () => {
    expect(count([late(DAY)], { rules })).toMatchObject({ total: '0', days: [], reasons: ['not-absent'] });
  });

  test('the gravest of a date stands for it, the first of those by id', () => {
    const rows = [
      late(DAY, { id: '7', excuse: 'unexcused' }),
      late(DAY, { id: '10', excuse: 'unexcused' }),
      late(DAY, { id: '3', excuse: 'unknown' }),
    ];
    expect(count(rows, { rules }).tardies).toEqual([{ date: DAY, excuse: 'unexcused', record: '7' }]);
  });

  test('the code wins over the row', () => {
    const codes = codeTable(
      aCode({ sourcedId: 'tdy', status: 'tardy' }),
      aCode({ sourcedId: 'out', status: 'tardy', suspension: true }),
    );
    const dates = (codeId: string) => count([absent(DAY, { codeId })], { rules, facts: { codes } }).tardies;
    expect(dates('tdy')).toHaveLength(1);
    expect(dates('out')).toEqual([]);
  });
});

describe('the suspension bucket', () => {
  const codes = codeTable(
    aCode({ sourcedId: 'sus', suspension: true }),
    aCode({ sourcedId: 'trip', suspension: true, excuse: 'exempt' }),
    aCode({ sourcedId: 'unx' }),
  );
  const out = (fraction: string, details = {}) => value(fraction, { codeId: 'sus', id: '8', ...details });

  test.each<[string, AbsenceRecord[], string, string]>([
    ['a day', [out('1')], '1', '0'],
    ['half a day', [out('0.5')], '0.5', '0'],
    ['one date at two schools', [out('1'), out('1', { ...atWashington })], '1', '0'],
    ['two dates', [out('1'), absent('2026-09-02', { codeId: 'sus' })], '2', '0'],
    ['beside half a day of absence', [out('1'), value('0.5', { codeId: 'unx' })], '0.5', '0.5'],
    ['beside a whole one', [out('1'), value('1', { codeId: 'unx' })], '0', '1'],
    ['exempt is no suspension from school', [out('1', { codeId: 'trip' })], '0', '0'],
    ['on a closed day', [absent('2026-09-07', { codeId: 'sus' })], '0', '0'],
  ])('%s', (_name, records, suspended, total) => {
    expect(count(records, { facts: { codes } })).toMatchObject({ suspended, total });
  });

  test('is empty where suspensions count', () => {
    const counted = count([out('1')], { facts: { codes }, rules: { suspensionCounts: true } });
    expect(counted).toMatchObject({ suspended: '0', total: '1' });
  });

  test('nothing waits for a suspension that cannot be measured', () => {
    const row = minutes(400, { codeId: 'sus' });
    const counted = count([row], { facts: { codes }, rules: { measure: 'day-value' } });
    expect(counted).toMatchObject({ suspended: '0', unmeasured: [] });
  });
});
