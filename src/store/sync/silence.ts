import { sql } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
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

/** The day of the last applied run that read absences, all or what had changed; null: none has. */
export async function lastReadOfAbsences(db: Db): Promise<SchoolDate | null> {
  const row = await db
    .selectFrom('sync_run')
    .select('as_of')
    .where('state', '=', 'applied')
    .where(sql<boolean>`jsonb_exists(counts, 'attendances')`)
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.as_of ?? null;
}

/** The day of the last applied run that found any absence new, changed or ended; null: none has. */
export async function lastNewsOfAbsences(db: Db): Promise<SchoolDate | null> {
  const told = ['absencesAdded', 'absencesCorrected', 'absencesDeleted', 'absencesGone', 'absencesRenamed'];
  const row = await db
    .selectFrom('sync_run')
    .select('as_of')
    .where('state', '=', 'applied')
    .where(
      sql<boolean>`exists (
        select from jsonb_each_text(counts) c where c.key = any(${told}::text[]) and c.value::int > 0)`,
    )
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.as_of ?? null;
}

/** Whether a whole read of absences differs in anything from what is in force and from what could not be placed. */
export async function anyNewsStaged(db: Db, runId: string): Promise<boolean> {
  const result = await sql<{ found: boolean }>`
    select exists (select from stage_unmet where run_id = ${runId} and collection = 'attendances')
      or exists (
        select from stage_absence a where a.run_id = ${runId}
          and not exists (select from unplaced_absence u where u.sourced_id = a.sourced_id)) as found`.execute(
    db,
  );
  return result.rows[0]?.found ?? false;
}

/** Absences in force, over all schools. */
export async function countAbsencesInForce(db: Db): Promise<number> {
  const result = await sql<{ rows: number }>`
    select coalesce(sum(absence_rows), 0)::int as rows from school_tally`.execute(db);
  return result.rows[0]?.rows ?? 0;
}
