import { type Days, formatDays } from './days.ts';
import type { Block, Evaluation, LeftOut, StepVerdict } from './ladder-facts.ts';
import type { Policy } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

/** An evaluation in plain words: a paragraph fit for a hearing, then one sentence per step. */
export interface Explanation {
  readonly summary: string;
  readonly steps: readonly { readonly step: string; readonly sentence: string }[];
  /** Why rows did not count, with how often. */
  readonly leftOut: readonly { readonly reason: string; readonly rows: number }[];
}

/** @param student how the student is to be called in the text. */
export function explainEvaluation(evaluation: Evaluation, policy: Policy, student: string): Explanation {
  const excused = sumOf(evaluation, 'excused');
  const unexcused = sumOf(evaluation, 'unexcused');
  const unknown = sumOf(evaluation, 'unknown');
  const parts = [
    `${formatDays(excused)} excused`,
    `${formatDays(unexcused)} unexcused`,
    ...(unknown > 0 ? [`${formatDays(unknown)} without a recorded excuse`] : []),
  ];
  const dates = evaluation.days.length;
  const summary =
    `As of ${spelled(evaluation.asOf)}, ${student} has been absent ${plural(formatDays(evaluation.total), 'day')} this school year, on ` +
    `${plural(String(dates), 'date')}: ${parts.join(', ')}. ${whatCounts(policy)} ` +
    `${rowsLeftOut(evaluation.leftOut)}This was counted under policy ${evaluation.policyVersion}.`;
  return {
    summary,
    steps: evaluation.steps.map((verdict) => ({
      step: verdict.step,
      sentence: sentenceOf(verdict, policy),
    })),
    leftOut: countReasons(evaluation.leftOut),
  };
}

function sentenceOf(verdict: StepVerdict, policy: Policy): string {
  const title = titleOf(verdict.step, policy);
  const measure = `${plural(formatDays(verdict.count), 'day')} settled of the ${formatDays(verdict.at)} it takes`;
  const settled =
    verdict.settledThrough === null
      ? 'nothing is settled yet'
      : `settled through ${spelled(verdict.settledThrough)}`;
  const lead = `${title}: ${measure} (${settled}).`;
  return `${lead} ${outcomeOf(verdict, policy)}`;
}

function outcomeOf(verdict: StepVerdict, policy: Policy): string {
  switch (verdict.reason) {
    case 'below':
      return 'Not reached.';
    case 'frozen':
      return 'School is not in session: nothing changes until the first school day.';
    case 'not-for-this-student':
      return 'The policy does not apply this step to the student’s grade or school.';
    case 'reached':
      return verdict.state === 'taken' ? 'Reached, and taken.' : 'Reached, and on its way.';
    case 'blocked':
      return `Reached, but it waits: ${verdict.blocks.map(explainBlock).join('; ')}.`;
    case 'already-taken':
      return 'Taken.';
    case 'overtaken':
      return `Skipped: the ${titleOf(verdict.skippedFor ?? '', policy)} was owed at the same time and goes instead.`;
    case 'fell-before-hand-over':
      return 'Withdrawn: a correction brought the count below before anything had left.';
    case 'fell-after-hand-over':
      return 'Taken, but superseded: a later correction brought the count below. What was sent stays in the file, marked so.';
    case 'pre-existing':
    case 'baseline':
      return 'Reached before Rollcall was switched on; left to the school.';
    case 'latched':
      return 'Taken. Time alone has brought the count below since, and no correction has: it stands.';
    case 'time-passed':
      return 'Withdrawn: the dates it rested on are past what this step looks at, and nothing had left.';
    case 'policy-changed':
      return 'Reached by the policy’s change, not by a new absence; left to the school.';
    case 'step-removed':
      return 'Withdrawn: the policy no longer has this step, and nothing had left.';
    case 'shadow-ended':
      return 'Reached before the school went live; left to the school.';
    case 'refused-by-person':
      return 'Skipped: the approval was refused.';
    case 'awaits-approval':
      return 'Reached, and waiting for approval.';
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

/** Which excuses the policy counts, as a sentence. */
function whatCounts({ counting }: Policy): string {
  const { excuses } = counting;
  if (excuses.includes('excused') && excuses.includes('unexcused')) {
    return 'Excused and unexcused absences count together.';
  }
  const words = excuses.map((excuse) => (excuse === 'unknown' ? 'without a recorded excuse' : excuse));
  return `Under the policy only these absences count: ${words.join(', ')}.`;
}

function titleOf(step: string, policy: Policy): string {
  return policy.steps.find((candidate) => candidate.id === step)?.title ?? step;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `October 1, 2026`: this text is read by people, at a hearing for instance. */
function spelled(date: SchoolDate): string {
  return `${MONTHS[Number(date.slice(5, 7)) - 1]} ${Number(date.slice(8))}, ${date.slice(0, 4)}`;
}

const reasons: Record<LeftOut['reason'], string> = {
  'not-absent': 'present, tardy or early release',
  exempt: 'exempt (school activity)',
  'excuse-not-counted': 'an excuse that the policy does not count',
  suspension: 'suspension',
  'unmapped-code': 'a code that is not in the code table',
  'outside-enrolment': 'outside the enrolment',
  'not-a-school-day': 'not a school day',
  'outside-school-year': 'outside the school year',
  'ahead-of-today': 'ahead of today',
  'below-half-day': 'less than half a day',
  'no-measure': 'neither a day value nor minutes',
  'other-row-of-the-day': 'a further row of a date that counts once',
};

function countReasons(leftOut: readonly LeftOut[]): { reason: string; rows: number }[] {
  const counts = new Map<string, number>();
  for (const row of leftOut) counts.set(reasons[row.reason], (counts.get(reasons[row.reason]) ?? 0) + 1);
  return [...counts].map(([reason, rows]) => ({ reason, rows }));
}

function rowsLeftOut(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return '';
  const parts = countReasons(leftOut).map(({ reason, rows }) => `${rows} ${reason}`);
  return `${plural(String(leftOut.length), 'row')} did not count (${parts.join('; ')}). `;
}

function sumOf(evaluation: Evaluation, excuse: 'excused' | 'unexcused' | 'unknown'): Days {
  const days = evaluation.days.filter((day) => day.excuse === excuse);
  return days.reduce((sum, day) => (sum + day.fraction) as Days, 0 as Days);
}

function plural(amount: string, noun: string): string {
  return `${amount} ${noun}${amount === '1' ? '' : 's'}`;
}
