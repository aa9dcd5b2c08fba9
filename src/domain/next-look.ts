import { ADULT_AGE } from './adult-students.ts';
import { recordAfter } from './apply-evaluation.ts';
import type { Ground } from './ground.ts';
import { nextContractLook } from './judge-contract.ts';
import type { StepRecord, StepVerdict } from './ladder-facts.ts';
import { addDays, birthday, type SchoolDate } from './school-date.ts';
import { hasFallenThen, isRefused, openCaseThen, type StepCase, stands } from './step-case.ts';
import { roundSince } from './step-round.ts';
import { nextBelow, nextReached, nextRequalified, windowOverOn } from './step-time.ts';

/**
 * The earliest later date of the school year on which the answer may change although no fact does; null when time
 * changes nothing. A block that only a fact can end asks for no look: the fact does.
 */
export function nextLook(
  ground: Ground,
  cases: readonly StepCase[],
  steps: readonly StepVerdict[],
  frozen: boolean,
): SchoolDate | null {
  const { facts, book, setting, today } = ground;
  const { calendar } = setting;
  if (frozen) return today < calendar.firstDay ? calendar.firstDay : null;
  const verdicts = new Map(steps.map((verdict) => [verdict.step, verdict]));
  const dates: (SchoolDate | null)[] = [
    ...cases.flatMap((current) => datesOfCase(current, verdicts.get(current.step.id), ground)),
    ...steps.flatMap(({ blocks }) => blocks.map((block) => (block.kind === 'notice' ? block.until : null))),
    ...book.counted.leftOut.filter((row) => row.reason === 'ahead-of-today').map((row) => row.date),
    ...facts.holds.flatMap((hold) => [hold.begins, hold.ends === null ? null : addDays(hold.ends, 1)]),
    ...facts.enrolments.flatMap((enrolment) => [enrolment.begins, enrolment.ends]),
    ...facts.contracts.map((contract) => nextContractLook(contract, book, today)),
    ...birthdays(ground, cases),
    setting.policies.since,
  ];
  let next: SchoolDate | null = null;
  for (const date of dates) {
    if (date !== null && date > today && date <= calendar.lastDay && (next === null || date < next))
      next = date;
  }
  return next;
}

/** What was decided today counts: a step that becomes owed has a window that will be over. */
function datesOfCase(
  current: StepCase,
  verdict: StepVerdict | undefined,
  ground: Ground,
): (SchoolDate | null)[] {
  const { step, book, applies, reached } = current;
  const { today } = ground;
  const record = verdict === undefined ? current.record : recordAfter(verdict, current.record, today);
  // A letter that is no longer for the student may have had others give way to it, until its window is over.
  const overOn = record === null ? null : windowOverOn(step, book, record.owedOn);
  const dates = [overOn, record === null ? null : nextRound(record, ground)];
  if (!applies) return dates;
  if (!reached) dates.push(nextReached(step, book, today));
  if (record !== null && (record.state === 'owed' || isRefused({ record })) && stands(current)) {
    dates.push(nextBelow(step, book, today, overOn));
  }
  return dates;
}

/** Whatever policy owed what was taken, it is the one in force that asks for it once more, and says of whom. */
function nextRound(record: StepRecord, ground: Ground): SchoolDate | null {
  const { policy, book, today } = ground;
  const asked = policy.steps.find((one) => one.id === record.step);
  const mayRequalify = record.state === 'taken' || (record.state === 'pre-existing' && !record.released);
  if (!asked?.requalify || !mayRequalify) return null;
  const since = roundSince(record, asked, ground, hasFallenThen(openCaseThen(record, ground)));
  return nextRequalified(asked, book, since, today);
}

/** Those on which a step begins or ceases to be for the student, and the one that makes an adult. */
function birthdays({ facts: { birthDate }, policy }: Ground, cases: readonly StepCase[]): SchoolDate[] {
  if (birthDate === null) return [];
  // What was taken is judged by the policy that owed it, with the ages that it names.
  const steps = new Set([...policy.steps, ...cases.map(({ step }) => step)]);
  const ages = [...steps].flatMap((step) => {
    const { from = null, to = null } = step.ages ?? {};
    return [...(from === null ? [] : [from]), ...(to === null ? [] : [to + 1])];
  });
  if (policy.adultStudents !== 'ignore') ages.push(ADULT_AGE);
  return ages.map((age) => birthday(birthDate, age));
}
