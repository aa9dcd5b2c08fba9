import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { markMissing } from './mark-missing.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

export async function applyGuardians(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const saved = await sql<{ id: number }>`
    insert into guardian (sourced_id, role, given_name, family_name, email, phone, language, address,
      address_private, mail_allowed, no_contact, wants_paper, active)
    select distinct on (g.sourced_id) g.sourced_id, g.role, g.given_name, g.family_name, g.email,
      coalesce(g.phone, d.phone), g.language, coalesce(g.address, d.address), g.address_private, g.mail_allowed,
      g.no_contact, g.wants_paper, g.active
    from stage_guardian g
    left join stage_demographics d on d.run_id = g.run_id and d.sourced_id = g.sourced_id
    where g.run_id = ${run.id}
    order by g.sourced_id
    on conflict (sourced_id) do update
      set role = excluded.role, given_name = excluded.given_name, family_name = excluded.family_name,
          email = excluded.email, phone = excluded.phone, language = excluded.language, address = excluded.address,
          address_private = excluded.address_private, mail_allowed = excluded.mail_allowed,
          no_contact = excluded.no_contact, wants_paper = excluded.wants_paper, active = excluded.active,
          missing_since = null
      where (guardian.role, guardian.given_name, guardian.family_name, guardian.email, guardian.phone,
             guardian.language, guardian.address, guardian.address_private, guardian.mail_allowed,
             guardian.no_contact, guardian.wants_paper, guardian.active, guardian.missing_since)
        is distinct from (excluded.role, excluded.given_name, excluded.family_name, excluded.email,
             excluded.phone, excluded.language, excluded.address, excluded.address_private,
             excluded.mail_allowed, excluded.no_contact, excluded.wants_paper, excluded.active, null)
    returning id`.execute(tx);
  const gone = await markMissing(tx, 'guardian', 'stage_guardian', run);
  const changed = [...saved.rows.map((row) => row.id), ...gone];
  if (changed.length > 0) {
    await sql`
      insert into changed_student
      select distinct student_id, 'guardian' from guardianship where guardian_id = any(${changed}::int[])
      on conflict do nothing`.execute(tx);
  }
  return { guardiansChanged: saved.rows.length, guardiansGone: gone.length };
}

/** Students name guardians and guardians name students: the union of both counts. */
export async function applyLinks(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`
    create temp table incoming_link on commit drop as
    select st.id as student_id, g.id as guardian_id, max(l.relationship) as relationship,
      case when bool_or(l.is_guardian is false) then false when bool_or(l.is_guardian is true) then true end
        as is_guardian,
      bool_or(l.is_guardian is true) and bool_or(l.is_guardian is false) as contradictory
    from stage_link l
    join student st on st.sourced_id = l.student_sourced_id
    join guardian g on g.sourced_id = l.guardian_sourced_id
    where l.run_id = ${run.id}
    group by st.id, g.id`.execute(tx);
  await sql`create unique index on incoming_link (student_id, guardian_id)`.execute(tx);
  await sql`analyze incoming_link`.execute(tx);
  const changed = await sql`
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
    ), gone as (
      update guardianship k set active = false
      where k.active and k.missing_since < ${run.asOf}
        and not exists (select from incoming_link i
          where i.student_id = k.student_id and i.guardian_id = k.guardian_id)
      returning student_id
    ), missing as (
      update guardianship k set missing_since = ${run.asOf}
      where k.missing_since is null
        and not exists (select from incoming_link i
          where i.student_id = k.student_id and i.guardian_id = k.guardian_id)
    )
    insert into changed_student
    select distinct student_id, 'guardian' from (table saved union all table gone) both_ways
    on conflict do nothing`.execute(tx);
  const dangling = await sql<{ n: string }>`
    select count(*) as n from stage_link l
    where l.run_id = ${run.id}
      and (not exists (select from student st where st.sourced_id = l.student_sourced_id)
        or not exists (select from guardian g where g.sourced_id = l.guardian_sourced_id))`.execute(tx);
  return {
    guardianLinksChanged: Number(changed.numAffectedRows ?? 0),
    guardianLinksDangling: Number(dangling.rows[0]?.n ?? 0),
  };
}
