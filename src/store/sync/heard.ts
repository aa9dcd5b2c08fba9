import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';

/**
 * After a whole read, what is in force falls into two: rows that came word for word, of which nothing more was read
 * (*met*), and those that came otherwise or did not come at all (*heard*). Only of the latter can anything be new,
 * changed or missing. After a read of changes the tables are empty.
 */
export async function findHeard(tx: Tx, run: RunToApply): Promise<void> {
  const roster = run.roster === 'whole';
  await create(tx, run, 'heard_student', 'students', sql`student t where true`, sql`t.sourced_id`, roster);
  await create(tx, run, 'heard_guardian', 'guardians', sql`guardian t where true`, sql`t.sourced_id`, roster);
  await create(
    tx,
    run,
    'heard_absence',
    'attendances',
    sql`absence_record t where t.ended_at is null and t.school_year = ${run.schoolYear.id}`,
    sql`t.id`,
    run.attendance === 'whole',
  );
  await findTwice(tx, run);
}

/** Who came as in force, and in the same read once more in other words. */
async function findTwice(tx: Tx, run: RunToApply): Promise<void> {
  const of = (kind: 'student' | 'guardian') => sql`
    select distinct ${kind}::text as kind, s.sourced_id
    from ${sql.table(`stage_${kind}`)} s join ${sql.table(kind)} t on t.sourced_id = s.sourced_id
    where s.run_id = ${run.id} and ${run.roster === 'whole'}
      and s.sourced_id not in (select key from ${sql.table(`heard_${kind}`)})`;
  await sql`
    create temp table came_twice on commit drop as ${of('student')} union all ${of('guardian')}`.execute(tx);
}

async function create(
  tx: Tx,
  run: RunToApply,
  name: string,
  collection: string,
  inForce: RawBuilder<unknown>,
  key: RawBuilder<unknown>,
  whole: boolean,
): Promise<void> {
  // A join, not `in`: after a change of how rows are read, all of a million are unmet.
  await sql`
    create temp table ${sql.table(name)} on commit drop as
    select ${key} as key from ${inForce} and ${whole} and (t.digest is null or t.missing_since is not null)
    union all
    select ${key} from (
      select digest from stage_unmet where run_id = ${run.id} and collection = ${collection}
    ) unmet, ${inForce} and ${whole} and t.missing_since is null and t.digest = unmet.digest`.execute(tx);
  await sql`analyze ${sql.table(name)}`.execute(tx);
}
