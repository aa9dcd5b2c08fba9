import { sql } from 'kysely';
import type { Db } from '../database.ts';

/** Whether any absence is staged that was not just removed. */
export async function anyAbsenceCame(db: Db, runId: string): Promise<boolean> {
  const result = await sql<{ found: boolean }>`
    select exists (select from stage_absence where run_id = ${runId} and not deleted) as found`.execute(db);
  return result.rows[0]?.found ?? false;
}

/**
 * Whether the staged changes of absences say nothing of a school that would have rows among them.
 * @param usual so large a share of a school's rows of the year is expected to come, and at least so many rows make it
 *   certain that some do
 */
export async function anySilentSchool(
  db: Db,
  runId: string,
  usual: { readonly share: number; readonly atLeast: number },
): Promise<boolean> {
  const result = await sql<{ found: boolean }>`
    with told as materialized (
      select distinct school_sourced_id from stage_absence where run_id = ${runId}
    ), emptied as materialized (
      select distinct r.school_id
      from stage_absence a join absence_record r on r.sourced_id = a.sourced_id and r.ended_at is null
      where a.run_id = ${runId} and a.deleted
    )
    select exists (
      select from school_tally t join school sc on sc.id = t.school_id and sc.active
      where t.absence_rows * ${usual.share}::float >= ${usual.atLeast}
        and not exists (select from told where school_sourced_id in (sc.sourced_id, 'number:' || sc.number))
        and not exists (select from emptied where school_id = sc.id)
    ) as found`.execute(db);
  return result.rows[0]?.found ?? false;
}
