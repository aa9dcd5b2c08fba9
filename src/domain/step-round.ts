import type { DayBook } from './day-book.ts';
import { type Ground, isFor } from './ground.ts';
import type { StepRecord } from './ladder-facts.ts';
import type { Step } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';
import { amountOn } from './step-amount.ts';
import { fellSince, isLaterTerm, type Since } from './step-time.ts';

/** A step and its record, by the policy that is asked. */
interface Taken {
  readonly step: Step;
  readonly book: DayBook;
  readonly record: StepRecord | null;
  readonly applies: boolean;
}

/** Taken or pre-existing, and owed once more today. */
export function requalifiesNow(
  { step, book, record, applies }: Taken,
  since: Since,
  today: SchoolDate,
): boolean {
  if (!step.requalify || record === null || !applies || !amountOn(step, book, today).reached) return false;
  if (record.state !== 'taken' && (record.state !== 'pre-existing' || record.released)) return false;
  return isLaterTerm(step, book, since.takenOn, today) || fellSince(step, book, since, today);
}

/**
 * From when on a new round of a step may begin under the policy in force. A new policy acts on crossings after its date:
 * who was over its line on the eve has to come below it first, whatever became of the count by which the step was taken.
 * Only a new round that the policy before it asked for, too, is not lost by the change.
 * @param hasFallenThen whether the policy that owed it has it below today
 */
export function roundSince(record: StepRecord, step: Step, ground: Ground, hasFallenThen: boolean): Since {
  const { before, book, policy, bookOf } = ground;
  if (record.policyVersion === policy.version) return sinceOf(record);
  // The line of the one that owed it may be missed today for the first time, and the line in force be reached.
  const since = { ...sinceOf(record), superseded: record.superseded || hasFallenThen };
  if (before === null) return since;
  const { policy: held } = before;
  const eve = addDays(before.until, -1);
  if (eve < since.owedOn || !amountOn(step, book, eve).reached) return since;
  const asked = held?.steps.find((one) => one.id === step.id);
  const wasAsked =
    held !== null && asked?.requalify && isFor(asked, ground) && amountOn(asked, bookOf(held), eve).reached;
  return wasAsked ? since : { owedOn: eve, takenOn: eve, superseded: false };
}

/** What is pre-existing was never taken: it stands since it was found. */
export function sinceOf({ owedOn, takenOn, superseded }: StepRecord): Since {
  return { owedOn, takenOn: takenOn ?? owedOn, superseded };
}
