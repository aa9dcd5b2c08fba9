import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';
import { ABSENCE_SAYS } from './stage-columns.ts';

const NAMES = ['sourced_id', 'student_sourced_id', 'school_sourced_id', ...ABSENCE_SAYS];
const COLUMNS = sql.raw(NAMES.join(', '));
const columns = (of: string) => sql.raw(NAMES.map((name) => `${of}.${name}`).join(', '));

/**
 * Absences may come before the student or the school that they name, and a read of changes does not bring them a second
 * time: those that could not be placed are looked at again with every read of changes, until they can, are removed, or
 * a whole read takes their place. Goes before the rows are compared.
 */
export async function restageUnplaced(tx: Tx, run: RunToApply): Promise<void> {
  if (run.attendance !== 'changes') return;
  await sql`
    insert into stage_absence (run_id, deleted, ${COLUMNS})
    select ${run.id}, false, ${columns('u')} from unplaced_absence u
    where not exists (select from stage_absence a where a.run_id = ${run.id} and a.sourced_id = u.sourced_id)`.execute(
    tx,
  );
}

/** Goes after the rows were compared (`incoming`). */
export async function keepUnplaced(tx: Tx, run: RunToApply): Promise<void> {
  await sql`delete from unplaced_absence`.execute(tx);
  // A source that is always read whole brings them again by itself.
  if (run.cursors.attendance === null) return;
  await sql`
    insert into unplaced_absence (${COLUMNS})
    select distinct ${columns('a')} from stage_absence a
    where a.run_id = ${run.id} and not a.deleted
      and a.date >= ${run.schoolYear.begins} and a.date < ${run.schoolYear.ends}
      and a.sourced_id in (select sourced_id from incoming where student_id is null or school_id is null)`.execute(
    tx,
  );
}
