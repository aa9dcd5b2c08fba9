import { type Days, formatDays } from './days.ts';
import type { Block, Evaluation, StepVerdict } from './ladder-facts.ts';
import { counted } from './plain-words.ts';
import type { Policy } from './policy.ts';
import type { SchoolDate } from './school-date.ts';
import { spelled } from './words.ts';

/** Where one step stands, in one or two sentences: what it counted, what it takes, and what comes of it. */
export function sentenceOf(verdict: StepVerdict, policy: Policy, evaluation: Evaluation): string {
  const title = titleOf(verdict.step, policy);
  const outcome = [outcomeOf(verdict, policy, evaluation), ...besides(verdict, evaluation)].join(' ');
  // Nobody may know any more what a step took that the policy does not have.
  if (verdict.reason === 'step-removed') return `${title}: ${outcome}`;
  const settled =
    verdict.settledThrough === null
      ? 'nothing is settled yet'
      : `settled through ${spelled(verdict.settledThrough)}`;
  const window = verdict.windowFrom === null ? '' : `from ${spelled(verdict.windowFrom)}, `;
  return `${title}: ${measureInWords(verdict, policy)} (${window}${settled}). ${outcome}`;
}

function measureInWords(verdict: StepVerdict, policy: Policy): string {
  const { unit, count, at, enrolledDays, tardyDays } = verdict;
  const kind = verdict.basis === 'unexcused' ? 'unexcused day' : 'day';
  const missed = counted(formatDays(count), kind);
  const late = tardyDays > 0 ? `, ${tardyDays} of them made of tardies,` : '';
  if (unit === 'consecutive') return `${missed} in a row settled of the ${formatDays(at)} it takes`;
  if (unit === 'days') return `${missed} settled${late} of the ${formatDays(at)} it takes`;
  const from = policy.steps.find((step) => step.id === verdict.step)?.fromEnrolledDays ?? 0;
  const enrolled = counted(enrolledDays ?? 0, 'school day');
  const share =
    (enrolledDays ?? 0) < from
      ? `a percentage says nothing before ${counted(from, 'school day')}`
      : `${shareOf(count, enrolledDays ?? 0)} percent`;
  return `${missed} settled${late} of ${enrolled} enrolled, ${share}; it takes ${formatDays(at)} percent`;
}

/**
 * The percent that some days are of the school days enrolled, as decimal text. Cut off, not rounded up: no text shows a
 * share that was not reached.
 */
export function shareOf(count: Days, enrolledDays: number): string {
  return formatDays((Math.floor((count * 100) / (enrolledDays * 100)) * 100) as Days);
}

/** What else has to be known about a step that is owed or taken. */
function besides(verdict: StepVerdict, { asOf, policyVersion, contracts }: Evaluation): string[] {
  const { state, round, shadow, deadline } = verdict;
  if (state !== 'owed' && state !== 'taken') return [];
  return [
    ...(verdict.latched && verdict.reason !== 'latched'
      ? ['Time alone has brought the count below since, and no correction has: it stands.']
      : []),
    ...(verdict.reachedBy === 'contract' && !verdict.superseded ? [contractBehind(contracts)] : []),
    ...(round > 1 ? [`It is owed for the ${ordinal(round)} time this school year.`] : []),
    ...(deadline === null ? [] : [deadlineInWords(deadline, asOf)]),
    ...(verdict.policyVersion === policyVersion
      ? []
      : [`It is judged by policy ${verdict.policyVersion}, which owed it.`]),
    ...(shadow ? ['It was decided while the school was not live: nothing of it leaves.'] : []),
  ];
}

function isViolationOfEnded(contracts: Evaluation['contracts']): boolean {
  return (
    contracts.length === 0 || contracts.some(({ kind, endedOn }) => kind === 'violated' && endedOn !== null)
  );
}

/** A step that was owed by a contract is not owed once more by the count: it is the same step. */
function contractBehind(contracts: Evaluation['contracts']): string {
  return contracts.length === 0 || contracts.some(({ kind }) => kind === 'violated')
    ? 'It rests on the violated attendance contract, not on the count.'
    : 'It was owed by a violated attendance contract; that violation fell away since, and by now the count has reached it.';
}

function deadlineInWords(deadline: SchoolDate, asOf: SchoolDate): string {
  const date = spelled(deadline);
  if (deadline > asOf) return `The law wants it out by ${date}.`;
  return deadline === asOf
    ? 'The law wants it out today.'
    : `The law wanted it out by ${date}: it is overdue.`;
}

function ordinal(n: number): string {
  return n === 2 ? '2nd' : n === 3 ? '3rd' : `${n}th`;
}

function outcomeOf(verdict: StepVerdict, policy: Policy, { contracts, mode }: Evaluation): string {
  switch (verdict.reason) {
    case 'below':
      return 'Not reached.';
    case 'frozen':
      return 'School is not in session: nothing changes until the first school day.';
    case 'not-for-this-student':
      return 'The policy does not apply this step to the student’s grade, school or age.';
    case 'reached':
      if (verdict.state === 'taken') return 'Reached, and taken.';
      if (verdict.shadow) return 'Reached.';
      return mode === 'live'
        ? 'Reached, and on its way.'
        : 'Reached, but it waits: the school is not live any more.';
    case 'blocked':
      return `Reached, but it waits: ${verdict.blocks.map(explainBlock).join('; ')}.`;
    case 'already-taken':
      return 'Taken.';
    case 'overtaken':
      return `Skipped: the ${titleOf(verdict.skippedFor ?? '', policy)} was owed at the same time and goes instead.`;
    case 'fell-before-hand-over':
      if (verdict.reachedBy === 'contract' && contracts.length > 0 && isViolationOfEnded(contracts))
        return 'Withdrawn: the violated attendance contract was ended before anything had left.';
      return verdict.reachedBy === 'contract'
        ? 'Withdrawn: the violation of the attendance contract fell away before anything had left.'
        : 'Withdrawn: a correction brought the count below before anything had left.';
    case 'fell-after-hand-over':
      return verdict.reachedBy === 'contract'
        ? 'Taken, but superseded: the violation of the attendance contract fell away. What was sent stays in the file, marked so.'
        : 'Taken, but superseded: a later correction brought the count below. What was sent stays in the file, marked so.';
    case 'pre-existing':
      return 'Left to the school: it was reached before this procedure held for the student, and nobody has released it.';
    case 'baseline':
      return 'Reached before Rollcall was switched on; left to the school.';
    case 'latched':
      if (verdict.reachedBy === 'contract' && isViolationOfEnded(contracts))
        return 'Taken. The contract was ended since, which does not undo the violation: it stands.';
      return 'Taken. Time alone has brought the count below since, and no correction has: it stands.';
    case 'time-passed':
      return 'Withdrawn: the dates it rested on are past what this step looks at, and nothing had left.';
    case 'policy-changed':
      return 'Reached before the policy in force held, not by an absence since; left to the school.';
    case 'step-removed':
      return 'Withdrawn: the policy no longer has this step, and nothing had left.';
    case 'shadow-ended':
    case 'shadow-ended-below':
      return 'Reached before the school went live; left to the school.';
    case 'sent-by-school':
      return 'Taken: the school has sent its own, and a change of the count does not touch it.';
    case 'refused-by-person':
      return 'Skipped: the approval was refused.';
    case 'awaits-approval':
      return `Reached, but it waits: ${verdict.blocks.map(explainBlock).join('; ')}.`;
  }
}

/** One reason to wait, as a clause. */
export function explainBlock(block: Block): string {
  switch (block.kind) {
    case 'hold':
      return `a hold (${block.holdKind}) is in force`;
    case 'unmapped-code':
      return `attendance code ${block.codes.join(', ')} is not in the code table`;
    case 'stale-records':
      return 'the absences were read too long ago';
    case 'contradictory-record':
      return 'the SIS gives two different rows under one id';
    case 'contradictory-guardianship':
      return 'the SIS contradicts itself about who is a guardian';
    case 'age-18':
      return 'the student is 18, and the administrator has to decide';
    case 'absolute':
      return `nothing may be done about the student (${block.holdKind})`;
    case 'unmeasured':
      return `the absence of ${block.dates.map(spelled).join(', ')} cannot be measured`;
    case 'unknown-age':
      return 'the step depends on the student’s age, and the date of birth is not known';
    case 'approval':
      return `the ${block.role.replaceAll('-', ' ')} has to approve it${block.due === null ? '' : ` by ${spelled(block.due)}`}`;
    case 'not-enrolled':
      return 'the student is not enrolled today';
    case 'no-recipient':
      return 'nobody may get a letter about the student';
    case 'notice':
      return block.since === null
        ? 'no letter that still stands has gone out'
        : `the letter of ${spelled(block.since)} has to be out longer (until ${block.until === null ? 'the school year ends' : spelled(block.until)})`;
  }
}

function titleOf(step: string, policy: Policy): string {
  return policy.steps.find((candidate) => candidate.id === step)?.title ?? step;
}
