import { describe, expect, test } from '@jest/globals';
import { approvalDueOn, approvalUrgency } from '../../src/domain/approval-urgency.ts';
import { type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';

const day = (date: string | null): SchoolDate | null => (date === null ? null : schoolDate(date));

describe('how pressing an approval is', () => {
  test.each([
    ['before it is due', '2026-09-21', '2026-09-23', null, 'in-time'],
    ['on the day on which it is due', '2026-09-23', '2026-09-23', null, 'in-time'],
    ['after it was due', '2026-09-24', '2026-09-23', null, 'late'],
    ['before it is due, with a law', '2026-09-21', '2026-09-23', '2026-09-29', 'in-time'],
    ['on the day on which it is due, with a law', '2026-09-23', '2026-09-23', '2026-09-29', 'approve-today'],
    ['after it was due, the law leaves days', '2026-09-25', '2026-09-23', '2026-09-29', 'approve-today'],
    ['on the last day', '2026-09-29', '2026-09-23', '2026-09-29', 'approve-today'],
    ['after the last day', '2026-09-30', '2026-09-23', '2026-09-29', 'overdue-by-law'],
    ['asked for after the last day', '2026-09-30', '2026-09-30', '2026-09-29', 'overdue-by-law'],
  ])('%s', (_when, today, dueOn, deadline, urgency) => {
    const approval = { dueOn: schoolDate(dueOn), deadline: day(deadline) };
    expect(approvalUrgency(approval, schoolDate(today))).toBe(urgency);
  });
});

describe('an approval that is asked for today is due', () => {
  const today = schoolDate('2026-09-21');
  test.each([
    ['when the ladder says so', '2026-09-23', '2026-09-23', null, '2026-09-23'],
    ['with a law that leaves the days', '2026-09-23', '2026-09-23', '2026-09-29', '2026-09-23'],
    ['with a law that leaves just the days', '2026-09-23', '2026-09-23', '2026-09-23', '2026-09-23'],
    ['today with a law that leaves less', '2026-09-22', '2026-09-23', '2026-09-22', '2026-09-21'],
    ['today with a law whose day is past', '2026-09-21', '2026-09-23', '2026-09-14', '2026-09-21'],
    ['today with a law in the last days of the year', '2026-09-22', null, '2026-09-22', '2026-09-21'],
  ])('%s', (_name, dueOn, inTime, deadline, expected) => {
    const asked = { dueOn: schoolDate(dueOn), inTime: day(inTime), deadline: day(deadline) };
    expect(approvalDueOn(asked, today)).toBe(expected);
  });
});
