import { sql } from 'kysely';
import type { Db, Tx } from '../database.ts';
import { applyAbsences } from './apply-absences.ts';
import { applyGuardians, applyLinks } from './apply-guardians.ts';
import { applyCodes, applySchools } from './apply-schools.ts';
import { applyEnrolments, applyStudents } from './apply-students.ts';
import type { ApplyCounts, RunToApply, SchoolYearFacts } from './run-to-apply.ts';
import { clearStage, finishSyncRun } from './sync-runs.ts';

/**
 * Brings one staged, complete run into force in a single transaction: all of it or nothing.
 * Students whose answer may have changed are marked as due for evaluation in the same transaction.
 */
export async function applyStage(db: Db, run: RunToApply, readCounts: ApplyCounts): Promise<ApplyCounts> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('rollcall sync'))`.execute(tx);
    await sql`create temp table changed_student (student_id int primary key, reason text) on commit drop`.execute(
      tx,
    );
    await analyzeStage(tx);
    await saveSchoolYear(tx, run.schoolYear);
    const counts: ApplyCounts = { ...readCounts };
    Object.assign(counts, await applySchools(tx, run));
    Object.assign(counts, await applyStudents(tx, run));
    Object.assign(counts, await applyEnrolments(tx, run));
    Object.assign(counts, await applyGuardians(tx, run));
    Object.assign(counts, await applyLinks(tx, run));
    Object.assign(counts, await applyCodes(tx, run));
    Object.assign(counts, await applyAbsences(tx, run));
    counts.studentsToEvaluate = await markDue(tx, run.now);
    await clearStage(tx, run.id);
    await finishSyncRun(tx, { id: run.id, counts, now: run.now });
    return counts;
  });
}

/** Fresh statistics: the planner would otherwise join the just-copied rows as if there were none. */
async function analyzeStage(tx: Tx): Promise<void> {
  await sql`analyze stage_student, stage_alias, stage_guardian, stage_link, stage_demographics, stage_absence`.execute(
    tx,
  );
}

async function saveSchoolYear(tx: Tx, year: SchoolYearFacts): Promise<void> {
  await tx
    .insertInto('school_year')
    .values({
      id: year.id,
      sourced_id: year.sourcedId,
      title: year.title,
      begins: year.begins,
      ends: year.ends,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        sourced_id: year.sourcedId,
        title: year.title,
        begins: year.begins,
        ends: year.ends,
      }),
    )
    .execute();
}

/** A student without a single row and without a ladder has nothing to decide. */
async function markDue(tx: Tx, now: Date): Promise<number> {
  const result = await sql`
    insert into evaluation_due (student_id, reason, since)
    select c.student_id, c.reason, ${now}
    from changed_student c
    where exists (select from absence_record r where r.student_id = c.student_id)
       or exists (select from ladder l where l.student_id = c.student_id)
    on conflict (student_id) do update set reason = excluded.reason, since = excluded.since, attempts = 0`.execute(
    tx,
  );
  return Number(result.numAffectedRows ?? 0);
}
