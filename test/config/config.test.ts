import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sisSchema } from '../../src/config/sis-schema.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { load, loadWith, shippedWith } from './shipped.ts';

const D = 'district.yaml';
const P = 'policy.yaml';
const YEAR = { begins: schoolDate('2026-08-01'), ends: schoolDate('2027-06-12') };
const NORTH_SIGNATURE = 'signature: { name: Dana Ruiz, title: Principal }';

describe('the shipped configuration', () => {
  test('loads from the place where it is shipped', () => {
    const config = load(resolve('config'));
    expect(config.templatesDir).toBe(resolve('templates'));
    expect(config.configDir).toBe(resolve('config'));
    expect(config.district).toEqual({
      id: 'riverbend',
      name: 'Riverbend Unified School District',
      timeZone: 'America/Denver',
      phone: '(303) 555-0100',
      website: 'https://www.riverbend.example.org',
      addressLines: ['100 District Way', 'Riverbend, CO 80000'],
    });
    expect(config.schools.map(({ id, name, email }) => [id, name, email])).toEqual([
      ['org-101', null, 'attendance.north@riverbend.example.org'],
      ['org-102', null, null],
    ]);
    expect(config.truancyOfficer).toMatchObject({ delivery: 'mail', folder: null });
    expect(config.mail).toMatchObject({ returnPath: null, sendingWindow: { from: '08:00', to: '16:00' } });
  });

  test('holds the ladder 4, 7, 10, 11', () => {
    const { policy } = load(resolve('config'));
    expect(
      policy.steps.map(({ id, at, settleDays, letter, referral }) => [
        id,
        at / 10_000,
        settleDays,
        letter,
        referral,
      ]),
    ).toEqual([
      ['contact', 4, 1, null, false],
      ['first-letter', 7, 3, 'first-letter', false],
      ['medical-letter', 10, 3, 'medical-letter', false],
      ['referral', 11, 5, null, true],
    ]);
    expect(policy.counting).toMatchObject({
      excuses: ['excused', 'unexcused', 'unknown'],
      suspensionCounts: false,
      wholeDayMinutes: 240,
      halfDayMinutes: 120,
      periodsPerDay: {},
    });
    expect(policy.version).toMatch(/^2026-27 \([0-9a-f]{8}\)$/);
    expect(policy.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(policy.version).toContain(`(${policy.contentHash.slice(0, 8)})`);
  });

  test('leaves the rest of a policy at what needs no word', () => {
    const { policy } = load(resolve('config'));
    expect(policy).toMatchObject({
      effectiveFrom: null,
      counting: { measure: 'best-known', unknownExcuse: 'neither', exceptions: [], tardies: null },
      holds: { remindSchoolDays: 3, fromSis: [] },
    });
    for (const step of policy.steps) {
      expect(step).toMatchObject({
        unit: 'days',
        basis: 'all',
        window: { kind: 'school-year' },
        fromEnrolledDays: 20,
        legalDeadlineDays: null,
        approval: null,
        requalify: false,
        orWhen: step.referral ? ['contract-violated'] : [],
        meeting: null,
        contract: null,
        asksForMedicalNotes: step.letter === 'medical-letter',
        ages: null,
      });
    }
  });

  test('says of a code what the file says, and nothing more', () => {
    const { codes } = loadWith([
      P,
      '- title: SUS',
      '- { title: WTR, status: absent, excuse: excused }\n    - title: SUS',
    ]).policy.counting;
    expect(codes.slice(0, 2)).toEqual([
      { title: 'WTR', suspension: false, confidential: false, status: 'absent', excuse: 'excused' },
      { title: 'SUS', suspension: true, confidential: false, status: null, excuse: null },
    ]);
  });

  test('fills in what it leaves out', () => {
    const { sis } = load(resolve('config'));
    expect(sis.oneRoster).toMatchObject({
      clientAuth: 'basic',
      guardians: 'auto',
      requestTimeoutSeconds: 60,
      totalTimeoutMinutes: 120,
      metadata: { language: 'communicationLanguage', noContact: 'noContact' },
    });
    expect(sis.attendance).toMatchObject({ scopes: [], pageSize: 2_000, fields: {} });
  });
});

describe('folders', () => {
  test('in the files are seen from the files', () => {
    const folder = shippedWith([
      [D, '  # delivery: folder\n  # folder: ../packets', '  delivery: folder\n  folder: ../packets'],
      [D, 'schedule:\n', 'templates: own\nschedule:\n'],
    ]);
    mkdirSync(join(folder, 'own', 'letters'), { recursive: true });
    for (const letter of ['first-letter', 'medical-letter']) {
      writeFileSync(join(folder, 'own', 'letters', `${letter}.en.md`), 'x');
    }
    const config = load(folder);
    expect(config.templatesDir).toBe(join(folder, 'own'));
    expect(config.truancyOfficer.folder).toBe(resolve(folder, '../packets'));
  });
});

describe('who has a role', () => {
  const names = (people: readonly { readonly name: string }[]) => people.map((person) => person.name);

  test('at a school, comes before those for all schools, who come before nobody', () => {
    const config = loadWith([
      D,
      'staff:\n',
      'staff:\n  - { name: Kim Vance, email: kvance@riverbend.example.org, role: attendance-clerk }\n',
    ]);
    expect(names(config.staffFor('attendance-clerk', 'org-101'))).toEqual(['Ana Silva']);
    expect(names(config.staffFor('attendance-clerk', 'org-102'))).toEqual(['Tom Baker']);
    expect(names(config.staffFor('attendance-clerk', 'org-999'))).toEqual(['Kim Vance']);
    expect(names(config.staffFor('attendance-clerk', null))).toEqual(['Kim Vance']);
    expect(names(config.staffFor('it-contact', 'org-101'))).toEqual(['Sam Ortiz']);
    expect(config.staffFor('counselor', 'org-101')).toEqual([]);
  });

  test('is not somebody of another school', () => {
    const config = loadWith();
    expect(config.staffFor('attendance-clerk', 'org-999')).toEqual([]);
    expect(names(config.staffFor('attendance-clerk', null))).toEqual(['Ana Silva', 'Tom Baker']);
  });
});

describe('the calendar', () => {
  test('of the district', () => {
    const facts = loadWith().calendarFor(null, YEAR);
    expect(facts).toMatchObject({
      firstDay: '2026-08-17',
      lastDay: '2027-06-04',
      weekdays: [1, 2, 3, 4, 5],
      makeUpDays: [],
    });
    expect(facts.closures.slice(0, 2)).toEqual([
      { from: '2026-09-07', to: '2026-09-07' },
      { from: '2026-10-15', to: '2026-10-16' },
    ]);
    expect(facts.closures).toHaveLength(8);
  });

  test('takes a closure of one day written as a range, with its name', () => {
    const config = loadWith([D, '- 2026-09-07', '- { from: 2026-09-07, to: 2026-09-07, name: Labor Day }']);
    expect(config.calendarFor(null, YEAR)).toEqual(loadWith().calendarFor(null, YEAR));
  });

  test('of a school goes over it: days and weekdays replace, closures and make-up days add', () => {
    const config = loadWith(
      [
        D,
        '  weekdays: [mon, tue, wed, thu, fri]\n',
        '  weekdays: [mon, tue, wed, thu, fri]\n  makeUpDays: [2027-05-29]\n',
      ],
      [
        D,
        NORTH_SIGNATURE,
        `${NORTH_SIGNATURE}\n    calendar:\n      weekdays: [mon, tue, wed, thu]\n      firstDay: 2026-08-20\n      closures: [2026-12-01]\n      makeUpDays: [2027-01-09]`,
      ],
    );
    const district = config.calendarFor('org-102', YEAR);
    const north = config.calendarFor('org-101', YEAR);
    expect(north).toMatchObject({
      firstDay: '2026-08-20',
      lastDay: '2027-06-04',
      weekdays: [1, 2, 3, 4],
      closures: [...district.closures, { from: '2026-12-01', to: '2026-12-01' }],
      makeUpDays: ['2027-05-29', '2027-01-09'],
    });
    expect(district).toEqual(config.calendarFor(null, YEAR));
    expect(district.firstDay).toBe('2026-08-17');
    expect(district.makeUpDays).toEqual(['2027-05-29']);
  });

  test('ignores first and last day of another school year', () => {
    const next = { begins: schoolDate('2027-08-16'), ends: schoolDate('2028-06-03') };
    expect(loadWith().calendarFor(null, next)).toMatchObject({
      firstDay: '2027-08-16',
      lastDay: '2028-06-02',
    });
  });

  test('takes the last day of the school year only when it lies before the exclusive end', () => {
    const config = loadWith();
    const ends = (date: string) =>
      config.calendarFor(null, { begins: YEAR.begins, ends: schoolDate(date) }).lastDay;
    expect(ends('2027-06-05')).toBe('2027-06-04');
    expect(ends('2027-06-04')).toBe('2027-06-03');
  });

  test('without days of its own takes those of the SIS', () => {
    const config = loadWith([D, '  firstDay: 2026-08-17\n  lastDay: 2027-06-04\n', '']);
    expect(config.calendarFor(null, YEAR)).toMatchObject({ firstDay: '2026-08-01', lastDay: '2027-06-11' });
  });
});

describe('the version of the policy', () => {
  const shipped = () => loadWith().policy.version;

  test.each([
    ['days', 'at: 4\n', 'at: 4.5\n'],
    ['settling', 'settleDays: 5', 'settleDays: 6'],
    ['counting', 'suspensionCounts: false', 'suspensionCounts: true'],
    ['codes', 'confidential: true', 'confidential: false'],
    ['roles', 'role: administrator', 'role: counselor'],
    ['adults', 'adultStudents: hold', 'adultStudents: ignore'],
  ])('changes with %s', (_name, from, to) => {
    const changed = loadWith([P, from, to]).policy.version;
    expect(changed).toMatch(/^2026-27 \(/);
    expect(changed).not.toBe(shipped());
  });

  test('changes with its own name and with the periods of a school', () => {
    expect(loadWith([P, '"2026-27"', '"2026-27b"']).policy.version).toMatch(/^2026-27b \(/);
    const periods = loadWith([D, NORTH_SIGNATURE, `${NORTH_SIGNATURE}\n    periodsPerDay: 7`]).policy;
    expect(periods.counting.periodsPerDay).toEqual({ 'org-101': 7 });
    expect(periods.version).not.toBe(shipped());
  });

  test('does not change with comments, the order of keys or what is a default anyhow', () => {
    expect(
      loadWith(
        [P, '# Your own name', '# Our own name'],
        [P, '    at: 7\n    settleDays: 3\n', '    settleDays: 3\n    at: 7.0\n'],
        [P, 'whenSeveral: highest-letter\n', ''],
      ).policy.version,
    ).toBe(shipped());
  });
});

test.each(['endYear', 'dateLastModified'])('a column that nothing reads cannot be named: %s', (column) => {
  const read = sisSchema.safeParse({
    oneRoster: { baseUrl: 'https://sis.example.org/v1p2', tokenUrl: 'https://sis.example.org/token' },
    attendance: { source: 'data-extract', folder: 'drop', columns: { [column]: 'Some header' } },
  });
  expect(read.error?.issues).toMatchObject([{ path: ['attendance', 'columns'], keys: [column] }]);
});
