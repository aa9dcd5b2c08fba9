import { type ApprovalOnRecord, approvalInWords } from './approval-words.ts';
import { contractInWords } from './contract-words.ts';
import { type Days, formatDays } from './days.ts';
import type { Evaluation, LeftOut } from './ladder-facts.ts';
import { counted } from './plain-words.ts';
import type { Policy } from './policy.ts';
import { sentenceOf } from './step-sentence.ts';
import { spelled } from './words.ts';

/** An evaluation in plain words: a paragraph fit for a hearing, then one sentence per step. */
export interface Explanation {
  readonly summary: string;
  readonly steps: readonly { readonly step: string; readonly sentence: string }[];
  /** Why rows did not count, with how often. */
  readonly leftOut: readonly { readonly reason: string; readonly rows: number }[];
}

/**
 * @param student how the student is to be called in the text.
 * @param approvals what was asked of people about the present rounds of the student's steps, in the order of asking.
 */
export function explainEvaluation(
  evaluation: Evaluation,
  policy: Policy,
  student: string,
  approvals: readonly ApprovalOnRecord[] = [],
): Explanation {
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
    `As of ${spelled(evaluation.asOf)}, ${student} has been absent ${counted(formatDays(evaluation.total), 'day')} this school year, on ` +
    `${counted(dates, 'date')}: ${parts.join(', ')}. ${whatCounts(policy)} ${besideTheCount(evaluation, policy)}` +
    `${rowsLeftOut(evaluation.leftOut)}${contractsInWords(evaluation)}This was counted under policy ${evaluation.policyVersion}.`;
  return {
    summary,
    steps: evaluation.steps.map((verdict) => ({
      step: verdict.step,
      sentence: [sentenceOf(verdict, policy, evaluation), approvalInWords(verdict, approvals)]
        .filter((sentence) => sentence !== null)
        .join(' '),
    })),
    leftOut: countReasons(evaluation.leftOut),
  };
}

/** What is shown beside the count, so that nobody takes it for a part of it. */
function besideTheCount({ buckets }: Evaluation, { counting }: Policy): string {
  const parts = [
    ...(buckets.suspension > 0 ? [`${counted(formatDays(buckets.suspension), 'day')} of suspension`] : []),
    ...(buckets.tardies > 0 ? [counted(buckets.tardies, 'tardy', 'tardies')] : []),
  ];
  if (parts.length === 0) return '';
  const rule = counting.tardies;
  const conversion =
    rule === null || buckets.tardies === 0
      ? ''
      : `, of which ${rule.perDay} make one day where a step counts days`;
  return `Beside that stand ${parts.join(' and ')}${conversion}. `;
}

function contractsInWords({ contracts, asOf }: Evaluation): string {
  return contracts.map((standing) => `${contractInWords(standing, asOf)} `).join('');
}

/** Which excuses the policy counts, as a sentence. */
function whatCounts({ counting, steps }: Policy): string {
  const { excuses } = counting;
  if (excuses.includes('excused') && excuses.includes('unexcused')) {
    const apart = steps.some((step) => step.basis === 'unexcused');
    const except = apart ? ', but for the steps that count unexcused days only' : '';
    return `Excused and unexcused absences count together${except}.`;
  }
  const words = excuses.map((excuse) => (excuse === 'unknown' ? 'without a recorded excuse' : excuse));
  return `Under the policy only these absences count: ${words.join(', ')}.`;
}

/** Why a row is no day. */
export const leftOutWords: Record<LeftOut['reason'], string> = {
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
  for (const row of leftOut)
    counts.set(leftOutWords[row.reason], (counts.get(leftOutWords[row.reason]) ?? 0) + 1);
  return [...counts].map(([reason, rows]) => ({ reason, rows }));
}

function rowsLeftOut(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return '';
  const parts = countReasons(leftOut).map(({ reason, rows }) => `${rows} ${reason}`);
  return `${counted(leftOut.length, 'row')} did not count (${parts.join('; ')}). `;
}

function sumOf(evaluation: Evaluation, excuse: 'excused' | 'unexcused' | 'unknown'): Days {
  const days = evaluation.days.filter((day) => day.excuse === excuse);
  return days.reduce((sum, day) => (sum + day.fraction) as Days, 0 as Days);
}
