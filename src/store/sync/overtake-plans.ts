import { sql } from 'kysely';
import type { Db } from '../database.ts';
import type { RunPlan } from './run-to-apply.ts';
import { type StageTable, stageTables } from './stage-names.ts';
import { emptyStage } from './stage-tables.ts';

const ATTENDANCE = ['stage_code', 'stage_absence'] as const;
const CONTACTS = ['stage_contact'] as const;
const ROSTER = stageTables.filter((table) => ![...ATTENDANCE, ...CONTACTS].some((other) => other === table));

/**
 * What a run has read goes before what earlier ones that wait for a person have read of the same collections. The rest
 * of them can still be released: a night without a new extract must not cost the one that waits. A stage of which
 * nothing is left is dropped with the stale ones.
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
    if (left === null) {
      await db.updateTable('sync_run').set({ plan: null }).where('id', '=', id).execute();
      continue;
    }
    const cleared: StageTable[] = [
      ...(left.roster === 'none' ? ROSTER : []),
      ...(left.attendance === 'none' ? ATTENDANCE : []),
      ...(left.contacts === 'none' ? CONTACTS : []),
    ];
    const staged = { ...left.staged, ...Object.fromEntries(cleared.map((table) => [table, 0])) };
    await db
      .updateTable('sync_run')
      .set({ plan: JSON.stringify({ ...left, staged }) })
      .where('id', '=', id)
      .execute();
    await emptyStage(db, id, cleared);
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
