import type { SchoolDate } from './school-date.ts';

/** How pressing an approval is. `overdue-by-law`: the day is past by which the law wanted the letter or the file out. */
export type ApprovalUrgency = 'in-time' | 'late' | 'approve-today' | 'overdue-by-law';

/** @param approval `deadline`: the last day that the law leaves; null: no law sets any. */
export function approvalUrgency(
  approval: { readonly dueOn: SchoolDate; readonly deadline: SchoolDate | null },
  today: SchoolDate,
): ApprovalUrgency {
  const { dueOn, deadline } = approval;
  if (deadline !== null && deadline < today) return 'overdue-by-law';
  if (deadline !== null && dueOn <= today) return 'approve-today';
  return dueOn < today ? 'late' : 'in-time';
}

/**
 * The day by which a role has to approve what is asked for today: within its school days, but today where the law would
 * leave less than those.
 * @param inTime the end of the days that the policy gives; null: beyond the school year.
 */
export function approvalDueOn(
  asked: {
    readonly dueOn: SchoolDate;
    readonly inTime: SchoolDate | null;
    readonly deadline: SchoolDate | null;
  },
  today: SchoolDate,
): SchoolDate {
  const { dueOn, inTime, deadline } = asked;
  return deadline !== null && (inTime === null || deadline < inTime) ? today : dueOn;
}
