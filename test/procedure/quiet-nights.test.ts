import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dueAt } from '../../src/procedure/procedure.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aGuardian, aStudent, linkTo, weekdaysFrom } from '../support/sis-records.ts';

/** The calendar of the office, written down: Labor Day, 25 September and 15 to 19 October are free. */
const free = ['2026-09-07', '2026-09-25', '2026-10-15', '2026-10-16', '2026-10-19'];
const schoolDays: string[] = weekdaysFrom('2026-08-19', 50).filter((date) => !free.includes(date));
/** What the shipped procedure counts to, and how many school days later a day is settled for it. */
const steps = [
  { at: 4, settleDays: 1 },
  { at: 7, settleDays: 3 },
];

const LAST_ROWS = schoolDays.indexOf('2026-09-18');

let office: Office;
/** Dates missed, by student. */
const missed = new Map<string, string[]>();

beforeAll(async () => {
  office = await openOffice();
  for (let number = 0; number < 60; number += 1) {
    const name = `student-${number}`;
    // Nobody misses ten days: the days of one lie in a row or a week apart, and end in the last two weeks.
    const count = number % 10;
    const stride = 1 + (number % 3);
    const last = LAST_ROWS - (number % 7);
    const dates = Array.from({ length: count }, (_, index) => schoolDays[last - index * stride] ?? '');
    missed.set(name, dates.filter((date) => date !== '').sort());
    office.sis.students.push(
      aStudent(name, {
        enrolments: [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }],
      }),
    );
    office.sis.guardians.push(aGuardian(`mum-of-${number}`, { familyName: name, links: [linkTo(name)] }));
  }
  office.absent([]);
  for (const [name, dates] of missed) office.absent(dates, name);
  await office.day('2026-09-18');
});
afterAll(() => office.close());

/** How many of the dates have at least so many school days after them, the day itself included. */
function settled(dates: readonly string[], day: string, settleDays: number): number {
  return dates.filter((date) => schoolDays.filter((one) => one > date && one <= day).length >= settleDays)
    .length;
}

/** For whom the day brings a step that the day before had not reached. */
function reachedOn(day: string): string[] {
  const before = schoolDays[schoolDays.indexOf(day) - 1] ?? '';
  return [...missed]
    .filter(([, dates]) =>
      steps.some(
        ({ at, settleDays }) =>
          settled(dates, before, settleDays) < at && settled(dates, day, settleDays) >= at,
      ),
    )
    .map(([name]) => name)
    .sort();
}

async function dueStudents(): Promise<string[]> {
  const procedure = await office.jobs.procedure();
  const due = await findDueWork(office.db, dueAt(procedure, office.moment()));
  if (due.evaluations.length === 0) return [];
  const rows = await office.db
    .selectFrom('student')
    .select('sourced_id')
    .where('id', 'in', [...due.evaluations])
    .execute();
  return rows.map((row) => row.sourced_id).sort();
}

test('a night on which nothing changed evaluates exactly those for whom a day became settled', async () => {
  const nights: number[] = [];
  for (const day of schoolDays.slice(LAST_ROWS + 1, LAST_ROWS + 7)) {
    office.at(day, '05:00');
    const expected = reachedOn(day);
    expect({ day, students: await dueStudents() }).toEqual({ day, students: expected });
    nights.push(expected.length);
    await office.work();
  }
  expect(nights.slice(0, 3).every((students) => students > 0)).toBe(true);
  expect(nights.slice(-2)).toEqual([0, 0]);
});
