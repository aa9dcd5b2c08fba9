import type { SchoolCalendar } from './calendar.ts';
import type { Action, Mode, StepVerdict, WithdrawnBecause } from './ladder-facts.ts';
import type { Step } from './policy.ts';
import type { SchoolDate } from './school-date.ts';
import { isRefused, type StepCase } from './step-case.ts';

type Verdict = Pick<StepVerdict, 'state' | 'superseded' | 'skippedFor' | 'blocks' | 'reason'>;

/** Where one step stands, and what has to be done because of it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly actions: readonly Action[];
}

/** What every case is judged with. */
export interface Desk {
  readonly calendar: SchoolCalendar;
  readonly today: SchoolDate;
  /** The family was asked for medical notes this year. */
  readonly medicalAsked: boolean;
  readonly mode: Mode;
  /** What becomes owed today. */
  isShadow(step: Step): boolean;
  /** @param stoodOn the day on which the step stood. @returns null where no law sets any. */
  deadlineOf(step: Step, stoodOn: SchoolDate): SchoolDate | null;
}

/** Below `at`, past its window, or not for this student: what was waiting waits no more. */
export function notDue(current: StepCase): Judgement {
  const { step, record, applies } = current;
  if (record?.state === 'skipped' && !isRefused(current)) {
    const reason = applies ? 'overtaken' : 'not-for-this-student';
    return judged('skipped', reason, { skippedFor: record.skippedFor });
  }
  if (record?.state !== 'owed' && record?.state !== 'withdrawn' && !isRefused(current)) {
    return judged(null, applies ? 'below' : 'not-for-this-student');
  }
  const { because, reason } = whyNotDue(current);
  return judged('withdrawn', reason, {}, record?.state === 'owed' ? [withdraw(step, because)] : []);
}

function whyNotDue({ applies, policyChanged, latched, record }: StepCase): {
  because: WithdrawnBecause;
  reason: StepVerdict['reason'];
} {
  if (!applies) return { because: 'not-for-this-student', reason: 'not-for-this-student' };
  if (policyChanged) return { because: 'policy-changed', reason: 'policy-changed' };
  if (latched) return { because: 'time-passed', reason: 'time-passed' };
  const because = record?.reachedBy === 'contract' ? 'no-longer-violated' : 'count-fell';
  return { because, reason: 'fell-before-hand-over' };
}

/** A person has said no: that holds for as long as what it was said about stands. */
export function refused(): Judgement {
  return judged('skipped', 'refused-by-person');
}

/** What a step asks of staff, as it is acted on. */
export function openWork(step: Step, { calendar, today }: Desk): Action[] {
  const file: Action[] = step.opensFile ? [{ kind: 'open-file', step: step.id }] : [];
  const work = [
    ...step.tasks,
    ...(step.meeting === null ? [] : [{ kind: 'schedule-meeting', ...step.meeting }]),
    ...(step.contract === null ? [] : [{ kind: 'agree-contract', ...step.contract }]),
  ];
  const tasks = work.map(
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

export function withdraw(step: Pick<Step, 'id'>, reason: WithdrawnBecause): Action {
  return { kind: 'withdraw', step: step.id, reason };
}

export function judged(
  state: StepVerdict['state'],
  reason: StepVerdict['reason'],
  rest: Partial<Pick<Verdict, 'superseded' | 'skippedFor' | 'blocks'>> = {},
  actions: readonly Action[] = [],
): Judgement {
  return { verdict: { state, reason, superseded: false, skippedFor: null, blocks: [], ...rest }, actions };
}
