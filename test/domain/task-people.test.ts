import { describe, expect, test } from '@jest/globals';
import type { Role } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import {
  maySubstitute,
  type StaffEntry,
  type StaffOut,
  whoIsAbove,
  whoIsAsked,
} from '../../src/domain/task-people.ts';

const one = (name: string, role: Role, schools: readonly string[] | 'all' = 'all'): StaffEntry => ({
  name,
  email: `${name.toLowerCase()}@district.example`,
  role,
  schools,
});

const STAFF: readonly StaffEntry[] = [
  one('Ana', 'attendance-clerk', ['lincoln']),
  one('Ben', 'attendance-clerk', ['lincoln']),
  one('Kim', 'attendance-clerk'),
  one('Lou', 'teacher', ['adams']),
  one('Dana', 'administrator', ['lincoln']),
  one('Eve', 'administrator'),
  one('Sol', 'supervisor'),
  one('Ira', 'it-contact'),
];

const until = schoolDate('2026-10-09');
const out = (away: Record<string, string | null> = {}, unreachable: readonly string[] = []): StaffOut => ({
  away: new Map(
    Object.entries(away).map(([name, substitute]) => [
      `${name}@district.example`,
      { until, substitute: substitute === null ? null : `${substitute}@District.example` },
    ]),
  ),
  unreachable: new Set(unreachable.map((name) => `${name}@district.example`)),
});

const task = (role: Role, schoolSourcedId: string | null = 'lincoln', person: string | null = null) => ({
  role,
  schoolSourcedId,
  person: person === null ? null : `${person}@DISTRICT.example`,
});
const CLERK = task('attendance-clerk');
const asked = (...of: Parameters<typeof whoIsAsked>) =>
  whoIsAsked(...of).map(({ name, insteadOf }) => (insteadOf === null ? name : `${name} for ${insteadOf}`));

describe('who is asked', () => {
  test.each([
    ['everybody in the role at the school', CLERK, out(), ['Ana', 'Ben']],
    ['the district’s people where the school has nobody', task('attendance-clerk', 'adams'), out(), ['Kim']],
    ['the district’s people for no school', task('attendance-clerk', null), out(), ['Kim']],
    ['the administrators where nobody has the role', task('counselor'), out(), ['Dana']],
    ['those of the district at last', task('counselor', 'adams'), out(), ['Eve']],
    ['its one person', task('administrator', 'lincoln', 'ana'), out(), ['Ana']],
    [
      'the role where its person is not on the staff',
      task('administrator', 'lincoln', 'gone'),
      out(),
      ['Dana'],
    ],
    ['the others while one is away', CLERK, out({ ana: null }), ['Ben']],
    ['the substitute beside the others', CLERK, out({ ana: 'kim' }), ['Ben', 'Kim for Ana']],
    ['the district’s people while all are away', CLERK, out({ ana: null, ben: null }), ['Kim']],
    [
      'the role while its person is away',
      task('administrator', 'lincoln', 'ana'),
      out({ ana: null }),
      ['Dana'],
    ],
    [
      'the substitute of its person',
      task('administrator', 'lincoln', 'ana'),
      out({ ana: 'ben' }),
      ['Ben for Ana'],
    ],
    ['nobody who is away as a substitute', CLERK, out({ ana: 'kim', kim: null, ben: null }), ['Dana']],
    ['nobody whose mail comes back', CLERK, out({}, ['ana']), ['Ben']],
    ['the next above while all mail comes back', CLERK, out({}, ['ana', 'ben', 'kim']), ['Dana']],
    ['no substitute of another school', CLERK, out({ ana: 'lou', ben: null, kim: null }), ['Dana']],
    ['a substitute once, who has the task anyway', CLERK, out({ ana: 'ben' }), ['Ben']],
  ])('%s', (_, owned, state, people) => {
    expect(asked(owned, STAFF, state)).toEqual(people);
  });

  test('where nobody can be reached the mail is tried all the same', () => {
    const nobody = out({}, ['ana', 'ben', 'kim', 'dana', 'eve', 'sol', 'ira']);
    expect(asked(CLERK, STAFF, nobody)).toEqual(['Ana', 'Ben']);
  });

  test('a staff of one is asked everything', () => {
    expect(asked(task('counselor'), [one('Tom', 'teacher')], out())).toEqual(['Tom']);
  });
});

describe('who may stand in', () => {
  const two = ['lincoln', 'adams'];
  test.each([
    [
      'somebody of another school who sees files there',
      'attendance-clerk',
      ['lincoln'],
      'counselor',
      ['adams'],
      false,
    ],
    ['somebody who sees the files', 'attendance-clerk', ['lincoln'], 'counselor', ['lincoln'], true],
    ['a teacher for a clerk', 'attendance-clerk', ['lincoln'], 'teacher', ['lincoln'], false],
    ['a teacher for a teacher', 'teacher', ['lincoln'], 'teacher', ['lincoln'], true],
    ['somebody of one of two schools', 'counselor', two, 'administrator', ['lincoln'], false],
    ['somebody of the district', 'counselor', two, 'supervisor', 'all', true],
    ['somebody of a school for all schools', 'supervisor', 'all', 'administrator', two, false],
    ['the IT contact', 'attendance-clerk', ['lincoln'], 'it-contact', 'all', false],
  ] as const)('%s', (_, role, schools, otherRole, otherSchools, may) => {
    const staff = [one('Away', role, schools), one('Sub', otherRole, otherSchools)];
    expect(maySubstitute('sub@District.example', 'away@district.example', staff)).toBe(may);
  });
});

describe('who is above', () => {
  const above = (...of: Parameters<typeof whoIsAbove>) => whoIsAbove(...of).map(({ name }) => name);

  test.each([
    ['the supervisor', CLERK, out(), ['Sol']],
    ['the administrators while the supervisor is away', CLERK, out({ sol: null }), ['Dana']],
    ['the substitute of the supervisor', CLERK, out({ sol: 'eve' }), ['Eve']],
    ['somebody else than those asked already', task('supervisor'), out(), ['Dana']],
    [
      'the district’s administrators where the school’s own is asked',
      task('administrator'),
      out({ sol: null }),
      ['Eve'],
    ],
  ])('%s', (_, owned, state, people) => {
    expect(above(owned, STAFF, state)).toEqual(people);
  });

  test('nobody twice, and nobody at all where all are asked', () => {
    expect(above(task('teacher'), [one('Tom', 'teacher')], out())).toEqual([]);
  });
});
