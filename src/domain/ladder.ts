import type { SchoolCalendar } from './calendar.ts';
import { type Counted, countDays, primaryEnrolment } from './counting.ts';
import { sumDays } from './days.ts';
import { findBlocks } from './ladder-blocks.ts';
import type { Action, Block, Enrolment, Evaluation, StepVerdict, StudentFacts } from './ladder-facts.ts';
import { nextLook } from './next-look.ts';
import type { Policy, Step } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';
import type { StepCase } from './step-case.ts';

type Verdict = Omit<StepVerdict, 'step' | 'count' | 'at' | 'settledThrough'>;
type Judgement = { readonly verdict: Verdict; readonly actions: readonly Action[] };

/**
 * Decides where a student stands on the ladder and what has to be done, from state alone: owed and not yet taken.
 * Running it again after the actions were applied asks for nothing.
 */
export function evaluateLadder(
  facts: StudentFacts,
  policy: Policy,
  calendar: SchoolCalendar,
  today: SchoolDate,
): Evaluation {
  const counted = countDays(facts, policy.counting, calendar, today);
  const enrolment = primaryEnrolment(facts.enrolments, today);
  const cases = policy.steps.map((step) => stepCase(step, facts, counted, enrolment, calendar, today));
  const frozen = !calendar.inSession(today);
  const blocks = findBlocks(facts, policy, calendar, today, counted, enrolment !== null && facts.active);
  const judgements = cases.map((current) => {
    if (frozen) return judgeFrozen(current);
    if (current.step.referral) return judgeReferral(current, blocks.referral(current.step), calendar, today);
    if (current.step.letter === null) return judgeContact(current, blocks.contact(), calendar, today);
    return judgeLetter(current, overtakenBy(current, cases, policy), blocks.letter(), calendar, today);
  });
  const steps = judgements.map(({ verdict }, index): StepVerdict => {
    const { step, count, settledThrough } = cases[index] as StepCase;
    return { step: step.id, count, at: step.at, settledThrough, ...verdict };
  });
  return {
    asOf: today,
    policyVersion: policy.version,
    primarySchoolId: enrolment?.schoolId ?? null,
    total: sumDays(counted.days.map((day) => day.fraction)),
    days: counted.days,
    leftOut: counted.leftOut,
    steps,
    actions: judgements.flatMap((judgement) => judgement.actions),
    nextLookOn: nextLook({ facts, counted, cases, steps, calendar, today, frozen }),
  };
}

function stepCase(
  step: Step,
  facts: StudentFacts,
  counted: Counted,
  enrolment: Enrolment | null,
  calendar: SchoolCalendar,
  today: SchoolDate,
): StepCase {
  const settledThrough = settledFor(step, calendar, today);
  const settled = counted.days.filter((day) => settledThrough !== null && day.date <= settledThrough);
  const count = sumDays(settled.map((day) => day.fraction));
  const applies =
    (step.grades.length === 0 || (facts.grade !== null && step.grades.includes(facts.grade))) &&
    (step.schools.length === 0 || enrolment === null || step.schools.includes(enrolment.schoolSourcedId));
  return {
    step,
    record: facts.steps.find((record) => record.step === step.id) ?? null,
    count,
    settledThrough,
    applies,
    reached: applies && count >= step.at,
  };
}

/** Today is never settled for anything formal, whatever the policy says. */
function settledFor(step: Step, calendar: SchoolCalendar, today: SchoolDate): SchoolDate | null {
  const settled = calendar.settledThrough(today, step.settleDays);
  const formal = step.letter !== null || step.referral;
  return formal && settled === today ? addDays(today, -1) : settled;
}

/** With `highest-letter`, a letter gives way to the highest one that is owed or has been taken. */
function overtakenBy(current: StepCase, cases: readonly StepCase[], policy: Policy): string | null {
  if (policy.whenSeveral === 'each') return null;
  const higher = cases.filter(
    (other) =>
      other.step.letter !== null &&
      other.step.at > current.step.at &&
      (other.reached || other.record?.state === 'taken' || other.record?.state === 'pre-existing'),
  );
  return higher.at(-1)?.step.id ?? null;
}

function judgeFrozen({ record }: StepCase): Judgement {
  return judged(record?.state ?? null, 'frozen', {
    superseded: record?.superseded ?? false,
    skippedFor: record?.skippedFor ?? null,
  });
}

/** A step without a letter is taken the moment its task is opened, and owed afresh when the count rises again. */
function judgeContact(
  current: StepCase,
  blocks: readonly Block[],
  calendar: SchoolCalendar,
  today: SchoolDate,
): Judgement {
  const { step, record, reached } = current;
  if (record?.state === 'pre-existing') return judged('pre-existing', 'pre-existing');
  if (record?.state === 'taken') {
    if (reached || !current.applies) return judged('taken', 'already-taken');
    return judged('withdrawn', 'fell-before-hand-over', {}, [withdraw(step)]);
  }
  if (!reached) return notReached(current);
  if (blocks.length > 0) return judged('owed', 'blocked', { blocks });
  return judged('taken', 'reached', {}, [
    ...openWork(step, calendar, today),
    { kind: 'take', step: step.id },
  ]);
}

/** A letter step stays owed until the first of its letters has left. */
function judgeLetter(
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
    const actions: Action[] = waiting ? [{ kind: 'withdraw', step: step.id, reason: 'overtaken' }] : [];
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
function judgeReferral(
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
  if (!reached && applies) {
    const actions: Action[] = superseded ? [] : [{ kind: 'supersede', step: step.id }];
    return judged('taken', 'fell-after-hand-over', { superseded: true }, actions);
  }
  const actions: Action[] = superseded && reached ? [{ kind: 'reinstate', step: step.id }] : [];
  return judged('taken', 'already-taken', { superseded: superseded && !reached }, actions);
}

function notReached({ step, record, applies }: StepCase): Judgement {
  if (record?.state === 'owed') return judged('withdrawn', 'fell-before-hand-over', {}, [withdraw(step)]);
  if (record?.state === 'withdrawn') return judged('withdrawn', 'fell-before-hand-over');
  if (record?.state === 'skipped') return judged('skipped', 'overtaken', { skippedFor: record.skippedFor });
  return judged(null, applies ? 'below' : 'not-for-this-student');
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

function withdraw(step: Step): Action {
  return { kind: 'withdraw', step: step.id, reason: 'count-fell' };
}

function judged(
  state: StepVerdict['state'],
  reason: StepVerdict['reason'],
  rest: Partial<Pick<Verdict, 'superseded' | 'skippedFor' | 'blocks'>> = {},
  actions: readonly Action[] = [],
): Judgement {
  return { verdict: { state, reason, superseded: false, skippedFor: null, blocks: [], ...rest }, actions };
}
