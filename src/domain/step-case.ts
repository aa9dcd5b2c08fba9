import type { DayBook } from './day-book.ts';
import { type Ground, isFor } from './ground.ts';
import { judgeContract } from './judge-contract.ts';
import type { ReachedBy, StepRecord } from './ladder-facts.ts';
import type { Policy, Step } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';
import { type Amount, amountOn } from './step-amount.ts';
import { requalifiesNow, roundSince, sinceOf } from './step-round.ts';
import { fellSince, standsSince, windowOverOn } from './step-time.ts';

/** What one step has to be judged by. */
export interface StepCase {
  /** As the policy says it that judges: what was taken is judged by the policy that owed it. */
  readonly step: Step;
  readonly policyVersion: string;
  readonly book: DayBook;
  readonly record: StepRecord | null;
  /** As of today; of a step that is latched, as of the day on which it stood. */
  readonly amount: Amount;
  readonly applies: boolean;
  /** Applies, and reached today by the count or by a violated contract. */
  readonly reached: boolean;
  readonly reachedBy: ReachedBy;
  /** Not reached today, but since it became owed: time alone has brought it below. */
  readonly latched: boolean;
  /** The day on which it stood: from here the law counts. */
  readonly stoodOn: SchoolDate;
  /** Nothing is left in its window of what made it owed. */
  readonly over: boolean;
  /** Taken or pre-existing, and owed once more. */
  readonly requalifies: boolean;
  /** What was reached before this district, or this policy, asked for it; null: nothing of the kind. */
  readonly foundReached: 'baseline' | 'policy-changed' | null;
  /** It was decided while nothing could leave, and now things can. */
  readonly shadowEnded: boolean;
  /** Owed by a policy that is no longer in force, on the same count. */
  readonly policyChanged: boolean;
}

export function openCase(step: Step, ground: Ground): StepCase {
  const record = ground.facts.steps.find((one) => one.step === step.id) ?? null;
  const now = caseUnder(step, ground.policy, record, ground);
  if (record === null || record.policyVersion === ground.policy.version) return now;
  const before = openCaseThen(record, ground);
  const requalifies = requalifiesNow(
    now,
    roundSince(record, step, ground, hasFallenThen(before)),
    ground.today,
  );
  if (requalifies || before === null) return { ...now, requalifies };
  if (record.state === 'taken') {
    const { step: then } = before;
    // Whoever closed such a contact would open it, or leave it to the school, at the next look.
    const areContacts = isContact(then) && isContact(step);
    return areContacts && hasFallen(before) && stands(now) ? { ...now, requalifies } : before;
  }
  const policyChanged = !stands(now) && stands(before);
  return { ...now, requalifies, policyChanged };
}

/** A step as the policy sees it that owed it, which may be in force no more; null when nobody knows how. */
export function openCaseThen(record: StepRecord, ground: Ground): StepCase | null {
  const owing = ground.setting.policies.of(record.policyVersion);
  const step = owing?.steps.find((one) => one.id === record.step);
  if (owing === null || step === undefined) return null;
  return { ...caseUnder(step, owing, record, ground), requalifies: false };
}

/** Reached, or brought below by time alone. */
export function stands(current: Pick<StepCase, 'reached' | 'latched'>): boolean {
  return current.reached || current.latched;
}

/** Left to the school until a person releases it. */
export function isPreExisting(current: StepCase): boolean {
  const { record } = current;
  if (current.foundReached !== null || current.shadowEnded) return true;
  return record?.state === 'pre-existing' && !record.released && !current.requalifies;
}

/** Reached once and still to be acted on: by the law of time it waits until its window is over. */
export function isDue(current: StepCase): boolean {
  return current.reached || (isWaiting(current) && current.latched && !current.over);
}

/** A step of the staff alone: no letter, no referral. */
export function isContact({ letter, referral }: Step): boolean {
  return letter === null && !referral;
}

/** Owed or taken before, and a correction has brought it below since. */
export function hasFallen(current: StepCase): boolean {
  return current.applies && !stands(current);
}

/** @param then a record as the policy sees it that owed it; null when nobody knows how */
export function hasFallenThen(then: StepCase | null): boolean {
  return then?.record?.state === 'taken' && hasFallen(then);
}

export function isRefused({ record }: Pick<StepCase, 'record'>): boolean {
  if (record?.approval !== 'refused') return false;
  return record.state === 'owed' || (record.state === 'skipped' && record.skippedFor === null);
}

function canLatch(record: StepRecord): boolean {
  return (
    record.state === 'owed' ||
    record.state === 'taken' ||
    record.state === 'withdrawn' ||
    isRefused({ record })
  );
}

function isWaiting(current: StepCase): boolean {
  return current.record?.state === 'owed' || isRefused(current);
}

function caseUnder(step: Step, policy: Policy, record: StepRecord | null, ground: Ground): StepCase {
  const { today } = ground;
  const book = ground.bookOf(policy);
  const applies = isFor(step, ground);
  const amount = amountOn(step, book, today);
  const violated = step.orWhen.includes('contract-violated') && ground.violatedOn !== null;
  const reached = applies && (amount.reached || violated);
  const stood =
    record !== null && canLatch(record) && !amount.reached && record.owedOn < today
      ? standsSince(step, book, record.owedOn, today)
      : null;
  const latched = applies && !reached && (stood !== null || restsOnEndedContract(record, ground));
  const overOn = record === null ? null : windowOverOn(step, book, record.owedOn);
  const over = overOn !== null && overOn <= today;
  const shownAsItStood = latched && stood !== null && (record?.state === 'taken' || !over);
  const bare = {
    step,
    policyVersion: policy.version,
    book,
    record,
    amount: shownAsItStood ? stood.amount : amount,
    applies,
    reached,
    reachedBy: reachedBy(record, amount.reached || (stood !== null && !over), violated, amount.reached),
    latched,
    stoodOn: stoodOn(step, book, record, stood?.on ?? null, today),
    over,
    policyChanged: false,
  };
  const requalifies = record !== null && requalifiesNow(bare, sinceOf(record), today);
  const found = foundReached(bare, ground);
  const ended = shadowEnded(step, record, ground);
  return {
    ...bare,
    // What is left to the school today counts from today, whatever was withdrawn of it, or shown of it, before.
    over: over && found === null && !(ended && reached),
    requalifies,
    foundReached: found,
    shadowEnded: ended,
  };
}

/**
 * Whoever ends a violated contract, for another one perhaps, does not say that the violation was none: it stands until
 * its days are excused.
 */
function restsOnEndedContract(record: StepRecord | null, { contracts }: Ground): boolean {
  if (record?.state !== 'taken' || record.reachedBy !== 'contract') return false;
  return (
    contracts.length === 0 || contracts.some(({ kind, endedOn }) => kind === 'violated' && endedOn !== null)
  );
}

/** What made a step owed stays what it rests on for as long as it holds. */
function reachedBy(
  record: StepRecord | null,
  countStands: boolean,
  violated: boolean,
  countReached: boolean,
): ReachedBy {
  if (record?.state === 'taken') return record.reachedBy;
  if (record?.state === 'owed' && (record.reachedBy === 'contract' ? violated : countStands)) {
    return record.reachedBy;
  }
  return violated && !countReached ? 'contract' : 'count';
}

function stoodOn(
  step: Step,
  book: DayBook,
  record: StepRecord | null,
  latchedOn: SchoolDate | null,
  today: SchoolDate,
): SchoolDate {
  if (latchedOn !== null) return latchedOn;
  if (step.legalDeadlineDays === null || record?.state !== 'owed') return today;
  return standsSince(step, book, record.owedOn, today)?.on ?? today;
}

function foundReached(
  { step, record, reached, book }: Pick<StepCase, 'step' | 'record' | 'reached' | 'book'>,
  ground: Ground,
): StepCase['foundReached'] {
  if (!reached || record?.released === true) return null;
  if (record !== null && record.state !== 'withdrawn') return null;
  if (ground.setting.baseline && record === null) return 'baseline';
  return isReachedByChange(step, book, ground) ? 'policy-changed' : null;
}

/**
 * Reached on the eve of the new policy by its own words, and not by those of the one that held then, if any did. Who was
 * below in between has crossed the line anew.
 */
function isReachedByChange(step: Step, book: DayBook, ground: Ground): boolean {
  if (ground.before === null) return false;
  const { policy, until } = ground.before;
  const eve = addDays(until, -1);
  const byCount =
    amountOn(step, book, eve).reached &&
    !fellSince(step, book, { owedOn: eve, takenOn: eve, superseded: false }, ground.today);
  if (!byCount && !isOwedByContract(step, ground, eve)) return false;
  const then = policy?.steps.find((one) => one.id === step.id);
  if (policy === null || then === undefined || !isFor(then, ground)) return true;
  return !amountOn(then, ground.bookOf(policy), eve).reached && !isOwedByContract(then, ground, eve);
}

function isOwedByContract(step: Step, { facts, book }: Ground, date: SchoolDate): boolean {
  if (!step.orWhen.includes('contract-violated')) return false;
  return facts.contracts.some(
    (contract) => contract.endedOn === null && judgeContract(contract, book, date).kind === 'violated',
  );
}

function shadowEnded(step: Step, record: StepRecord | null, { setting }: Ground): boolean {
  if (record === null || !record.shadow || (record.state !== 'owed' && record.state !== 'taken'))
    return false;
  return !isShadowIn(setting.mode, step);
}

/** Whether a step that is decided in this mode stays a shadow: letters and referrals leave in live mode only. */
export function isShadowIn(mode: Ground['setting']['mode'], step: Step): boolean {
  return isContact(step) ? mode === 'shadow' : mode !== 'live';
}
