import { type Desk, type Judgement, judged, notDue, openWork, refused, withdraw } from './judgement.ts';
import type { Action, Block } from './ladder-facts.ts';
import { earlierOf } from './school-date.ts';
import { hasFallen, isContact, isDue, isPreExisting, isRefused, type StepCase } from './step-case.ts';

/** What is asked of the case from outside: which higher letter goes instead of it, and what stands in its way. */
export interface Surroundings {
  readonly overtakenFor: string | null;
  readonly blocks: readonly Block[];
}

/** Between last and first school day nothing moves. */
export function judgeFrozen({ record }: StepCase): Judgement {
  return judged(record?.state ?? null, 'frozen', {
    superseded: record?.superseded ?? false,
    skippedFor: record?.skippedFor ?? null,
  });
}

/** Where one step stands today, and what has to be done because of it. */
export function judgeStep(current: StepCase, around: Surroundings, desk: Desk): Judgement {
  const { step, record } = current;
  if (current.shadowEnded) {
    const reason = current.reached ? 'shadow-ended' : 'shadow-ended-below';
    return judged('pre-existing', reason, {}, [{ kind: 'end-shadow', step: step.id }]);
  }
  if (isPreExisting(current)) return judged('pre-existing', current.foundReached ?? 'pre-existing');
  const again = isOwedOnceMore(current, around);
  if (record?.state === 'taken' && !again) return judgeTaken(current, desk);
  if (isRefused(current)) return isDue(current) ? refused() : notDue(current);
  if (!isDue(current)) return notDue(current);
  if (around.overtakenFor !== null) {
    const actions = record?.state === 'owed' ? [withdraw(step, 'overtaken')] : [];
    return judged('skipped', 'overtaken', { skippedFor: around.overtakenFor }, actions);
  }
  if (around.blocks.length > 0) return judged('owed', 'blocked', { blocks: around.blocks });
  if (isContact(step)) return takeContact(current, desk);
  if (record?.state === 'owed' && record.acted) return judged('owed', 'reached');
  return awaitApproval(current, desk) ?? act(current, desk);
}

/** A letter that a higher one overtakes is not sent once more: what has left stays taken. */
export function isOwedOnceMore(
  { requalifies }: StepCase,
  { overtakenFor }: Pick<Surroundings, 'overtakenFor'>,
): boolean {
  return requalifies && overtakenFor === null;
}

/**
 * What has left stays taken; it is superseded for as long as a correction has it below. A contact is withdrawn then,
 * and owed afresh when the count rises again. What the school has sent by itself rests on the school's own count.
 */
function judgeTaken(current: StepCase, desk: Desk): Judgement {
  const { step, record, applies } = current;
  if (record?.outside) {
    return judged('taken', 'sent-by-school', {}, askForMedicalNotes(current, desk, false));
  }
  const superseded = record?.superseded ?? false;
  if (!applies) return judged('taken', 'not-for-this-student', { superseded });
  if (hasFallen(current)) {
    if (isContact(step)) {
      return judged('withdrawn', 'fell-before-hand-over', {}, [withdraw(step, 'count-fell')]);
    }
    const actions: Action[] = superseded ? [] : [{ kind: 'supersede', step: step.id }];
    return judged('taken', 'fell-after-hand-over', { superseded: true }, actions);
  }
  const actions: Action[] = superseded ? [{ kind: 'reinstate', step: step.id }] : [];
  return judged('taken', current.reached ? 'already-taken' : 'latched', {}, [
    ...actions,
    ...askForMedicalNotes(current, desk, record?.shadow ?? false),
  ]);
}

/** A step without a letter is taken the moment its task is opened. */
function takeContact(current: StepCase, desk: Desk): Judgement {
  const { step } = current;
  return judged('taken', 'reached', {}, [
    ...openWork(step, desk),
    { kind: 'take', step: step.id },
    ...askForMedicalNotes(current, desk, desk.isShadow(step)),
  ]);
}

/** A letter step stays owed until the first of its letters has left, a referral until the packet has. */
function act({ step }: StepCase, desk: Desk): Judgement {
  const deed: Action = step.referral
    ? { kind: 'open-referral', step: step.id }
    : { kind: 'plan-letters', step: step.id, template: step.letter ?? '' };
  return judged('owed', 'reached', {}, [...openWork(step, desk), deed]);
}

/** Nothing is written before a person has said yes, and nobody is asked while something else is in the way. */
function awaitApproval({ step, record, stoodOn }: StepCase, desk: Desk): Judgement | null {
  if (step.approval === null) return null;
  const owed = record?.state === 'owed' ? record : null;
  // A shadow needs nobody's yes, unless the office sends its own after it. What is none could still leave one day.
  const isShadow = owed?.shadow ?? desk.isShadow(step);
  if (isShadow && desk.mode === 'shadow') return null;
  if (owed?.approval === 'given') return null;
  const { role, days } = step.approval;
  const { calendar, today } = desk;
  const inTime = calendar.addSchoolDays(owed?.owedOn ?? today, days) ?? calendar.lastDay;
  const deadline = desk.deadlineOf(step, stoodOn);
  const due = earlierOf(deadline ?? inTime, inTime);
  // Late is today: nobody can be asked for an answer in the past.
  const dueOn = due === earlierOf(due, today) ? today : due;
  const ask: Action = { kind: 'ask-approval', step: step.id, role, dueOn };
  return judged(
    'owed',
    'awaits-approval',
    { blocks: [{ kind: 'approval', role, due }] },
    owed?.approval === 'asked' ? [] : [ask],
  );
}

/** Once a year, and only when something has really left. */
function askForMedicalNotes({ step }: StepCase, desk: Desk, shadow: boolean): Action[] {
  if (!step.asksForMedicalNotes || desk.medicalAsked || shadow) return [];
  return [{ kind: 'ask-medical-notes', step: step.id }];
}
