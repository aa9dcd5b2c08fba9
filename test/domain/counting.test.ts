import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AbsenceRecord, AttendanceStatus, Excuse } from '../../src/domain/absence.ts';
import { buildCalendar } from '../../src/domain/calendar.ts';
import { countDays, homeEnrolment, primaryEnrolment } from '../../src/domain/counting.ts';
import { days, formatDays, sumDays } from '../../src/domain/days.ts';
import type { StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { CountingRules } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import {
  absent,
  absentInARow,
  aCode,
  anEnrolment,
  aStudent,
  CALENDAR,
  COUNTING,
  codeTable,
  LINCOLN,
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

function count(
  records: AbsenceRecord[],
  facts: Partial<StudentFacts> = {},
  rules: Partial<CountingRules> = {},
) {
  const counted = countDays(
    aStudent({ records, ...facts }),
    { ...COUNTING, ...rules },
    () => CALENDAR,
    TODAY,
  );
  return {
    ...counted,
    total: formatDays(sumDays(counted.days.map((day) => day.fraction))),
    reasons: counted.leftOut.map((row) => row.reason),
  };
}

const atWashington = { schoolId: WASHINGTON, id: '2' };

describe('the fraction of a day', () => {
  const minutes = (missed: number) =>
    absent(DAY, { fraction: null, minutesAbsent: missed, minutesScheduled: 400 });
  const periods = (n: number, perPeriod: number | null) =>
    Array.from({ length: n }, (_, i) => missedPeriod(DAY, String(i + 1), { minutesScheduled: perPeriod }));

  test.each<[string, AbsenceRecord[], string, string]>([
    ['the SIS says a whole day', [absent(DAY)], '1', 'day-value'],
    ['the SIS says half a day', [absent(DAY, { fraction: '0.5' })], '0.5', 'day-value'],
    ['the SIS says a third', [absent(DAY, { fraction: '0.3333' })], '0.3333', 'day-value'],
    ['more than a day is a day', [absent(DAY, { fraction: '1.5' })], '1', 'day-value'],
    ['minutes exactly at the whole-day limit', [minutes(300)], '1', 'minutes'],
    ['one minute below it', [minutes(299)], '0.5', 'minutes'],
    ['minutes exactly at the half-day limit', [minutes(150)], '0.5', 'minutes'],
    ['six periods of 50 minutes', periods(6, 50), '1', 'minutes'],
    ['five periods of 50 minutes', periods(5, 50), '0.5', 'minutes'],
    ['three periods of 50 minutes', periods(3, 50), '0.5', 'minutes'],
    [
      'minutes absent of a period count before its scheduled ones',
      [1, 2, 3, 4, 5, 6].map((n) =>
        missedPeriod(DAY, String(n), { minutesScheduled: 50, minutesAbsent: 25 }),
      ),
      '0.5',
      'minutes',
    ],
    [
      'a period that comes twice counts once, with the longer absence',
      [...periods(3, 50), ...periods(3, 50).map((row) => ({ ...row, id: `9${row.id}`, minutesAbsent: 20 }))],
      '0.5',
      'minutes',
    ],
    [
      'the day value beats minutes',
      [absent(DAY, { fraction: '0.5', minutesAbsent: 400 })],
      '0.5',
      'day-value',
    ],
    [
      'the day value beats more periods',
      [absent(DAY, { fraction: '0.5' }), ...periods(6, 50)],
      '0.5',
      'day-value',
    ],
    ['minutes of the day beat periods', [minutes(160), ...periods(6, 50)], '0.5', 'minutes'],
    [
      'the larger of two day values of one school',
      [absent(DAY, { fraction: '0.5' }), absent(DAY, { id: '2' })],
      '1',
      'day-value',
    ],
    [
      'the larger of a morning and an afternoon, since each says how much of the day was missed',
      [
        absent(DAY, { fraction: '0.5', excuse: 'excused' }),
        absent(DAY, { id: '2', fraction: '0.5', excuse: 'unexcused' }),
      ],
      '0.5',
      'day-value',
    ],
    [
      'the larger of two rows with minutes, never their sum',
      [minutes(160), { ...minutes(170), id: '2' }],
      '0.5',
      'minutes',
    ],
  ])('%s', (_name, records, fraction, rule) => {
    const { days, total } = count(records);
    expect(total).toBe(fraction);
    expect(days).toMatchObject([{ date: DAY, rule }]);
  });

  test.each<[string, AbsenceRecord[], string]>([
    ['minutes below the half-day limit', [minutes(149)], 'below-half-day'],
    ['two periods of 50 minutes', periods(2, 50), 'below-half-day'],
    ['a day value of nothing', [absent(DAY, { fraction: '0' })], 'below-half-day'],
    ['neither value nor minutes', [absent(DAY, { fraction: null })], 'no-measure'],
    ['a period without minutes at a school without periods per day', periods(1, null), 'no-measure'],
  ])('%s is no counted day', (_name, records, reason) => {
    const { days, reasons } = count(records);
    expect(days).toEqual([]);
    expect(new Set(reasons)).toEqual(new Set([reason]));
  });

  test.each([
    [1, 7, '0'],
    [3, 7, '0'],
    [4, 7, '0.5'],
    [6, 7, '0.5'],
    [7, 7, '1'],
    [2, 4, '0.5'],
    [8, 7, '1'],
  ])('%i of %i periods without minutes are %s of a day', (missed, perDay, total) => {
    const counted = count(periods(missed, null), {}, { periodsPerDay: { lincoln: perDay } });
    expect(counted.total).toBe(total);
    expect(counted.days.map((day) => day.rule)).toEqual(total === '0' ? [] : ['periods']);
  });

  describe('a period that says nothing about its length, beside others that do', () => {
    const mixed = [...periods(6, 50), missedPeriod(DAY, 'homeroom', { id: '99' })];

    test('does not undo what the others prove, and is listed', () => {
      const counted = count(mixed);
      expect(counted.days).toMatchObject([{ rule: 'minutes', fraction: days('1') }]);
      expect(counted.leftOut).toEqual([{ record: '99', date: DAY, reason: 'no-measure' }]);
    });

    test('counts by share where the policy knows the periods per day', () => {
      const counted = count(mixed, {}, { periodsPerDay: { lincoln: 8 } });
      expect(counted.days).toMatchObject([{ rule: 'periods', fraction: days('0.5') }]);
      expect(counted.leftOut).toEqual([]);
    });
  });

  test('a period that is reported twice is one missed period', () => {
    const twice = [...periods(2, null), ...periods(2, null).map((row) => ({ ...row, id: `9${row.id}` }))];
    expect(count(twice, {}, { periodsPerDay: { lincoln: 4 } }).total).toBe('0.5');
  });

  test('periods per day of another school do not help', () => {
    expect(count(periods(7, null), {}, { periodsPerDay: { washington: 7 } }).days).toEqual([]);
  });

  test('other limits give other fractions', () => {
    const rules = { wholeDayMinutes: 200, halfDayMinutes: 60 };
    expect([59, 60, 199, 200].map((missed) => count([minutes(missed)], {}, rules).total)).toEqual([
      '0',
      '0.5',
      '0.5',
      '1',
    ]);
  });

  test('fractions add up exactly', () => {
    const records = absentInARow(10).map((row) => absent(row.date, { fraction: '0.1' }));
    expect(count(records).total).toBe('1');
    const halves = absentInARow(7).map((row) => absent(row.date, { fraction: '0.5' }));
    expect(count(halves).total).toBe('3.5');
  });
});

describe('one date', () => {
  test.each([
    ['a whole and a half day of two schools', '1', '0.5', '1'],
    ['a half and a whole day of two schools', '0.5', '1', '1'],
    ['two halves of two schools', '0.5', '0.5', '0.5'],
    ['two whole days of two schools', '1', '1', '1'],
  ])('%s count once, with the largest', (_name, here, there, total) => {
    const records = [
      absent(DAY, { id: '1', fraction: here }),
      absent(DAY, { ...atWashington, fraction: there }),
    ];
    const counted = count(records, { enrolments: ATTENDS_BOTH });
    expect(counted.total).toBe(total);
    expect(counted.days).toHaveLength(1);
    expect(counted.reasons).toEqual(['other-row-of-the-day']);
  });

  test('minutes of two schools are not added up', () => {
    const records = [
      absent(DAY, { id: '1', fraction: null, minutesAbsent: 160 }),
      absent(DAY, { ...atWashington, fraction: null, minutesAbsent: 160 }),
    ];
    expect(count(records, { enrolments: ATTENDS_BOTH }).total).toBe('0.5');
  });

  test('a school whose rows cannot be measured does not stand in the way of the other', () => {
    const records = [absent(DAY, { id: '1', fraction: null }), absent(DAY, atWashington)];
    const counted = count(records, { enrolments: ATTENDS_BOTH });
    expect(counted.days).toMatchObject([{ records: ['2'] }]);
    expect(counted.reasons).toEqual(['no-measure']);
  });

  test('periods that say nothing about their length add nothing to those that do', () => {
    const records = [
      ...['1', '2', '3'].map((period) => missedPeriod(DAY, period, { minutesScheduled: 50 })),
      missedPeriod(DAY, '4', { id: '4' }),
    ];
    const counted = count(records);
    expect(counted.total).toBe('0.5');
    expect(counted.leftOut).toEqual([{ record: '4', date: DAY, reason: 'no-measure' }]);
  });

  test('lists the rows behind it, each row once: counted or left out', () => {
    const records = [
      absent(DAY, { id: '10' }),
      absent(DAY, { id: '9' }),
      missedPeriod(DAY, '1', { id: '8' }),
    ];
    const counted = count(records);
    expect(counted.days).toMatchObject([{ records: ['9', '10'] }]);
    expect(counted.leftOut).toEqual([{ record: '8', date: DAY, reason: 'other-row-of-the-day' }]);
  });

  test.each<[Excuse[], string]>([
    [['excused', 'unexcused'], 'unexcused'],
    [['excused', 'unknown'], 'unknown'],
    [['unknown', 'unexcused'], 'unexcused'],
    [['excused', 'excused'], 'excused'],
  ])('rows that are %j make it %s', (excuses, expected) => {
    const records = excuses.map((excuse, i) => absent(DAY, { id: String(i + 1), excuse }));
    expect(count(records).days).toMatchObject([{ excuse: expected }]);
  });
});

describe('what a row says', () => {
  test.each<[AttendanceStatus, Excuse, string | null]>([
    ['absent', 'excused', null],
    ['absent', 'unexcused', null],
    ['absent', 'unknown', null],
    ['absent', 'exempt', 'exempt'],
    ['tardy', 'unexcused', 'not-absent'],
    ['earlyRelease', 'unexcused', 'not-absent'],
    ['present', 'unknown', 'not-absent'],
    ['other', 'unexcused', 'unmapped-code'],
  ])('%s and %s: %s', (status, excuse, reason) => {
    const row = count([absent(DAY, { status, excuse })]);
    expect(row.reasons).toEqual(reason === null ? [] : [reason]);
    expect(row.total).toBe(reason === null ? '1' : '0');
    const coded = count([absent(DAY, { codeId: 'c' })], {
      codes: codeTable(aCode({ sourcedId: 'c', status, excuse })),
    });
    expect(coded.reasons).toEqual(reason === null ? [] : [reason]);
  });

  test('the code wins over the row, both ways', () => {
    const codes = codeTable(
      aCode({ sourcedId: 'trip', status: 'present', excuse: 'exempt' }),
      aCode({ sourcedId: 'ill', status: 'absent', excuse: 'excused' }),
    );
    expect(count([absent(DAY, { codeId: 'trip' })], { codes }).total).toBe('0');
    const ill = count([absent(DAY, { codeId: 'ill', status: 'present', excuse: 'exempt' })], { codes });
    expect(ill.days).toMatchObject([{ excuse: 'excused' }]);
  });

  test('an excuse that the policy leaves out does not count', () => {
    const records = absentInARow(3).map((row, i) => ({
      ...row,
      excuse: (['excused', 'unexcused', 'unknown'] as const)[i] ?? 'unknown',
    }));
    const counted = count(records, {}, { excuses: ['unexcused'] });
    expect(counted.days).toMatchObject([{ excuse: 'unexcused' }]);
    expect(counted.reasons).toEqual(['excuse-not-counted', 'excuse-not-counted']);
  });

  test.each([
    [false, '0', ['suspension']],
    [true, '1', []],
  ])('a suspension, when the policy says %s', (suspensionCounts, total, reasons) => {
    const codes = codeTable(aCode({ sourcedId: 'out', suspension: true }));
    const counted = count([absent(DAY, { codeId: 'out' })], { codes }, { suspensionCounts });
    expect(counted.total).toBe(total);
    expect(counted.reasons).toEqual(reasons);
  });

  test('a suspended tardy is still no absence', () => {
    const codes = codeTable(aCode({ sourcedId: 'out', status: 'tardy', suspension: true }));
    expect(count([absent(DAY, { codeId: 'out' })], { codes }, { suspensionCounts: true }).reasons).toEqual([
      'not-absent',
    ]);
  });

  test('a date is confidential as soon as one row behind it is', () => {
    const codes = codeTable(aCode({ sourcedId: 'c', confidential: true }), aCode({ sourcedId: 'open' }));
    const records = [
      absent(DAY, { id: '1', codeId: 'open' }),
      absent(DAY, { id: '2', codeId: 'c' }),
      absent('2026-09-02', { codeId: 'open' }),
    ];
    expect(count(records, { codes }).days.map((day) => day.confidential)).toEqual([true, false]);
  });

  test('a confidential row that does not count keeps its date confidential', () => {
    const codes = codeTable(aCode({ sourcedId: 'c', status: 'tardy', confidential: true }));
    const records = [absent(DAY, { id: '1' }), absent(DAY, { id: '2', codeId: 'c' })];
    const counted = count(records, { codes });
    expect(counted.days).toMatchObject([{ date: DAY, records: ['1'], confidential: true }]);
    expect(counted.reasons).toEqual(['not-absent']);
  });

  test.each([
    ['a tardy', { status: 'tardy' as const }],
    ['a suspension that does not count', { suspension: true }],
  ])('%s with a confidential code makes its date confidential, too', (_name, code) => {
    const codes = codeTable(aCode({ sourcedId: 'c', confidential: true, ...code }));
    const records = [absent(DAY, { id: '1' }), absent(DAY, { id: '2', codeId: 'c' })];
    expect(count(records, { codes }).days).toMatchObject([{ records: ['1'], confidential: true }]);
  });

  test('unmapped codes are named once, sorted, and the other rows count', () => {
    const records = [
      absent('2026-09-01', { codeId: 'zz' }),
      absent('2026-09-02', { codeId: 'aa' }),
      absent('2026-09-03', { codeId: 'zz' }),
      absent('2026-09-04'),
    ];
    const counted = count(records);
    expect(counted.unmappedCodes).toEqual(['aa', 'zz']);
    expect(counted.total).toBe('1');
  });

  test('an unmapped code outside the enrolment is nobody’s problem', () => {
    const counted = count([absent(DAY, { codeId: 'zz', schoolId: WASHINGTON })]);
    expect(counted.unmappedCodes).toEqual([]);
    expect(counted.reasons).toEqual(['outside-enrolment']);
  });
});

describe('where a row lies', () => {
  test.each([
    ['before the year', '2026-08-14', 'outside-school-year'],
    ['after the year', '2027-06-01', 'outside-school-year'],
    ['a Saturday', '2026-09-05', 'not-a-school-day'],
    ['a closed day', '2026-09-07', 'not-a-school-day'],
    ['tomorrow', '2026-10-01', 'ahead-of-today'],
    ['before the enrolment', '2026-08-31', 'outside-enrolment'],
    ['its end, which is exclusive', '2026-09-21', 'outside-enrolment'],
  ])('%s (%s): %s', (_name, date, reason) => {
    const open = reason !== 'outside-enrolment';
    const enrolment = open
      ? anEnrolment()
      : anEnrolment({ begins: schoolDate('2026-09-01'), ends: schoolDate('2026-09-21') });
    const counted = count([absent(date)], { enrolments: [enrolment] });
    expect(counted.days).toEqual([]);
    expect(counted.reasons).toEqual([reason]);
  });

  test('the first and the last day of an enrolment, the first school day and today count', () => {
    const within = anEnrolment({ begins: schoolDate('2026-09-01'), ends: schoolDate('2026-09-21') });
    expect(count([absent('2026-09-01'), absent('2026-09-18')], { enrolments: [within] }).total).toBe('2');
    expect(count([absent('2026-08-17'), absent(TODAY)]).total).toBe('2');
  });

  test('a row of a school that the student has left still counts', () => {
    const enrolments = [
      anEnrolment({ ends: schoolDate('2026-09-15') }),
      anEnrolment({ schoolId: WASHINGTON, schoolSourcedId: 'washington', begins: schoolDate('2026-09-15') }),
    ];
    const records = [absent('2026-09-14'), absent('2026-09-15', atWashington), absent('2026-09-16')];
    const counted = count(records, { enrolments });
    expect(counted.days.map((day) => day.date)).toEqual(['2026-09-14', '2026-09-15']);
    expect(counted.reasons).toEqual(['outside-enrolment']);
  });
});

describe('every row', () => {
  test('is either behind one counted day or left out for one reason', () => {
    const row = fc
      .record({
        date: fc.constantFrom('2026-08-14', '2026-09-01', '2026-09-02', '2026-09-05', '2026-10-01'),
        schoolId: fc.constantFrom(LINCOLN, WASHINGTON, 3),
        fraction: fc.constantFrom(null, '0', '0.5', '1'),
        kind: fc.constantFrom('daily' as const, 'period' as const),
        status: fc.constantFrom<AttendanceStatus>('absent', 'tardy', 'other'),
        excuse: fc.constantFrom<Excuse>('excused', 'exempt', 'unknown'),
        minutesAbsent: fc.constantFrom(null, 50, 150, 300),
        codeId: fc.constantFrom(null, null, 'unmapped'),
        period: fc.constantFrom(null, '1', '2'),
      })
      .map(({ date, ...details }) => absent(date, details));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const records = rows.map((one, i) => ({ ...one, id: String(i + 1) }));
        const counted = count(records, { enrolments: ATTENDS_BOTH });
        const accounted = [
          ...counted.days.flatMap((day) => day.records),
          ...counted.leftOut.map((one) => one.record),
        ];
        expect(accounted.sort((a, b) => Number(a) - Number(b))).toEqual(records.map((record) => record.id));
        expect(new Set(counted.days.map((day) => day.date)).size).toBe(counted.days.length);
      }),
    );
  });
});

describe('the enrolment that owns the actions', () => {
  const washington = anEnrolment({ schoolId: WASHINGTON, schoolSourcedId: 'washington' });

  test.each([
    ['the primary one', [{ ...washington, primary: false }, anEnrolment()], 'lincoln'],
    [
      'of two primary ones the later',
      [
        anEnrolment({ begins: schoolDate('2026-08-17') }),
        { ...washington, begins: schoolDate('2026-09-01') },
      ],
      'washington',
    ],
    ['of two alike the first by id', [washington, anEnrolment()], 'lincoln'],
    [
      'the one that is current',
      [anEnrolment({ ends: TODAY }), { ...washington, primary: false }],
      'washington',
    ],
    ['the one that begins today', [anEnrolment({ begins: TODAY })], 'lincoln'],
    ['none once it has ended', [anEnrolment({ ends: TODAY })], undefined],
    ['none before it begins', [anEnrolment({ begins: schoolDate('2026-10-01') })], undefined],
    ['none without any', [], undefined],
  ])('%s', (_name, enrolments, school) => {
    expect(primaryEnrolment(enrolments, TODAY)?.schoolSourcedId).toBe(school);
  });
});

describe('a row is held against the calendar of the school that reports it', () => {
  const closedThere = buildCalendar({
    ...SCHOOL_YEAR,
    closures: [{ from: schoolDate(DAY), to: schoolDate(DAY) }],
  });
  const calendarOf = (school: string | null) => (school === 'washington' ? closedThere : CALENDAR);

  test('which may be closed on that day', () => {
    const facts = aStudent({ records: [absent(DAY), absent(DAY, atWashington)], enrolments: ATTENDS_BOTH });
    const counted = countDays(facts, COUNTING, calendarOf, TODAY);
    expect(counted.days.map((day) => day.records)).toEqual([[absent(DAY).id]]);
    expect(counted.leftOut).toMatchObject([{ record: '2', reason: 'not-a-school-day' }]);
  });
});

test('a counted day names the codes behind it, each once', () => {
  const codes = codeTable(aCode({ sourcedId: 'c1', title: 'UNX' }), aCode({ sourcedId: 'c2', title: 'MED' }));
  const records = ['c1', 'c2', 'c1', null].map((codeId, i) => absent(DAY, { id: String(i + 1), codeId }));
  expect(count(records, { codes }).days.map((day) => day.codes)).toEqual([['MED', 'UNX']]);
  expect(count([absent(DAY)]).days.map((day) => day.codes)).toEqual([[]]);
});

describe('where a student belongs', () => {
  const at = (school: string, begins: string | null, ends: string | null, primary = true) =>
    anEnrolment({
      schoolSourcedId: school,
      primary,
      begins: begins === null ? null : schoolDate(begins),
      ends: ends === null ? null : schoolDate(ends),
    });
  const home = (...enrolments: ReturnType<typeof at>[]) =>
    homeEnrolment(enrolments, schoolDate('2026-10-01'))?.schoolSourcedId ?? null;

  test('at the primary school of the date, else at the last one, else at the first to come', () => {
    expect(
      home(at('old', null, '2026-09-01'), at('now', '2026-09-01', null), at('beside', null, null, false)),
    ).toBe('now');
    expect(home(at('older', null, '2026-08-20'), at('old', '2026-08-20', '2026-09-01'))).toBe('old');
    expect(home(at('later', '2027-01-01', null), at('soon', '2026-11-01', null))).toBe('soon');
    expect(home()).toBeNull();
  });
});
