import { type RawBuilder, sql } from 'kysely';
import { addDays } from '../../domain/school-date.ts';
import { cancelLetters } from '../cancel-letters.ts';
import type { Tx } from '../database.ts';
import { closeTasks, openTask } from '../tasks.ts';
import { NeedsWholeReadError } from './needs-whole-read.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/**
 * A person whose id the SIS has changed goes on as the same person: the new id is adopted when exactly one known
 * person goes by one of its other ids, has the same name or the same birth date, and is no longer served under its own
 * id. Name and birth date keep a number that was given to another child, a sister even, from carrying one child's
 * ladder to the other; where both differ the row is a new person, and `reportDoubtful` tells a person of it.
 * @throws NeedsWholeReadError when this shows in a read of changes, which cannot know what is no longer served
 */
export async function adoptIds(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`create temp table doubtful_person (kind text, sourced_id text) on commit drop`.execute(tx);
  return {
    studentsRenamed: await adopt(tx, run, 'student'),
    guardiansRenamed: await adopt(tx, run, 'guardian'),
  };
}

async function adopt(tx: Tx, run: RunToApply, kind: 'student' | 'guardian'): Promise<number> {
  const table = sql.table(kind);
  const stage = sql.table(`stage_${kind}`);
  const birthDate = kind === 'student' ? sql`known.birth_date` : sql`null::date`;
  const found = await sql<{ person_id: number; sourced_id: string; same: boolean }>`
    with unknown as materialized (
      select distinct on (s.sourced_id) s.sourced_id, s.given_name, s.family_name from ${stage} s
      where s.run_id = ${run.id}
        and not exists (select from ${table} known where known.sourced_id = s.sourced_id)
    ), candidates as (
      select s.sourced_id, min(p.person_id) as person_id
      from unknown s
      join stage_alias a on a.run_id = ${run.id} and a.kind = ${kind} and a.sourced_id = s.sourced_id
      join person_alias p on p.kind = ${kind} and p.alias = a.alias
      group by s.sourced_id
      having count(distinct p.person_id) = 1
    )
    select c.person_id, min(c.sourced_id) as sourced_id, bool_and(
      (${asCompared('known.given_name')}, ${asCompared('known.family_name')})
        = (${asCompared('u.given_name')}, ${asCompared('u.family_name')})
      or coalesce((
        select coalesce(${birthDate}, was.birth_date) = coalesce(read.birth_date, told.birth_date)
        from (select 1) one
        left join demographics was on was.sourced_id = known.sourced_id
        left join demographics told on told.sourced_id = u.sourced_id
        left join stage_demographics read on read.run_id = ${run.id} and read.sourced_id = u.sourced_id
        limit 1), false)) as same
    from candidates c
    join ${table} known on known.id = c.person_id
    join unknown u on u.sourced_id = c.sourced_id
    where ${isServedNoMore(run, kind, 'known')}
    group by c.person_id having count(*) = 1`.execute(tx);
  if (found.rows.length === 0) return 0;
  if (run.roster !== 'whole') throw new NeedsWholeReadError('roster', 'persons came under new ids');
  const doubtful = found.rows.filter((row) => !row.same).map((row) => row.sourced_id);
  await sql`insert into doubtful_person select ${kind}, unnest(${doubtful}::text[])`.execute(tx);
  const renamed = found.rows.filter((row) => row.same);
  const persons = renamed.map((row) => row.person_id);
  const ids = renamed.map((row) => row.sourced_id);
  const origin = kind === 'guardian' ? sql`, origin = 'roster'` : sql``;
  // What the person said of others under the old id is said again under the new one.
  await sql`
    delete from roster_link l using ${table} t
    where t.id = any(${persons}::int[]) and l.side = ${kind}
      and ${sql.ref(`l.${kind}_sourced_id`)} = t.sourced_id`.execute(tx);
  await sql`
    update ${table} t set sourced_id = n.sourced_id ${origin}
    from unnest(${persons}::int[], ${ids}::text[]) n (person_id, sourced_id)
    where t.id = n.person_id`.execute(tx);
  return renamed.length;
}

/** Combining accents, and what stands between the parts of a name. */
const NOT_COMPARED = "[\\u0300-\\u036f[:space:]'’.-]";

/** A name without accents, capitals, blanks, hyphens and apostrophes, which systems write as they like. */
function asCompared(name: string): RawBuilder<unknown> {
  return sql`regexp_replace(lower(normalize(${sql.ref(name)}, NFKD)), ${NOT_COMPARED}, '', 'g')`;
}

/**
 * Rows that go by another id of a person who is served no more, and by another name and birth date: whoever knows the
 * two can tell whether they are one. Until then they are two, what was counted for the one stays with that one, and
 * what comes under the id now is of the one who has it now.
 */
export async function reportDoubtful(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`
    insert into sync_problem (run_id, collection, "row", field, found, expected)
    select ${run.id}, kind || 's', sourced_id, 'userIds', 'an id of another person',
      'the same name or birth date, where it is the same person'
    from doubtful_person`.execute(tx);
  for (const kind of ['student', 'guardian'] as const) {
    await sql`
      update person_alias p set person_id = t.id
      from doubtful_person d
      join stage_alias a on a.run_id = ${run.id} and a.kind = d.kind and a.sourced_id = d.sourced_id
      join ${sql.table(kind)} t on t.sourced_id = d.sourced_id
      where d.kind = ${kind} and p.kind = d.kind and p.alias = a.alias
        and not exists (select from ${sql.table(kind)} own where own.sourced_id = p.alias)`.execute(tx);
  }
  const doubtful = await sql<{ kind: string; student_id: number | null; school_id: number | null }>`
    select d.kind, st.id as student_id, min(e.school_id) as school_id
    from doubtful_person d
    left join student st on d.kind = 'student' and st.sourced_id = d.sourced_id
    left join enrolment e on e.student_id = st.id and e.is_primary
    group by d.kind, d.sourced_id, st.id order by d.sourced_id`.execute(tx);
  for (const { student_id: studentId, school_id: schoolId } of doubtful.rows) {
    if (studentId === null) continue;
    const task = { kind: 'same-student', role: 'attendance-clerk' };
    const days = { openedOn: run.asOf, dueOn: addDays(run.asOf, DOUBT_DUE_IN_DAYS) };
    const about = { studentId, schoolId, schoolYear: run.schoolYear.id };
    await openTask(tx, { key: `same-student:${studentId}`, ...task, ...days, ...about }, run.now);
  }
  return { personsUnderIdsOfOthers: doubtful.rows.length };
}

const DOUBT_DUE_IN_DAYS = 4;

/** A read of changes cannot tell who is served no more; then everybody may be. */
function isServedNoMore(run: RunToApply, kind: 'student' | 'guardian', person: string): RawBuilder<unknown> {
  const id = sql.ref(`${person}.sourced_id`);
  const metAsActive =
    run.roster === 'whole'
      ? sql`${sql.ref(`${person}.active`)} and ${id} not in (select key from ${sql.table(`heard_${kind}`)})`
      : sql`false`;
  return sql`not (${metAsActive}) and not exists (
    select from ${sql.table(`stage_${kind}`)} s where s.run_id = ${run.id} and s.sourced_id = ${id} and s.active)`;
}

/**
 * Two records that the SIS has made one: the one that is still served names the other's id, which is served no more.
 * What was decided and sent for the one that has ended goes on under the other.
 */
export async function mergePersons(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const merged = await sql<{ ended: number; goes_on: number }>`
    select ended.id as ended, min(st.id) as goes_on
    from stage_alias a
    join student st on st.sourced_id = a.sourced_id
    join person_alias p on p.kind = 'student' and p.alias = a.alias and p.person_id <> st.id
    join student ended on ended.id = p.person_id and ended.sourced_id = a.alias and ended.merged_into is null
    where a.run_id = ${run.id} and a.kind = 'student' and ${isServedNoMore(run, 'student', 'ended')}
    group by ended.id having count(distinct st.id) = 1`.execute(tx);
  if (merged.rows.length === 0) return { studentsMerged: 0 };
  if (run.roster !== 'whole') throw new NeedsWholeReadError('roster', 'persons were made one');
  for (const { ended, goes_on } of merged.rows) await goOnAs(tx, run, ended, goes_on);
  return { studentsMerged: merged.rows.length };
}

const CARRIED = [
  'hold',
  'letter',
  'task',
  'contact_log_entry',
  'ladder_event',
  'absence_record',
  'attendance_contract',
  'upload',
  'meeting',
  'meeting_not_needed',
] as const;

async function goOnAs(tx: Tx, run: RunToApply, ended: number, goesOn: number): Promise<void> {
  await stopLetters(tx, run, ended, goesOn);
  // A source has a hold once for a student; what both have goes on once.
  await sql`
    update hold theirs set ended_at = ${run.now}, ended_by = 'SIS', ended_because = 'made one with another student'
    where theirs.student_id = ${ended} and theirs.ended_at is null and exists (
      select from hold mine
      where mine.student_id = ${goesOn} and mine.ended_at is null
        and (mine.source, mine.source_key) = (theirs.source, theirs.source_key))`.execute(tx);
  await endOlderContracts(tx, run, ended, goesOn);
  await renameTasks(tx, run, ended, goesOn);
  await sql`
    update staff_mail set student_ids = array_replace(student_ids, ${ended}::int, ${goesOn}::int)
    where state in ('queued', 'claimed') and ${ended}::int = any(student_ids)`.execute(tx);
  for (const table of CARRIED) {
    await sql`update ${sql.table(table)} set student_id = ${goesOn} where student_id = ${ended}`.execute(tx);
  }
  // Absences count inside an enrolment only: those of the one that has ended bring theirs along.
  await sql`
    update enrolment theirs set student_id = ${goesOn}
    where theirs.student_id = ${ended} and not exists (
      select from enrolment mine
      where mine.student_id = ${goesOn} and mine.school_id = theirs.school_id
        and mine.begins is not distinct from theirs.begins)`.execute(tx);
  // A step that was taken stays taken, whoever of the two it was taken for.
  await sql`
    delete from ladder_step mine using ladder_step theirs
    where mine.student_id = ${goesOn} and theirs.student_id = ${ended}
      and (mine.school_year, mine.step) = (theirs.school_year, theirs.step)
      and theirs.state = 'taken' and mine.state <> 'taken'`.execute(tx);
  await sql`
    update ladder_step theirs set student_id = ${goesOn}
    where theirs.student_id = ${ended} and not exists (
      select from ladder_step mine
      where mine.student_id = ${goesOn} and (mine.school_year, mine.step) = (theirs.school_year, theirs.step))`.execute(
    tx,
  );
  await sql`
    update referral theirs set student_id = ${goesOn}
    where theirs.student_id = ${ended} and (theirs.state = 'withdrawn' or not exists (
      select from referral mine
      where mine.student_id = ${goesOn} and mine.state <> 'withdrawn'
        and (mine.school_year, mine.step) = (theirs.school_year, theirs.step)))`.execute(tx);
  // What a person has found goes before what was only asked for, and the later answer before the earlier one.
  await sql`
    delete from medical_documentation mine using medical_documentation theirs
    where mine.student_id = ${goesOn} and theirs.student_id = ${ended} and mine.school_year = theirs.school_year
      and (theirs.by_name is not null, theirs.changed_at) > (mine.by_name is not null, mine.changed_at)`.execute(
    tx,
  );
  await sql`
    update medical_documentation theirs set student_id = ${goesOn}
    where theirs.student_id = ${ended} and not exists (
      select from medical_documentation mine
      where mine.student_id = ${goesOn} and mine.school_year = theirs.school_year)`.execute(tx);
  // The same letter, recorded for both, was sent once.
  await sql`
    update outside_letter theirs set student_id = ${goesOn}
    where theirs.student_id = ${ended} and not exists (
      select from outside_letter mine
      where mine.student_id = ${goesOn}
        and (mine.school_year, mine.step, mine.sent_on) = (theirs.school_year, theirs.step, theirs.sent_on))`.execute(
    tx,
  );
  await sql`
    update file_entry set file_id = mine.id
    from attendance_file theirs
    join attendance_file mine on mine.student_id = ${goesOn} and mine.school_year = theirs.school_year
    where theirs.student_id = ${ended} and file_entry.file_id = theirs.id`.execute(tx);
  await sql`
    update attendance_file theirs set student_id = ${goesOn}
    where theirs.student_id = ${ended} and not exists (
      select from attendance_file mine
      where mine.student_id = ${goesOn} and mine.school_year = theirs.school_year)`.execute(tx);
  await sql`update person_alias set person_id = ${goesOn} where kind = 'student' and person_id = ${ended}`.execute(
    tx,
  );
  await sql`update student set active = false, digest = null, merged_into = ${goesOn} where id = ${ended}`.execute(
    tx,
  );
  await sql`insert into changed_student values (${goesOn}, 'merged'), (${ended}, 'merged') on conflict do nothing`.execute(
    tx,
  );
}

/**
 * Where both have the same step, one of the two gives way, and its family must not be written to a second time: what it
 * has not sent is cancelled, and its tasks close.
 */
async function stopLetters(tx: Tx, run: RunToApply, ended: number, goesOn: number): Promise<void> {
  const givingWay = await sql<{ student_id: number; school_year: string; step: string }>`
    select case when theirs.state = 'taken' and mine.state <> 'taken' then ${goesOn}::int else ${ended}::int end
      as student_id, mine.school_year, mine.step
    from ladder_step mine
    join ladder_step theirs using (school_year, step)
    where mine.student_id = ${goesOn} and theirs.student_id = ${ended}`.execute(tx);
  for (const { student_id: studentId, school_year: schoolYear, step } of givingWay.rows) {
    const atStep = { studentId, schoolYear, step };
    await cancelLetters(tx, atStep, 'merged');
    await closeTasks(tx, atStep, { reason: 'merged', on: run.asOf, now: run.now });
  }
}

/**
 * Keys of tasks name their student by id: what is looked for under the one that goes on must be found there. Of two
 * that ask for the same, one goes on; one of which staff were told before one that is a shadow.
 */
async function renameTasks(tx: Tx, run: RunToApply, ended: number, goesOn: number): Promise<void> {
  // Words come before the id, and after it nothing is one: a school year may have the same digits.
  const renamed = sql`regexp_replace(theirs.key, ${`^((?:[a-z][a-z-]*:)+)${ended}(:|$)`}, ${`\\1${goesOn}\\2`})`;
  await sql`
    update task set state = 'closed', closed_on = ${run.asOf}, reason = 'merged', changed_at = ${run.now}
    from task theirs
    join task mine on mine.key = ${renamed} and mine.state = 'open' and mine.student_id = ${goesOn}
    where theirs.student_id = ${ended} and theirs.state = 'open'
      and task.id = case when mine.shadow and not theirs.shadow then mine.id else theirs.id end`.execute(tx);
  await sql`
    update task theirs set key = ${renamed} where theirs.student_id = ${ended}`.execute(tx);
}

/**
 * A student has one contract at a time: where both have one for the same days, the one that was recorded later stands,
 * as if it had been agreed instead of the other. What the other was violated by before stands too.
 */
async function endOlderContracts(tx: Tx, run: RunToApply, ended: number, goesOn: number): Promise<void> {
  const older = await sql<{ id: string }>`
    with one as (
      select * from attendance_contract
      where student_id in (${ended}::int, ${goesOn}::int) and state = 'in-force')
    update attendance_contract c set state = 'ended', ended_on = ${run.asOf}, ended_at = ${run.now}, ended_by = 'SIS',
      ended_because = 'made one with another student', changed_at = ${run.now}
    from one older join one later on later.student_id <> older.student_id and later.school_year = older.school_year
      and later.begins <= older.ends and older.begins <= later.ends
      and (later.created_at, later.id) > (older.created_at, older.id)
    where c.id = older.id
    returning c.id`.execute(tx);
  const keys = older.rows.map(({ id }) => `contract-violated:${id}`);
  if (keys.length > 0) await closeTasks(tx, { keys }, { reason: 'merged', on: run.asOf, now: run.now });
}

/** Remembers every id of a person. An id that two persons share names neither. */
export async function saveAliases(tx: Tx, run: RunToApply, kind: 'student' | 'guardian'): Promise<void> {
  const table = sql.table(kind);
  const stage = sql.table(`stage_${kind}`);
  await sql`
    insert into person_alias (kind, alias, person_id)
    select ${kind}, ids.alias, min(ids.id)
    from (
      select t.id, s.sourced_id as alias
      from ${stage} s join ${table} t on t.sourced_id = s.sourced_id where s.run_id = ${run.id}
      union all
      select t.id, a.alias
      from stage_alias a join ${table} t on t.sourced_id = a.sourced_id
      where a.run_id = ${run.id} and a.kind = ${kind}
    ) ids
    where not exists (select from person_alias known where known.kind = ${kind} and known.alias = ids.alias)
    group by ids.alias
    having min(ids.id) = max(ids.id)
    order by ids.alias
    on conflict do nothing`.execute(tx);
}
