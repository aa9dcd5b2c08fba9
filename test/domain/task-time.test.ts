import { describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { dueGroup, isSnoozed, lastSnoozeDay, pressureOf } from '../../src/domain/task-time.ts';
import { CALENDAR } from '../support/domain-builders.ts';

const patience = { remindAfterDays: 2, escalateAfterDays: 5 };
const dateOrNull = (text: string | null) => (text === null ? null : schoolDate(text));

/** Labor Day, Monday, 7 September 2026, is free. */
test.each([
  // [due, today, group]
  ['2026-09-08', '2026-09-09', 'overdue'],
  ['2026-09-09', '2026-09-09', 'today'],
  ['2026-09-11', '2026-09-09', 'this-week'],
  ['2026-09-13', '2026-09-09', 'this-week'],
  ['2026-09-14', '2026-09-09', 'later'],
  ['2026-09-14', '2026-09-11', 'later'],
  ['2026-09-14', '2026-09-13', 'later'],
])('what is due on %s stands on %s under %s', (due, today, group) => {
  expect(dueGroup(schoolDate(due), schoolDate(today))).toBe(group);
});

test.each([
  // [opened, due, snoozed until, today, reminder, escalated, why]
  ['2026-09-01', '2026-09-03', null, '2026-09-01', false, false, 'new'],
  ['2026-09-01', '2026-09-03', null, '2026-09-02', false, false, 'one school day'],
  ['2026-09-01', '2026-09-03', null, '2026-09-03', true, false, 'two school days'],
  ['2026-09-01', '2026-09-03', null, '2026-09-04', true, false, 'three'],
  ['2026-09-01', '2026-09-03', null, '2026-09-08', true, false, 'four: Labor Day and the weekend are none'],
  ['2026-09-01', '2026-09-03', null, '2026-09-09', true, true, 'five'],
  ['2026-09-03', '2026-09-04', null, '2026-09-07', false, false, 'a holiday is no school day'],
  [
    '2026-09-01',
    '2026-09-09',
    null,
    '2026-09-09',
    true,
    false,
    'five, and due today: not before its day is over',
  ],
  ['2026-09-01', '2026-09-09', null, '2026-09-10', true, true, 'the day after'],
  ['2026-09-01', '2026-09-30', null, '2026-09-15', true, false, 'long open, and due later'],
  ['2026-09-01', '2026-09-03', '2026-09-16', '2026-09-15', false, false, 'put off'],
  ['2026-09-01', '2026-09-03', '2026-09-16', '2026-09-16', false, false, 'back: counts from here'],
  ['2026-09-01', '2026-09-03', '2026-09-16', '2026-09-18', true, false, 'two school days after it came back'],
  ['2026-09-01', '2026-09-03', '2026-09-16', '2026-09-23', true, true, 'five after it came back'],
])('opened %s, due %s, put off until %s: on %s reminder %s, escalated %s (%s)', (...row) => {
  const [openedOn, dueOn, until, today, reminder, escalated] = row;
  const task = { openedOn: schoolDate(openedOn), dueOn: schoolDate(dueOn), snoozedUntil: dateOrNull(until) };
  expect(pressureOf(task, patience, CALENDAR, schoolDate(today))).toMatchObject({ reminder, escalated });
});

describe('putting a task off', () => {
  test.each([
    // [deadline, school days, today, last day, why]
    [null, 5, '2026-09-01', '2026-09-09', 'so many school days, Labor Day not counted'],
    ['2026-09-04', 5, '2026-09-01', '2026-09-04', 'the law leaves less'],
    ['2026-09-30', 5, '2026-09-01', '2026-09-09', 'the law leaves more'],
    ['2026-09-01', 5, '2026-09-01', null, 'the law wants it out today'],
    ['2026-08-28', 5, '2026-09-01', null, 'the law wanted it out before'],
  ])(
    'with a deadline of %s, for %i school days, on %s: until %s (%s)',
    (deadline, days, today, last, _why) => {
      const found = lastSnoozeDay({ deadline: dateOrNull(deadline) }, days, CALENDAR, schoolDate(today));
      expect(found).toBe(last);
    },
  );

  test('it is nobody’s until its day, and somebody’s on it', () => {
    const task = { snoozedUntil: schoolDate('2026-09-16') };
    expect(isSnoozed(task, schoolDate('2026-09-15'))).toBe(true);
    expect(isSnoozed(task, schoolDate('2026-09-16'))).toBe(false);
    expect(isSnoozed({ snoozedUntil: null }, schoolDate('2026-09-15'))).toBe(false);
  });

  test('does not reach beyond the school year', () => {
    const nearEnd = CALENDAR.backSchoolDays(CALENDAR.lastDay, 3);
    if (nearEnd === null) throw new Error('the year has few days');
    expect(lastSnoozeDay({ deadline: null }, 40, CALENDAR, nearEnd)).toBe(CALENDAR.lastDay);
  });
});
