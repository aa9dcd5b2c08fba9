import { expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { endOfDate, stateAt } from '../../src/demo/district/state-on.ts';
import type { FaultName } from '../../src/demo/faults/catalogue.ts';
import { largestSchool, studentsOf } from '../../src/demo/faults/district-facts.ts';
import type { districtFaults } from '../../src/demo/faults/district-faults.ts';
import { underDistrictFaults } from '../../src/demo/faults/faulty-district.ts';
import { createFaults } from '../../src/demo/faults/switchboard.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

const district = buildDistrict({
  seed: 'faults',
  schools: 3,
  students: 120,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
const DAY = schoolDate('2026-11-20');
const instant = endOfDate(district, DAY);
const largest = largestSchool(district, instant);

/** What the SIS shows of the largest school. */
function shown(faults: readonly FaultName[]) {
  const present = underDistrictFaults(district, createFaults(faults))(instant);
  const state = stateAt(present, instant);
  const rows = state.absences.filter(
    ({ state, facts }) =>
      state === 'active' && facts.status === 'absent' && facts.school === largest.sourcedId,
  );
  return {
    state,
    present,
    students: studentsOf(present, largest, instant),
    rows,
    absentToday: new Set(rows.flatMap(({ facts }) => (facts.date === DAY ? [facts.student] : []))),
    days: new Set(rows.map(({ facts }) => `${facts.student} ${facts.date}`)),
    uncoded: rows.filter(({ facts }) => facts.excuse === 'unknown').length,
  };
}

type Shown = ReturnType<typeof shown>;
const sound = shown([]);

const cases: Record<keyof typeof districtFaults, (faulty: Shown) => boolean> = {
  'everyone-absent': (f) => f.absentToday.size >= f.students.length,
  'doubled-counts': (f) => f.days.size >= sound.days.size * 1.9,
  growth: (f) => f.students.length === Math.ceil(sound.students.length * 0.6) + sound.students.length,
  'one-school-gone': (f) => f.state.students.length < sound.state.students.length,
  'merged-person': (f) =>
    f.students.length === sound.students.length - 1 &&
    f.students.some(({ facts }) => facts.formerIds !== undefined),
  'moved-in-mid-year': (f) => f.students.length === sound.students.length - 3,
  'coded-later': (f) => f.uncoded > sound.uncoded && f.rows.length === sound.rows.length,
  'shared-and-private-addresses': (f) => {
    const shared = f.state.guardians.filter(({ facts }) => facts.email === 'frontdesk@harbor-shelter.test');
    return shared.length > 10 && f.state.guardians.filter(({ facts }) => facts.private).length > 10;
  },
};

test.each(Object.entries(cases))('%s shows', (name, shows) => {
  expect(shows(shown([name as FaultName]))).toBe(true);
});

test('a fault keeps the instant at which it began, and is gone when it is turned off', () => {
  const faults = createFaults(['everyone-absent']);
  const at = underDistrictFaults(district, faults);
  const first = at(instant);
  expect(at(instant + 86_400_000)).toBe(first);
  faults.turnOff('everyone-absent');
  expect(at(instant)).toBe(district);
});

test('one-school-gone takes the students of exactly the school that is not listed', () => {
  const { present } = shown(['one-school-gone']);
  const gone = [...district.schools].sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1)).at(-1);
  expect(gone === undefined ? [] : studentsOf(present, gone, instant)).toEqual([]);
  const left = stateAt(present, instant).absences.filter(
    ({ state, facts }) => state === 'active' && facts.school === gone?.sourcedId,
  );
  expect(left).toEqual([]);
});
