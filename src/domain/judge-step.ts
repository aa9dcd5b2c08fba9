import type { SchoolCalendar } from './calendar.ts';
import type { Action, Block, StepVerdict, WithdrawnBecause } from './ladder-facts.ts';
import type { Step } from './policy.ts';
import type { SchoolDate } from './school-date.ts';
import type { StepCase } from './step-case.ts';

type Verdict = Pick<StepVerdict, 'state' | 'superseded' | 'skippedFor' | 'blocks' | 'reason'>;

/** Where one step stands, and what has to be done because of it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly actions: readonly Action[];
}

/** Between last and first school day nothing moves. */
export function judgeFrozen({ record }: StepCase): Judgement {
  return judged(record?.state ?? null, 'frozen', {
    superseded: record?.superseded ?? false,
    skippedFor: record?.skippedFor ?? null,
  });
}

/** A step without a letter is taken the moment its task is opened, and owed afresh when the count rises again. */
export function judgeContact(
  current: StepCase,
  blocks: readonly Block[],
  calendar: SchoolCalendar,
  today: SchoolDate,
): Judgement {
  const { step, record, reached } = current;
  if (record?.state === 'pre-existing') return judged('pre-existing', 'pre-existing');
  if (record?.state === 'taken') {
    if (!current.applies) return judged('taken', 'not-for-this-student');
    if (reached) return judged('taken', 'already-taken');
    return judged('withdrawn', 'fell-before-hand-over', {}, [withdraw(step, 'count-fell')]);
  }
  if (!reached) return notReached(current);
  if (blocks.length > 0) return judged('owed', 'blocked', { blocks });
  return judged('taken', 'reached', {}, [
    ...openWork(step, calendar, today),
    { kind: 'take', step: step.id },
  ]);
}

/** A letter step stays owed until the first of its letters has left. */
export function judgeLetter(
  current: StepCase,
  overtakenFor: string | null,
  blocks: readonly Block[],
  calendar: SchoolCalendar,
  today: SchoolDate,
): Judgement {
  const { step, record, reached } = current;
  if (record?.state === 'pre-existing') return judged('pre-existing', 'pre-existing');
  if (record?.state === 'taken') return judgeTaken(current);
  if (!reached) return notReached(current);
  if (overtakenFor !== null) {
    const waiting = record?.state === 'owed';
    const actions = waiting ? [withdraw(step, 'overtaken')] : [];
    return judged('skipped', 'overtaken', { skippedFor: overtakenFor }, actions);
  }
  if (blocks.length > 0) return judged('owed', 'blocked', { blocks });
  if (record?.state === 'owed' && record.acted) return judged('owed', 'reached');
  return judged('owed', 'reached', {}, [
    ...openWork(step, calendar, today),
    { kind: 'plan-letters', step: step.id, template: step.letter ?? '' },
  ]);
}

/** A referral is opened once nothing blocks it, the notice of its letters included; taken when the packet has left. */
export function judgeReferral(
  current: StepCase,
  blocks: readonly Block[],
  calendar: SchoolCalendar,
  today: SchoolDate,
): Judgement {
  const { step, record, reached } = current;
  if (record?.state === 'pre-existing') return judged('pre-existing', 'pre-existing');
  if (record?.state === 'taken') return judgeTaken(current);
  if (!reached) return notReached(current);
  if (blocks.length > 0) return judged('owed', 'blocked', { blocks });
  if (record?.state === 'owed' && record.acted) return judged('owed', 'reached');
  return judged('owed', 'reached', {}, [
    ...openWork(step, calendar, today),
    { kind: 'open-referral', step: step.id },
  ]);
}

/** What has left stays taken; it is superseded for as long as the count is below. */
function judgeTaken({ step, record, reached, applies }: StepCase): Judgement {
  const superseded = record?.superseded ?? false;
  if (!applies) return judged('taken', 'not-for-this-student', { superseded });
  if (!reached) {
    const actions: Action[] = superseded ? [] : [{ kind: 'supersede', step: step.id }];
    return judged('taken', 'fell-after-hand-over', { superseded: true }, actions);
  }
  const actions: Action[] = superseded ? [{ kind: 'reinstate', step: step.id }] : [];
  return judged('taken', 'already-taken', {}, actions);
}

/** Below `at`, or not for this student: what was waiting waits no more. */
function notReached({ step, record, applies }: StepCase): Judgement {
  if (record?.state === 'skipped') {
    const reason = applies ? 'overtaken' : 'not-for-this-student';
    return judged('skipped', reason, { skippedFor: record.skippedFor });
  }
  if (record?.state !== 'owed' && record?.state !== 'withdrawn') {
    return judged(null, applies ? 'below' : 'not-for-this-student');
  }
  const because = applies ? 'count-fell' : 'not-for-this-student';
  const actions = record.state === 'owed' ? [withdraw(step, because)] : [];
  return judged('withdrawn', applies ? 'fell-before-hand-over' : 'not-for-this-student', {}, actions);
}

function openWork(step: Step, calendar: SchoolCalendar, today: SchoolDate): Action[] {
  const file: Action[] = step.opensFile ? [{ kind: 'open-file', step: step.id }] : [];
  const tasks = step.tasks.map(
    (task): Action => ({
      kind: 'open-task',
      step: step.id,
      task: task.kind,
      role: task.role,
      dueOn: calendar.addSchoolDays(today, task.dueInSchoolDays) ?? calendar.lastDay,
    }),
  );
  return [...file, ...tasks];
}

function withdraw(step: Step, reason: WithdrawnBecause): Action {
  return { kind: 'withdraw', step: step.id, reason };
}

function judged(
  state: StepVerdict['state'],
  reason: StepVerdict['reason'],
  rest: Partial<Pick<Verdict, 'superseded' | 'skippedFor' | 'blocks'>> = {},
  actions: readonly Action[] = [],
): Judgement {
  return { verdict: { state, reason, superseded: false, skippedFor: null, blocks: [], ...rest }, actions };
}
