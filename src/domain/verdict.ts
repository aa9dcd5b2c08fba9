import { isOwedAfresh } from './apply-evaluation.ts';
import { NO_DAYS } from './days.ts';
import type { Ground } from './ground.ts';
import type { Desk, Judgement } from './judgement.ts';
import type { StepRecord, StepVerdict } from './ladder-facts.ts';
import type { StepCase } from './step-case.ts';

/** A judgement with the numbers it rests on. */
export function describeVerdict(
  current: StepCase,
  { verdict }: Judgement,
  ground: Ground,
  desk: Desk,
): StepVerdict {
  const { step, record, amount } = current;
  const again = isNewRound(current, verdict);
  const round = (record?.round ?? 1) + (again ? 1 : 0);
  const afresh = isOwedAfresh({ state: verdict.state, reason: verdict.reason, round }, record);
  const isOwed = verdict.state === 'owed';
  return {
    step: step.id,
    count: amount.count,
    at: step.at,
    settledThrough: amount.settledThrough,
    round,
    shadow: shadowOf(current, verdict, afresh, desk),
    unit: step.unit,
    basis: step.basis,
    windowFrom: step.window.kind === 'school-year' ? null : amount.from,
    tardyDays: amount.tardyDays,
    enrolledDays: amount.enrolledDays,
    latched: current.latched && (isOwed || verdict.state === 'taken'),
    reachedBy: again ? 'count' : record === null || afresh || isOwed ? current.reachedBy : record.reachedBy,
    deadline: isOwed ? desk.deadlineOf(step, current.stoodOn) : null,
    policyVersion: versionOf(current, verdict, afresh, ground),
    ...verdict,
  };
}

/** Of a step that the policy has no more; nobody may know any more what it took. */
export function removedVerdict(
  record: StepRecord,
  current: StepCase | null,
  { verdict }: Judgement,
): StepVerdict {
  return {
    step: record.step,
    count: current?.amount.count ?? NO_DAYS,
    at: current?.step.at ?? NO_DAYS,
    settledThrough: current?.amount.settledThrough ?? null,
    round: record.round,
    shadow: record.shadow,
    unit: current?.step.unit ?? 'days',
    basis: current?.step.basis ?? 'all',
    windowFrom: null,
    tardyDays: current?.amount.tardyDays ?? 0,
    enrolledDays: current?.amount.enrolledDays ?? null,
    latched: false,
    reachedBy: record.reachedBy,
    deadline: null,
    policyVersion: record.policyVersion,
    ...verdict,
  };
}

/** A step that was taken is owed, or as a contact taken, once more. */
function isNewRound({ requalifies }: StepCase, { state, reason }: Judgement['verdict']): boolean {
  return requalifies && (state === 'owed' || (state === 'taken' && reason === 'reached'));
}

/** What was decided as a shadow stays one, and what was not does not become one, whatever a person says to it later. */
function shadowOf(
  { step, record }: StepCase,
  { state, reason }: Judgement['verdict'],
  afresh: boolean,
  desk: Desk,
): boolean {
  if (state === null || state === 'pre-existing') return false;
  if (state === 'withdrawn') return record?.shadow ?? false;
  const isOvertaken = state === 'skipped' && reason === 'overtaken' && record?.state !== 'skipped';
  const isNew = isOvertaken || afresh;
  return isNew ? desk.isShadow(step) : (record?.shadow ?? false);
}

/** What waits is judged by the policy in force; what was taken, withdrawn or left to the school keeps the one before. */
function versionOf(
  { record }: StepCase,
  { state, reason }: Judgement['verdict'],
  afresh: boolean,
  { policy }: Ground,
): string {
  if (record === null || afresh) return policy.version;
  const isKept = reason === 'frozen' || state === 'withdrawn' || (state === record.state && state !== 'owed');
  return isKept && state !== 'skipped' ? record.policyVersion : policy.version;
}
