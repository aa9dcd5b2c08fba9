import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/**
 * Students name guardians and guardians name students: the union of both counts. What each side says is kept, so that
 * a row that changes on one side does not take away what the other still says.
 */
export async function applyLinks(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const touched = await saveSides(tx, run);
  if (touched === 0 && run.roster === 'changes') {
    return { guardianLinksChanged: await endMissing(tx, run), guardianLinksDangling: 0 };
  }
  await sql`
    create temp table incoming_link on commit drop as
    select st.id as student_id, g.id as guardian_id, max(l.relationship) as relationship,
      case when bool_or(l.is_guardian is false) then false when bool_or(l.is_guardian is true) then true end
        as is_guardian,
      bool_or(l.contradictory) or (bool_or(l.is_guardian is true) and bool_or(l.is_guardian is false))
        as contradictory
    from roster_link l
    join student st on st.sourced_id = l.student_sourced_id
    join guardian g on g.sourced_id = l.guardian_sourced_id
    ${run.roster === 'whole' ? sql`` : sql`join touched_pair t using (student_sourced_id, guardian_sourced_id)`}
    group by st.id, g.id`.execute(tx);
  await sql`create unique index on incoming_link (student_id, guardian_id)`.execute(tx);
  await sql`analyze incoming_link`.execute(tx);
  const saved = await sql<{ n: string }>`
    with saved as (
      insert into guardianship (student_id, guardian_id, relationship, is_guardian, contradictory, active)
      select student_id, guardian_id, relationship, is_guardian, contradictory, true from incoming_link
      on conflict (student_id, guardian_id) do update
        set relationship = excluded.relationship, is_guardian = excluded.is_guardian,
            contradictory = excluded.contradictory, active = true, missing_since = null
        where (guardianship.relationship, guardianship.is_guardian, guardianship.contradictory,
               guardianship.active, guardianship.missing_since)
          is distinct from (excluded.relationship, excluded.is_guardian, excluded.contradictory, true, null)
      returning student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'guardian' from saved on conflict do nothing
    )
    select count(*) as n from saved`.execute(tx);
  const ended = await endMissing(tx, run);
  if (run.phase !== 'between') await markUnsaid(tx, run);
  return {
    guardianLinksChanged: Number(saved.rows[0]?.n ?? 0) + ended,
    guardianLinksDangling: await countDangling(tx, run),
  };
}

/** A whole read speaks for every pair; a row that changed speaks for its own side only. */
async function saveSides(tx: Tx, run: RunToApply): Promise<number> {
  await sql`
    create temp table said on commit drop as
    select student_sourced_id, guardian_sourced_id, side, max(relationship) as relationship,
      case when bool_or(is_guardian is false) then false when bool_or(is_guardian is true) then true end
        as is_guardian,
      bool_or(is_guardian is true) and bool_or(is_guardian is false) as contradictory
    from stage_link where run_id = ${run.id}
    group by student_sourced_id, guardian_sourced_id, side`.execute(tx);
  await sql`create unique index on said (student_sourced_id, guardian_sourced_id, side)`.execute(tx);
  await sql`analyze said`.execute(tx);
  await sql`
    create temp table touched_pair (
      student_sourced_id text, guardian_sourced_id text,
      primary key (student_sourced_id, guardian_sourced_id)) on commit drop`.execute(tx);
  const spokenFor =
    run.roster === 'whole'
      ? sql`true`
      : sql`(l.side = 'student' and l.student_sourced_id in (
              select sourced_id from stage_student where run_id = ${run.id})
          or l.side = 'guardian' and l.guardian_sourced_id in (
              select sourced_id from stage_guardian where run_id = ${run.id}))`;
  const touched = await sql<{ n: string }>`
    with unsaid as (
      delete from roster_link l
      where ${spokenFor} and ${run.phase !== 'between'} and not exists (
        select from said s where (s.student_sourced_id, s.guardian_sourced_id, s.side)
          = (l.student_sourced_id, l.guardian_sourced_id, l.side))
      returning l.student_sourced_id, l.guardian_sourced_id
    ), saved as (
      insert into roster_link (student_sourced_id, guardian_sourced_id, side, relationship, is_guardian,
        contradictory)
      select student_sourced_id, guardian_sourced_id, side, relationship, is_guardian, contradictory from said
      on conflict (student_sourced_id, guardian_sourced_id, side) do update
        set relationship = excluded.relationship, is_guardian = excluded.is_guardian,
            contradictory = excluded.contradictory
        where (roster_link.relationship, roster_link.is_guardian, roster_link.contradictory)
          is distinct from (excluded.relationship, excluded.is_guardian, excluded.contradictory)
      returning student_sourced_id, guardian_sourced_id
    ), again as (
      -- Rows that came again may be the first whose other half is known now.
      select student_sourced_id, guardian_sourced_id from said
    ), noted as (
      insert into touched_pair
      select * from (table unsaid union table saved union table again) all_pairs
      where ${run.roster === 'changes'} on conflict do nothing
      returning 1
    )
    select count(*) as n from noted`.execute(tx);
  await sql`analyze touched_pair`.execute(tx);
  return Number(touched.rows[0]?.n ?? 0);
}

/** A link that neither side says any more is missing, and gone on another day. */
async function markUnsaid(tx: Tx, run: RunToApply): Promise<void> {
  const inScope =
    run.roster === 'whole'
      ? sql`true`
      : sql`exists (
          select from touched_pair t join student st on st.sourced_id = t.student_sourced_id
          join guardian g on g.sourced_id = t.guardian_sourced_id
          where st.id = k.student_id and g.id = k.guardian_id)`;
  await sql`
    update guardianship k set missing_since = ${run.asOf}
    where k.missing_since is null and k.active and k.contact is null and ${inScope}
      and not exists (select from incoming_link i
        where i.student_id = k.student_id and i.guardian_id = k.guardian_id)`.execute(tx);
}

async function endMissing(tx: Tx, run: RunToApply): Promise<number> {
  if (run.phase === 'between') return 0;
  const ended = await sql<{ n: string }>`
    with ended as (
      update guardianship k set active = false
      from student st, guardian g
      where k.missing_since < ${run.asOf} and k.active and k.contact is null
        and st.id = k.student_id and g.id = k.guardian_id
        and not exists (select from roster_link l
          where l.student_sourced_id = st.sourced_id and l.guardian_sourced_id = g.sourced_id)
      returning k.student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'guardian' from ended on conflict do nothing
    )
    select count(*) as n from ended`.execute(tx);
  return Number(ended.rows[0]?.n ?? 0);
}

async function countDangling(tx: Tx, run: RunToApply): Promise<number> {
  const dangling = await sql<{ n: string }>`
    select count(*) as n from stage_link l
    where l.run_id = ${run.id}
      and (not exists (select from student st where st.sourced_id = l.student_sourced_id)
        or not exists (select from guardian g where g.sourced_id = l.guardian_sourced_id))`.execute(tx);
  return Number(dangling.rows[0]?.n ?? 0);
}
