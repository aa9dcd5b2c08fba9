import { describe, expect, test } from '@jest/globals';
import { type OpenTask, type StaffAction, staffActions } from '../../src/demo/staff.ts';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';

const monday = schoolDate('2026-10-05');

function aTask(number: number, of: Partial<OpenTask> = {}): OpenTask {
  return {
    ref: `T-${number}`,
    kind: 'contact-family',
    openedOn: monday,
    step: 'contact',
    student: `s-${number}`,
    school: 'school',
    ...of,
  };
}

const tasks = Array.from({ length: 400 }, (_, number) => aTask(number));
const afterDays = (days: number) => staffActions(tasks, addDays(monday, days), 'seed');

describe('the staff', () => {
  test('do the same for the same tasks, whatever their order and references', () => {
    const renamed = tasks.map((task) => ({ ...task, ref: `X-${task.student}` })).reverse();
    const withoutRefs = (actions: readonly StaffAction[]) =>
      actions.map(({ task: _, ...action }) => JSON.stringify(action)).sort();
    expect(withoutRefs(staffActions(renamed, monday, 'seed'))).toEqual(withoutRefs(afterDays(0)));
  });

  test('do something else for another seed', () => {
    expect(staffActions(tasks, monday, 'other')).not.toEqual(afterDays(0));
  });

  test('do a good part at once, most within a week, and forget a few', () => {
    expect(afterDays(0).length).toBeGreaterThan(100);
    expect(afterDays(0).length).toBeLessThan(180);
    expect(afterDays(7).length).toBeGreaterThan(375);
    expect(afterDays(60).length).toBeLessThan(400);
  });

  test('do not work at weekends', () => {
    expect(afterDays(5)).toEqual([]);
    expect(afterDays(6)).toEqual([]);
  });

  test('reach about half of the families', () => {
    const outcomes = afterDays(7).map((action) => (action.kind === 'log-contact' ? action.outcome : ''));
    const share = (outcome: string) => outcomes.filter((some) => some === outcome).length / outcomes.length;
    expect(share('reached')).toBeCloseTo(0.52, 1);
    expect(new Set(outcomes)).toEqual(new Set(['reached', 'left-message', 'no-answer', 'wrong-number']));
  });

  test('post every print run within three days', () => {
    const runs = tasks.map((task) => ({
      ...task,
      kind: 'print-letters',
      student: null,
      school: task.student,
    }));
    const actions = staffActions(runs, addDays(monday, 3), 'seed');
    expect(actions).toHaveLength(400);
    expect(new Set(actions.map(({ kind }) => kind))).toEqual(new Set(['confirm-posted']));
  });

  test.each([
    'consider-meeting',
    'schedule-meeting',
    'contract-violated',
    'contract-violation-excused',
    'contract-kept',
    'confirm-adult-student',
    'no-recipient',
    'unmapped-code',
    'data-problem',
  ])('close a task of kind %s with a sentence', (kind) => {
    const [action] = staffActions(
      tasks.map((task) => ({ ...task, kind })),
      addDays(monday, 7),
      'seed',
    );
    expect(action).toMatchObject({ kind: 'close-task', outcome: expect.stringMatching(/\.$/) });
  });

  test('agree a contract with more than half of the families whom they meet', () => {
    const meetings = tasks.map((task) => ({ ...task, kind: 'schedule-meeting' }));
    const agreed = staffActions(meetings, addDays(monday, 7), 'seed').filter(
      ({ kind }) => kind === 'agree-contract',
    );
    expect(agreed.length).toBeGreaterThan(200);
    expect(agreed.length).toBeLessThan(280);
    const unknown = meetings.map((task) => ({ ...task, student: null }));
    const actions = staffActions(unknown, addDays(monday, 7), 'seed');
    expect(new Set(actions.map(({ kind }) => kind))).toEqual(new Set(['close-task']));
  });

  test.each(['fix-referral-gaps', 'resolve-letter'])('leave a task of kind %s to whoever can', (kind) => {
    expect(
      staffActions(
        tasks.map((task) => ({ ...task, kind })),
        addDays(monday, 30),
        'seed',
      ),
    ).toEqual([]);
  });
});
