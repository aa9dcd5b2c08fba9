import type { StepVerdict } from './ladder-facts.ts';
import type { SchoolDate } from './school-date.ts';
import { spelled } from './words.ts';

/** Who was asked to approve a step, and what came of it. */
export interface ApprovalOnRecord {
  readonly step: string;
  readonly ref: string;
  /** `closed`: it was asked no more before anybody had answered. */
  readonly state: 'asked' | 'given' | 'refused' | 'closed';
  readonly askedOn: SchoolDate;
  readonly answeredOn: SchoolDate | null;
  readonly by: string | null;
  /** In the words of the one who answered. */
  readonly reason: string | null;
}

/**
 * What is on record about the approval that a step waits for, rests on, or was refused by, as a sentence; nothing for
 * any other step.
 * @param approvals of the present rounds of the student's steps, in the order of asking.
 */
export function approvalInWords(verdict: StepVerdict, approvals: readonly ApprovalOnRecord[]): string | null {
  const { state, reason } = verdict;
  if (state !== 'owed' && state !== 'taken' && reason !== 'refused-by-person') return null;
  const last = approvals.filter(({ step }) => step === verdict.step).at(-1);
  // A yes to the asking does not explain a no to the letters themselves.
  if (last === undefined || (reason === 'refused-by-person' && last.state === 'given')) return null;
  switch (last.state) {
    case 'asked':
      return `The approval was asked for on ${spelled(last.askedOn)} (${last.ref}).`;
    case 'given':
    case 'refused':
      return answerInWords(last, last.state === 'given' ? 'approved' : 'refused');
    case 'closed':
      return null;
  }
}

function answerInWords({ by, answeredOn, reason, ref }: ApprovalOnRecord, did: string): string {
  const on = answeredOn === null ? '' : ` on ${spelled(answeredOn)}`;
  const because = reason === null ? '' : `: “${reason}”`;
  return `${by ?? 'A person'} ${did} it${on} (${ref})${because}.`;
}
