import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { markMissing } from './mark-missing.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

export async function applySchools(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const changed = await sql`
    insert into school (sourced_id, name, number, active)
    select distinct on (sourced_id) sourced_id, name, number, active
    from stage_school where run_id = ${run.id}
    on conflict (sourced_id) do update
      set name = excluded.name, number = excluded.number, active = excluded.active, missing_since = null
      where (school.name, school.number, school.active, school.missing_since)
        is distinct from (excluded.name, excluded.number, excluded.active, null)`.execute(tx);
  await markMissing(tx, 'school', run);
  return { schoolsChanged: Number(changed.numAffectedRows ?? 0) };
}

/** A code that changes its meaning changes the count of every student who has a row with it. */
export async function applyCodes(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const changed = await sql<{ sourced_id: string }>`
    insert into attendance_code (sourced_id, title, description, status, excuse, school_sourced_id, active)
    select distinct on (sourced_id) sourced_id, title, description, status, excuse, school_sourced_id, active
    from stage_code where run_id = ${run.id}
    on conflict (sourced_id) do update
      set title = excluded.title, description = excluded.description, status = excluded.status,
          excuse = excluded.excuse, school_sourced_id = excluded.school_sourced_id, active = excluded.active
      where (attendance_code.title, attendance_code.status, attendance_code.excuse, attendance_code.active)
        is distinct from (excluded.title, excluded.status, excluded.excuse, excluded.active)
    returning sourced_id`.execute(tx);
  const retired = run.everyCode
    ? await sql<{ sourced_id: string }>`
        update attendance_code c set active = false
        where c.active and not exists (
          select from stage_code s where s.run_id = ${run.id} and s.sourced_id = c.sourced_id)
        returning c.sourced_id`.execute(tx)
    : { rows: [] };
  const codes = [...changed.rows, ...retired.rows].map((row) => row.sourced_id);
  await sql`
    create temp table changed_code on commit drop as select unnest(${codes}::text[]) as sourced_id`.execute(
    tx,
  );
  if (codes.length > 0) {
    await sql`
      insert into changed_student
      select distinct r.student_id, 'code'
      from changed_code c join absence_record r on r.code_sourced_id = c.sourced_id and r.ended_at is null
      on conflict do nothing`.execute(tx);
  }
  return { codesChanged: codes.length };
}
