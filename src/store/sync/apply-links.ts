import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/**
 * Students name guardians and guardians name students: the union of both counts. What each side says is kept, so that
 * a row that changes on one side does not take away what the other still says.
 */
export async function applyLinks(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const touched = await saveSides(tx, run);
  if (touched === 0) {
    return {
      guardianLinksChanged: await endMissing(tx, run),
      guardianLinksDangling: await countDangling(tx, run),
    };
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
    join touched_pair t using (student_sourced_id, guardian_sourced_id)
    group by st.id, g.id`.execute(tx);
  await sql`create unique index on incoming_link (student_id, guardian_id)`.execute(tx);
  await sql`analyze incoming_link`.execute(tx);
  const saved = await sql<{ n: string }>`
    with saved as (
      insert into guardianship (student_id, guardian_id, relationship, is_guardian, contradictory, active)
      select student_id, guardian_id, relationship, is_guardian, contradictory, true from incoming_link
      order by student_id, guardian_id
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

/**
 * A row speaks for its own side only, and one that came as it was has nothing new to say.
 * @returns pairs about which something may be new
 */
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
  // Those who came, and of whom a whole read would have heard.
  const spoke = (kind: 'student' | 'guardian') => sql`
    select sourced_id from ${sql.table(`stage_${kind}`)} where run_id = ${run.id}
    union select key from ${sql.table(`heard_${kind}`)}`;
  await sql`
    create temp table touched_pair (student_sourced_id text, guardian_sourced_id text) on commit drop`.execute(
    tx,
  );
  const touched = await sql<{ n: string }>`
    with spoken as materialized (
      select l.student_sourced_id, l.guardian_sourced_id, l.side
      from (${spoke('student')}) s join roster_link l on l.student_sourced_id = s.sourced_id and l.side = 'student'
      union all
      select l.student_sourced_id, l.guardian_sourced_id, l.side
      from (${spoke('guardian')}) g join roster_link l
        on l.guardian_sourced_id = g.sourced_id and l.side = 'guardian'
    ), unsaid as (
      delete from roster_link l using spoken
      where (l.student_sourced_id, l.guardian_sourced_id, l.side)
          = (spoken.student_sourced_id, spoken.guardian_sourced_id, spoken.side)
        and ${run.phase !== 'between'} and not exists (
        select from said s where (s.student_sourced_id, s.guardian_sourced_id, s.side)
          = (l.student_sourced_id, l.guardian_sourced_id, l.side))
      returning l.student_sourced_id, l.guardian_sourced_id
    ), saved as (
      insert into roster_link (student_sourced_id, guardian_sourced_id, side, relationship, is_guardian,
        contradictory)
      select student_sourced_id, guardian_sourced_id, side, relationship, is_guardian, contradictory from said
      order by student_sourced_id, guardian_sourced_id, side
      on conflict (student_sourced_id, guardian_sourced_id, side) do update
        set relationship = excluded.relationship, is_guardian = excluded.is_guardian,
            contradictory = excluded.contradictory
        where (roster_link.relationship, roster_link.is_guardian, roster_link.contradictory)
          is distinct from (excluded.relationship, excluded.is_guardian, excluded.contradictory)
      returning student_sourced_id, guardian_sourced_id
    ), again as (
      -- Either of a pair may be known only now, whoever named the other.
      select student_sourced_id, guardian_sourced_id from said
      union
      select l.student_sourced_id, l.guardian_sourced_id
      from stage_student s join roster_link l on l.student_sourced_id = s.sourced_id where s.run_id = ${run.id}
      union
      select l.student_sourced_id, l.guardian_sourced_id
      from stage_guardian g join roster_link l on l.guardian_sourced_id = g.sourced_id where g.run_id = ${run.id}
    ), noted as (
      insert into touched_pair select * from (table unsaid union table saved union table again) pairs returning 1
    )
    select count(*) as n from noted`.execute(tx);
  await sql`create unique index on touched_pair (student_sourced_id, guardian_sourced_id)`.execute(tx);
  await sql`analyze touched_pair`.execute(tx);
  return Number(touched.rows[0]?.n ?? 0);
}

/** A link that neither side says any more is missing, and gone on another day. */
async function markUnsaid(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    update guardianship k set missing_since = ${run.asOf}
    where k.missing_since is null and k.active and k.contact is null and exists (
        select from touched_pair t join student st on st.sourced_id = t.student_sourced_id
        join guardian g on g.sourced_id = t.guardian_sourced_id
        where st.id = k.student_id and g.id = k.guardian_id)
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

/** A whole read knows all that is said; a read of changes only what has changed. */
async function countDangling(tx: Tx, run: RunToApply): Promise<number> {
  const said =
    run.roster === 'whole' ? sql`roster_link l where true` : sql`stage_link l where l.run_id = ${run.id}`;
  const dangling = await sql<{ n: string }>`
    select count(*) as n from ${said}
      and (not exists (select from student st where st.sourced_id = l.student_sourced_id)
        or not exists (select from guardian g where g.sourced_id = l.guardian_sourced_id))`.execute(tx);
  return Number(dangling.rows[0]?.n ?? 0);
}
