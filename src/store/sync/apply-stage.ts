import { sql } from 'kysely';
import { openBaseline } from '../baseline.ts';
import type { Db, Tx } from '../database.ts';
import { saveSessions } from '../sessions.ts';
import { countAbsentDays } from './absent-days.ts';
import { adoptIds, mergePersons, reportDoubtful } from './adopt-ids.ts';
import { applyAbsences } from './apply-absences.ts';
import { applyContacts } from './apply-contacts.ts';
import { applyDemographics } from './apply-demographics.ts';
import { applyGuardians } from './apply-guardians.ts';
import { applyHolds } from './apply-holds.ts';
import { applyLinks } from './apply-links.ts';
import { applyCodes, applySchools } from './apply-schools.ts';
import { applyEnrolments, applyStudents } from './apply-students.ts';
import { saveCursors } from './cursors.ts';
import { endSchoolYear } from './end-school-year.ts';
import { RunStoppedError } from './evidence.ts';
import { judgeRun } from './guards.ts';
import { findHeard } from './heard.ts';
import type { ApplyCounts, RunToApply, SchoolYearFacts } from './run-to-apply.ts';
import { stageTables } from './stage-names.ts';
import { analyzeStage, countStage, dropStaleStages } from './stage-tables.ts';
import { finishSyncRun } from './sync-runs.ts';
import { arrivalsPerSchool, notePeopleBefore, saveTallies } from './tallies.ts';
import { uniteContacts } from './unite-contacts.ts';

/** A dry run: everything was worked out and nothing stays. */
class TriedOnly extends Error {
  readonly counts: ApplyCounts;

  constructor(counts: ApplyCounts) {
    super('nothing of a dry run stays');
    this.counts = counts;
  }
}

/**
 * Brings one staged, complete run into force in a single transaction: all of it or nothing. The guards look at the
 * result before it is committed. Students whose answer may have changed are marked as due in the same transaction.
 * @param how `keep` false: works everything out, guards included, and takes it back; `also`: in the same transaction
 * @throws RunStoppedError when a guard fires; nothing has changed then
 */
export async function applyStage(
  db: Db,
  run: RunToApply,
  readCounts: ApplyCounts,
  { keep = true, also = async () => {} }: { keep?: boolean; also?: (tx: Tx) => Promise<void> } = {},
): Promise<ApplyCounts> {
  try {
    const applied = await db.transaction().execute(async (tx) => {
      await expectWholeStage(tx, run);
      const counts = { ...readCounts, ...(await applyAll(tx, run, readCounts)) };
      if (!keep) throw new TriedOnly(counts);
      await saveCursors(tx, run);
      await finishSyncRun(tx, { ...run, counts });
      await also(tx);
      return counts;
    });
    await tidy(db, run);
    return applied;
  } catch (error) {
    if (error instanceof TriedOnly) return error.counts;
    throw error;
  }
}

/** The rows of a run are gone, or it is no longer waiting to be applied. */
export class StageLostError extends Error {
  override readonly name = 'StageLostError';
}

/** A stage that is no longer whole would read as a district in which everybody has vanished. */
async function expectWholeStage(tx: Tx, run: RunToApply): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('rollcall sync'))`.execute(tx);
  const row = await tx
    .selectFrom('sync_run')
    .select(['state', 'plan'])
    .where('id', '=', run.id)
    .forUpdate()
    .executeTakeFirst();
  const waiting = row?.state === 'running' || (row?.state === 'quarantined' && row.plan !== null);
  const found = waiting ? await countStage(tx, run.id) : null;
  if (found === null || stageTables.some((table) => found[table] !== run.staged[table])) {
    throw new StageLostError('the rows that this run has read are no longer all there');
  }
}

/** Staged rows. */
const LARGE_READ = 20_000;

function isLarge({ staged }: RunToApply): boolean {
  return Object.values(staged).reduce((sum, rows) => sum + rows, 0) > LARGE_READ;
}

/** What a night looks up among, row by row. */
const LOOKED_UP = [
  'absence_record',
  'student',
  'guardian',
  'guardianship',
  'enrolment',
  'person_alias',
  'demographics',
  'roster_link',
  'absent_per_day',
];

/**
 * After much has changed: the next night would otherwise be planned as if the tables were what they were, and every
 * one of its first looks at a page would also write it. The server's own tidying comes when it comes.
 *
 * The run is in force: what somebody else's lock keeps from being tidied away is left to the next one.
 */
async function tidy(db: Db, run: RunToApply): Promise<void> {
  await dropStaleStages(db);
  if (!isLarge(run)) return;
  const tables = sql.join(LOOKED_UP.map((table) => sql.table(table)));
  await sql`vacuum (analyze, skip_locked) ${tables}`.execute(db);
}

async function applyAll(tx: Tx, run: RunToApply, readCounts: ApplyCounts): Promise<ApplyCounts> {
  // Large joins in memory; compiling queries of this size takes longer than running them. Much of a large read is
  // joined with much of the district, whatever the statistics of tables say that have only just been filled.
  const large = isLarge(run);
  // A small one is looked up in it row by row, and most of its pages are in memory.
  await sql`select set_config('work_mem', '96MB', true), set_config('jit', 'off', true),
    set_config('enable_nestloop', ${large ? 'off' : 'on'}, true),
    set_config('random_page_cost', ${large ? '4' : '1.1'}, true)`.execute(tx);
  await sql`create temp table changed_student (student_id int primary key, reason text) on commit drop`.execute(
    tx,
  );
  await analyzeStage(tx, run.id);
  await findHeard(tx, run);
  await saveSchoolYear(tx, run.schoolYear);
  await saveSessions(tx, run.schoolYear);
  await openBaseline(tx, run, run.needsBaseline ?? false);
  const counts: ApplyCounts = {};
  // Schools and links are judged by what does not come; of a roster that a later run has read nothing is left to come.
  const roster = run.roster !== 'none';
  if (roster) Object.assign(counts, await applySchools(tx, run));
  Object.assign(counts, await adoptIds(tx, run));
  Object.assign(counts, await mergePersons(tx, run));
  await notePeopleBefore(tx, run);
  Object.assign(counts, await applyStudents(tx, run));
  Object.assign(counts, await applyEnrolments(tx, run));
  Object.assign(counts, await applyGuardians(tx, run));
  Object.assign(counts, await reportDoubtful(tx, run));
  Object.assign(counts, await applyDemographics(tx, run));
  if (roster) Object.assign(counts, await applyLinks(tx, run));
  if (run.contacts !== 'none') Object.assign(counts, await applyContacts(tx, run));
  Object.assign(counts, await uniteContacts(tx, run));
  if (run.attendance !== 'none') {
    Object.assign(counts, await applyCodes(tx, run));
    Object.assign(counts, await applyAbsences(tx, run));
    await countAbsentDays(tx, run);
  }
  const arrivals = await arrivalsPerSchool(tx, run);
  if (run.guards !== null && run.phase !== 'between') {
    const evidence = await judgeRun(tx, run, arrivals, run.guards, { ...readCounts, ...counts });
    if (evidence.length > 0) throw new RunStoppedError(evidence);
  }
  await saveTallies(tx, run, arrivals);
  Object.assign(counts, await endSchoolYear(tx, run));
  Object.assign(counts, await applyHolds(tx, run));
  counts.studentsToEvaluate = await markDue(tx, run.now);
  return counts;
}

async function saveSchoolYear(tx: Tx, year: SchoolYearFacts): Promise<void> {
  const values = {
    sourced_id: year.sourcedId,
    title: year.title,
    begins: year.begins,
    ends: year.ends,
  };
  await tx
    .insertInto('school_year')
    .values({ id: year.id, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}

/** A student without a single row and without a ladder has nothing to decide. */
async function markDue(tx: Tx, now: Date): Promise<number> {
  // What waited because the absences were too old is looked at again, now that newer ones have come.
  await sql`
    insert into changed_student
    select distinct student_id, 'fresh' from ladder_step
    where state = 'owed' and blocks @> '[{"kind": "stale-records"}]'
    on conflict do nothing`.execute(tx);
  await sql`analyze changed_student`.execute(tx);
  const result = await sql`
    insert into evaluation_due (student_id, reason, since)
    select c.student_id, c.reason, ${now}
    from changed_student c
    where c.reason = 'absence'
       or exists (select from absence_record r where r.student_id = c.student_id and r.ended_at is null)
       or exists (select from ladder l where l.student_id = c.student_id)
    on conflict (student_id) do update set reason = excluded.reason, since = excluded.since, attempts = 0`.execute(
    tx,
  );
  return Number(result.numAffectedRows ?? 0);
}
