import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import type { AbsenceFacts, District, History } from '../../src/demo/district/model.ts';
import { stateOn } from '../../src/demo/district/state-on.ts';
import { buildCalendar } from '../../src/domain/calendar.ts';
import { addDays, ageOn, schoolDate, weekday } from '../../src/domain/school-date.ts';
import { countsOn } from './count-directly.ts';

const options = { seed: 'test', schools: 3, students: 640, schoolYear: 2027, timeZone: 'America/Denver' };
const district = buildDistrict(options);
const lateAutumn = schoolDate('2026-11-30');

describe('the same seed', () => {
  test('gives the same district, to the last row', () => {
    expect(hash(buildDistrict(options))).toBe(hash(district));
  });

  test('gives the same students and absences to a district with more students', () => {
    const smaller = buildDistrict({ ...options, students: 200 });
    const absences = new Map(district.absences.map((row) => [row.sourcedId, row]));
    const students = new Map(district.students.map((student) => [student.sourcedId, student]));
    for (const student of smaller.students) expect(students.get(student.sourcedId)).toEqual(student);
    for (const row of smaller.absences) expect(absences.get(row.sourcedId)).toEqual(row);
  });
});

test('another seed gives another district', () => {
  expect(hash(buildDistrict({ ...options, seed: 'other' }))).not.toBe(hash(district));
});

test.each([1, 2, 3, 5, 9, 30])('a district of %i schools has a place for every grade', (schools) => {
  const some = buildDistrict({ ...options, schools, students: 60 });
  expect(new Set(some.schools.map((school) => school.name)).size).toBe(schools);
  expect(new Set(some.schools.map((school) => school.sourcedId)).size).toBe(schools);
  for (const { versions } of some.students) {
    for (const { facts } of versions) {
      for (const enrolment of facts.enrolments.filter(({ primary }) => primary)) {
        const school = some.schools.find(({ sourcedId }) => sourcedId === enrolment.school);
        expect(school?.grades).toContain(facts.grade);
      }
    }
  }
});

test('a district without a school is refused', () => {
  expect(() => buildDistrict({ ...options, schools: 0 })).toThrow(RangeError);
});

describe('how much is missed by late autumn', () => {
  const counts = [...countsOn(district, lateAutumn).values()];
  const share = (days: number) => counts.filter((count) => count >= days).length / options.students;

  test.each([
    { days: 4, from: 0.1, to: 0.17 },
    { days: 7, from: 0.035, to: 0.08 },
    { days: 10, from: 0.015, to: 0.045 },
    { days: 11, from: 0.008, to: 0.04 },
  ])('between $from and $to of the students reach $days days', ({ days, from, to }) => {
    expect(share(days)).toBeGreaterThan(from);
    expect(share(days)).toBeLessThan(to);
  });
});

describe('the rows of the year', () => {
  const rows = district.absences;
  const facts = rows.flatMap(({ versions }) => versions.map((version) => version.facts));
  const changesFrom = (from: (f: AbsenceFacts) => boolean, to: (f: AbsenceFacts) => boolean) =>
    rows.filter(
      ({ versions: [first, ...later] }) => first && from(first.facts) && later.some((v) => to(v.facts)),
    );
  const absent = (f: AbsenceFacts) => f.status === 'absent' && f.excuse !== 'exempt';

  test.each<[string, () => readonly unknown[]]>([
    ['half days', () => facts.filter((f) => f.dayFraction === '0.5')],
    ['days with minutes only', () => facts.filter((f) => f.kind === 'daily' && f.dayFraction === null)],
    ['period rows', () => facts.filter((f) => f.kind === 'period')],
    ['tardies', () => facts.filter((f) => f.status === 'tardy')],
    ['early releases', () => facts.filter((f) => f.status === 'earlyRelease')],
    ['exempt field trips', () => facts.filter((f) => f.excuse === 'exempt')],
    [
      'unknown excuses that are coded later',
      () =>
        changesFrom(
          (f) => f.excuse === 'unknown',
          (f) => f.excuse === 'excused',
        ),
    ],
    [
      'unexcused days that turn out excused',
      () =>
        changesFrom(
          (f) => f.excuse === 'unexcused',
          (f) => f.excuse === 'excused',
        ),
    ],
    ['absences that turn out to be tardies', () => changesFrom(absent, (f) => f.status === 'tardy')],
    ['absences that turn out to be none', () => changesFrom(absent, (f) => f.status === 'present')],
    ['absences that turn out exempt', () => changesFrom(absent, (f) => f.excuse === 'exempt')],
    ['tardies that turn out to be absences', () => changesFrom((f) => f.status === 'tardy', absent)],
    ['tombstones', () => rows.filter(({ versions }) => versions.at(-1)?.state === 'tobedeleted')],
    ['rows that vanish', () => rows.filter(({ versions }) => versions.at(-1)?.state === 'gone')],
    ['suspensions', () => facts.filter((f) => f.codeTitle === 'SUS')],
    ['confidential days', () => facts.filter((f) => f.codeTitle === 'CNF')],
    ['days known in advance', () => rows.filter(isKnownInAdvance)],
  ])('hold %s', (_, found) => {
    expect(found().length).toBeGreaterThan(0);
  });

  test('lie on school days, but for the stray ones', () => {
    const calendar = buildCalendar(district.calendar);
    const strays = rows.filter(({ versions: [first] }) => first && !calendar.isSchoolDay(first.facts.date));
    expect(strays.length).toBeGreaterThan(0);
    expect(strays.length).toBeLessThan(rows.length / 100);
  });

  test('only change forward in time', () => {
    for (const { versions } of rows) {
      const instants = versions.map(({ knownAt }) => knownAt);
      expect(instants).toEqual([...instants].sort((a, b) => a - b));
    }
  });

  function isKnownInAdvance({ versions: [first] }: History<AbsenceFacts>): boolean {
    return first !== undefined && new Date(first.knownAt).toISOString().slice(0, 10) < first.facts.date;
  }
});

describe('scripted stories', () => {
  const calendar = buildCalendar(district.calendar);
  const highest = new Map<string, number>();
  const jumps = new Set<string>();
  const fallsBelowSeven = new Set<string>();
  let before = new Map<string, number>();
  for (let date = calendar.firstDay; date <= lateAutumn; date = addDays(date, 1)) {
    const counts = countsOn(district, date);
    for (const [student, count] of counts) {
      const was = before.get(student) ?? 0;
      highest.set(student, Math.max(highest.get(student) ?? 0, count));
      if (was < 4 && count >= 10) jumps.add(student);
      if (was >= 7 && count < 7) fallsBelowSeven.add(student);
    }
    before = counts;
  }

  test('long illnesses are entered at once', () => expect(jumps.size).toBeGreaterThanOrEqual(4));

  test('counts that had reached the First Letter fall below it', () =>
    expect(fallsBelowSeven.size).toBeGreaterThanOrEqual(12));

  test('one is settled on the last day before a break and corrected a day later', () => {
    const corrected = district.absences.filter(({ versions: [, second] }) => {
      if (second === undefined || second.facts.codeTitle !== 'FLD') return false;
      const date = addDays(schoolDate(new Date(second.knownAt).toISOString().slice(0, 10)), -1);
      return calendar.isLastBeforeBreak(date) && calendar.schoolDaysAfter(second.facts.date, date) === 3;
    });
    expect(corrected.length).toBeGreaterThanOrEqual(4);
  });

  test('a code is used before the code table knows it', () => {
    const codes = new Set(
      stateOn(district, schoolDate('2026-10-13')).codes.map(({ sourcedId }) => sourcedId),
    );
    const used = stateOn(district, schoolDate('2026-10-13')).absences.map(({ facts }) => facts.code);
    const later = new Set(stateOn(district, lateAutumn).codes.map(({ sourcedId }) => sourcedId));
    const unknown = used.filter((code) => !codes.has(code));
    expect(unknown.length).toBeGreaterThan(0);
    expect(unknown.filter((code) => !later.has(code))).toEqual([]);
  });
});

describe('the people', () => {
  const students = stateOn(district, lateAutumn).students.map(({ facts }) => facts);
  const guardians = stateOn(district, lateAutumn).guardians.map(({ facts }) => facts);
  const shareOf = (found: readonly unknown[]) => found.length / guardians.length;

  test('speak English at home in about seven families of ten', () => {
    expect(shareOf(guardians.filter(({ language }) => language === 'en'))).toBeCloseTo(0.7, 1);
    expect(new Set(guardians.map(({ language }) => language))).toEqual(
      new Set(['en', 'es', 'vi', 'so', 'ru', 'pt', 'ht']),
    );
  });

  test('have no e-mail address in one case of ten', () => {
    expect(shareOf(guardians.filter(({ email }) => email === null))).toBeCloseTo(0.1, 1);
  });

  test.each<[string, (guardian: (typeof guardians)[number]) => boolean]>([
    ['a private address', (g) => g.private],
    ['no contact', (g) => g.noContact],
    ['no mail permission', (g) => !g.mailing],
    ['the wish for paper', (g) => g.wantsPaper],
    ['the denial of guardianship', (g) => g.relationships.some((link) => !link.guardian)],
    ['siblings', (g) => g.relationships.length > 1],
    ['two addresses in one field', (g) => g.email?.includes(';') ?? false],
    ['a shared mailbox', (g) => /^(frontdesk|office|info|families)@/.test(g.email ?? '')],
  ])('are sometimes linked with %s', (_, holds) => {
    expect(guardians.filter(holds).length).toBeGreaterThan(0);
  });

  test('include couples with one address', () => {
    const couples = guardians.filter((guardian) =>
      guardians.some((other) => other !== guardian && other.email !== null && other.email === guardian.email),
    );
    expect(couples.length).toBeGreaterThan(10);
  });

  test('include a few students of 18, in high school only', () => {
    const adults = students.filter(({ birthDate }) => ageOn(birthDate, lateAutumn) >= 18);
    expect(adults.length).toBeGreaterThan(0);
    expect(adults.length).toBeLessThan(30);
    expect(adults.filter(({ grade }) => !['11', '12'].includes(grade))).toEqual([]);
  });

  test('move, leave and arrive in mid-year', () => {
    expect(
      students.filter(({ enrolments }) => enrolments.filter((e) => e.primary).length > 1).length,
    ).toBeGreaterThan(3);
    expect(
      students.filter(({ enrolments }) => enrolments.every((e) => e.ends !== null)).length,
    ).toBeGreaterThan(0);
    expect(
      students.filter(({ enrolments: [first] }) => first && first.begins > district.calendar.firstDay).length,
    ).toBeGreaterThan(0);
  });

  test('are reached at addresses and numbers that belong to nobody', () => {
    const addresses = [...guardians, ...students, ...district.staff].flatMap(
      ({ email }) => email?.split('; ') ?? [],
    );
    const complete = addresses.filter((address) => address.includes('@'));
    expect(
      complete.filter((address) => !/@([a-z.-]+\.)?(example\.org|[a-z-]+\.test)$/.test(address)),
    ).toEqual([]);
    const phones = [...guardians, ...district.staff, ...district.schools].flatMap(({ phone }) => phone ?? []);
    expect(phones.filter((phone) => !/^\(\d{3}\) 555-01\d\d$/.test(phone))).toEqual([]);
  });
});

test('every school has its staff, and the district a truancy officer', () => {
  const roles = (school: string | null) =>
    district.staff.filter((member) => member.school === school).map(({ role }) => role);
  for (const school of district.schools)
    expect(roles(school.sourcedId)).toEqual(['attendance-clerk', 'administrator', 'counselor']);
  expect(roles(null)).toContain('truancy-officer');
});

test.each([2025, 2026, 2027, 2030])('the school year %i has a sensible calendar', (schoolYear) => {
  const { calendar } = buildDistrict({ ...options, students: 0, schoolYear });
  const days = buildCalendar(calendar);
  expect(weekday(calendar.firstDay)).toBe(3);
  expect(days.schoolDaysAfter(addDays(days.firstDay, -1), days.lastDay)).toBeGreaterThanOrEqual(175);
  expect(days.schoolDaysAfter(addDays(days.firstDay, -1), days.lastDay)).toBeLessThanOrEqual(190);
  for (const closure of calendar.closures) expect(closure.from <= closure.to).toBe(true);
});

function hash(some: District): string {
  return createHash('sha256').update(JSON.stringify(some)).digest('hex');
}
