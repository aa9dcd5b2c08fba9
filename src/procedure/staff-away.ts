import type { Config } from '../config/config-types.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import { keyOf, maySubstitute } from '../domain/task-people.ts';
import type { Tx } from '../store/database.ts';
import { endStaffAway, recordStaffAway, type StaffAway } from '../store/staff-away.ts';
import type { Moment } from './procedure.ts';

/** Longer absences are a change of the configuration. */
const LONGEST_DAYS = 180;

export type AwayOutcome =
  | { readonly kind: 'recorded' }
  /** Nobody of the staff has this address. */
  | { readonly kind: 'unknown-person'; readonly email: string }
  | { readonly kind: 'own-substitute' }
  /** The substitute may not see the files of each of the person's schools, and does not have the same role there. */
  | { readonly kind: 'substitute-without-right' }
  | { readonly kind: 'bad-days'; readonly longestDays: number }
  | { readonly kind: 'overlaps'; readonly other: StaffAway };

/** A member of staff is away between two days, both included: somebody else gets the tasks. */
export async function recordAway(
  tx: Tx,
  { staff }: Pick<Config, 'staff'>,
  away: {
    readonly email: string;
    readonly begins: SchoolDate;
    readonly ends: SchoolDate;
    readonly substitute: string | null;
    readonly by: string;
  },
  { now, today }: Moment,
): Promise<AwayOutcome> {
  const { email, substitute, begins, ends } = away;
  for (const one of [email, ...(substitute === null ? [] : [substitute])]) {
    if (!staff.some((person) => keyOf(person.email) === keyOf(one)))
      return { kind: 'unknown-person', email: one };
  }
  if (substitute !== null && keyOf(substitute) === keyOf(email)) return { kind: 'own-substitute' };
  if (substitute !== null && !maySubstitute(substitute, email, staff))
    return { kind: 'substitute-without-right' };
  if (ends < begins || ends < today || ends > addDays(begins, LONGEST_DAYS))
    return { kind: 'bad-days', longestDays: LONGEST_DAYS };
  const other = await recordStaffAway(tx, { ...away, now });
  return other === null ? { kind: 'recorded' } : { kind: 'overlaps', other };
}

/** The person is back: every absence that is not over ends. @returns false when none is on record */
export async function recordBack(
  tx: Tx,
  back: { readonly email: string; readonly by: string },
  { now, today }: Moment,
): Promise<boolean> {
  return endStaffAway(tx, { ...back, today, now });
}
