import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/** Rows came under ids that are new to us and belong to persons we know: only a whole read can tell who is who. */
export class NeedsWholeReadError extends Error {
  override readonly name = 'NeedsWholeReadError';
}

/**
 * A person whose id the SIS has changed goes on as the same person: the new id is adopted when exactly one known
 * person goes by one of its other ids, shares a name with it, and that person's own id is no longer served. The name
 * keeps a number that was given to another child from carrying one child's ladder to the other.
 * @throws NeedsWholeReadError when this shows in a read of changes, which cannot know what is no longer served
 */
export async function adoptIds(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  return {
    studentsRenamed: await adopt(tx, run, 'student'),
    guardiansRenamed: await adopt(tx, run, 'guardian'),
  };
}

async function adopt(tx: Tx, run: RunToApply, kind: 'student' | 'guardian'): Promise<number> {
  const table = sql.table(kind);
  const stage = sql.table(`stage_${kind}`);
  const found = await sql<{ person_id: number; sourced_id: string }>`
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
    select c.person_id, min(c.sourced_id) as sourced_id
    from candidates c
    join ${table} known on known.id = c.person_id
    join unknown u on u.sourced_id = c.sourced_id
    where (lower(known.given_name) = lower(u.given_name) or lower(known.family_name) = lower(u.family_name))
      and ${isServedNoMore(run, kind, 'known')}
    group by c.person_id having count(*) = 1`.execute(tx);
  if (found.rows.length === 0) return 0;
  if (run.roster !== 'whole') throw new NeedsWholeReadError('persons came under new ids');
  const persons = found.rows.map((row) => row.person_id);
  const ids = found.rows.map((row) => row.sourced_id);
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
  return found.rows.length;
}

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
  if (run.roster !== 'whole') throw new NeedsWholeReadError('persons were made one');
  for (const { ended, goes_on } of merged.rows) await goOnAs(tx, ended, goes_on, run.now);
  return { studentsMerged: merged.rows.length };
}

const CARRIED = ['hold', 'letter', 'task', 'contact_log_entry', 'ladder_event', 'absence_record'] as const;

async function goOnAs(tx: Tx, ended: number, goesOn: number, now: Date): Promise<void> {
  // A source has a hold once for a student; what both have goes on once.
  await sql`
    update hold theirs set ended_at = ${now}, ended_by = 'SIS', ended_because = 'made one with another student'
    where theirs.student_id = ${ended} and theirs.ended_at is null and exists (
      select from hold mine
      where mine.student_id = ${goesOn} and mine.ended_at is null
        and (mine.source, mine.source_key) = (theirs.source, theirs.source_key))`.execute(tx);
  await sql`
    update staff_mail set student_ids = array_replace(student_ids, ${ended}::int, ${goesOn}::int)
    where state in ('queued', 'claimed') and ${ended}::int = any(student_ids)`.execute(tx);
  for (const table of CARRIED) {
    await sql`update ${sql.table(table)} set student_id = ${goesOn} where student_id = ${ended}`.execute(tx);
  }
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
  await sql`
    update medical_documentation theirs set student_id = ${goesOn}
    where theirs.student_id = ${ended} and not exists (
      select from medical_documentation mine
      where mine.student_id = ${goesOn} and mine.school_year = theirs.school_year)`.execute(tx);
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
    on conflict do nothing`.execute(tx);
}
