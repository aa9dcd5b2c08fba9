import { sql } from 'kysely';
import type { Db } from '../database.ts';
import { clearStage } from './clear-stage.ts';
import type { RunPlan } from './run-to-apply.ts';
import { stageTables } from './stage.ts';

const ATTENDANCE = ['stage_code', 'stage_absence'] as const;
const CONTACTS = ['stage_contact'] as const;
const ROSTER = stageTables.filter((table) => ![...ATTENDANCE, ...CONTACTS].some((other) => other === table));

/**
 * What a run has read goes before what earlier ones that wait for a person have read of the same collections. The rest
 * of them can still be released: a night without a new extract must not cost the one that waits.
 */
export async function overtakePlans(db: Db, run: { readonly id: string } & RunPlan): Promise<void> {
  const waiting = await db
    .selectFrom('sync_run')
    .select(['id', 'plan'])
    .where('plan', 'is not', null)
    .where('ordinal', '<', sql<number>`(select ordinal from sync_run where id = ${run.id})`)
    .execute();
  for (const { id, plan } of waiting) {
    const left = plan === null ? null : leftOf(plan, run);
    const cleared = [
      ...(left === null || left.roster === 'none' ? ROSTER : []),
      ...(left === null || left.attendance === 'none' ? ATTENDANCE : []),
      ...(left === null || left.contacts === 'none' ? CONTACTS : []),
    ];
    await db
      .updateTable('sync_run')
      .set({ plan: left === null ? null : JSON.stringify(left) })
      .where('id', '=', id)
      .execute();
    await clearStage(db, id, cleared);
  }
}

/** null: nothing is left that the later run has not read as well, or another school year has begun. */
function leftOf(plan: RunPlan, later: RunPlan): RunPlan | null {
  if (plan.schoolYear.id !== later.schoolYear.id) return null;
  const roster = later.roster === 'none' ? plan.roster : 'none';
  const attendance = later.attendance === 'none' ? plan.attendance : 'none';
  const contacts = later.contacts === 'none' ? plan.contacts : 'none';
  if (attendance === 'none' && contacts === 'none' && roster === 'none') return null;
  return {
    ...plan,
    schoolYear: later.schoolYear,
    roster,
    attendance,
    contacts,
    attendanceAsOf: attendance === 'none' ? null : plan.attendanceAsOf,
    cursors: {
      roster: roster === 'none' ? null : plan.cursors.roster,
      attendance: attendance === 'none' ? null : plan.cursors.attendance,
    },
    files: (plan.files ?? []).filter(
      ({ content }) => (content === 'attendance' ? attendance : contacts) !== 'none',
    ),
  };
}
