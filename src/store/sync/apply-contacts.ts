import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/**
 * Lays the district's own contacts over the roster: what the file says goes first, and persons whom the roster does
 * not show, since they have no portal account, become guardians too. The file is always whole: what it no longer says
 * the roster says again.
 */
export async function applyContacts(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`
    create temp table known_contact on commit drop as
    select c.student_id, c.guardian_id, c.first_id, c.given_name, c.family_name, c.contact
    from (
      select st.person_id as student_id, k.person_id as guardian_id, s.person_ids ->> 0 as first_id,
        s.given_name, s.family_name, s.contact,
        row_number() over (partition by s.ctid order by k.place) as nth
      from stage_contact s
      join person_alias st on st.kind = 'student' and st.alias = s.student_sourced_id
      left join lateral (
        select p.person_id, ids.place
        from jsonb_array_elements_text(s.person_ids) with ordinality ids (id, place)
        join person_alias p on p.kind = 'guardian' and p.alias = ids.id
      ) k on true
      where s.run_id = ${run.id}
    ) c where c.nth = 1`.execute(tx);
  const added = await sql`
    with unknown as (
      select distinct on (first_id) first_id, given_name, family_name
      from known_contact where guardian_id is null order by first_id
    ), saved as (
      insert into guardian (sourced_id, role, given_name, family_name, address_private, mail_allowed, no_contact,
        wants_paper, active, origin)
      select first_id, 'guardian', given_name, family_name, false, true, false, false, true, 'contacts' from unknown
      on conflict (sourced_id) do update set active = true
      returning id, sourced_id
    )
    insert into person_alias (kind, alias, person_id) select 'guardian', sourced_id, id from saved
    on conflict do nothing`.execute(tx);
  await sql`
    update known_contact c set guardian_id = p.person_id
    from person_alias p where c.guardian_id is null and p.kind = 'guardian' and p.alias = c.first_id`.execute(
    tx,
  );
  // The other ids of a person are remembered: one who gets an account later is the same person.
  await sql`
    insert into person_alias (kind, alias, person_id)
    select 'guardian', ids.id, min(c.guardian_id)
    from stage_contact s join known_contact c on c.first_id = s.person_ids ->> 0,
      jsonb_array_elements_text(s.person_ids) ids (id)
    where s.run_id = ${run.id}
    group by ids.id having count(distinct c.guardian_id) = 1
    on conflict do nothing`.execute(tx);
  const changed = await sql<{ n: string }>`
    with incoming as (
      select student_id, guardian_id, (array_agg(contact order by contact::text))[1] as contact,
        count(distinct contact) > 1 as contradictory
      from known_contact where guardian_id is not null group by student_id, guardian_id
    ), saved as (
      insert into guardianship (student_id, guardian_id, contradictory, active, contact)
      select student_id, guardian_id, contradictory, true, contact from incoming
      on conflict (student_id, guardian_id) do update
        set contact = excluded.contact, active = true, missing_since = null,
            contradictory = guardianship.contradictory or excluded.contradictory
        where (guardianship.contact, guardianship.active) is distinct from (excluded.contact, true)
      returning student_id
    ), unsaid as (
      update guardianship k
      set contact = null, missing_since = case when exists (
          select from roster_link l join student st on st.sourced_id = l.student_sourced_id
          join guardian g on g.sourced_id = l.guardian_sourced_id
          where st.id = k.student_id and g.id = k.guardian_id) then null else ${run.asOf}::date end
      where k.contact is not null and not exists (
        select from incoming i where i.student_id = k.student_id and i.guardian_id = k.guardian_id)
      returning student_id
    ), marked as (
      insert into changed_student
      select distinct student_id, 'guardian' from (table saved union all table unsaid) c on conflict do nothing
    )
    select (select count(*) from saved) + (select count(*) from unsaid) as n`.execute(tx);
  const unknown = await sql<{ n: string }>`
    select count(*) as n from stage_contact s
    where s.run_id = ${run.id} and not exists (
      select from person_alias p where p.kind = 'student' and p.alias = s.student_sourced_id)`.execute(tx);
  return {
    contactsChanged: Number(changed.rows[0]?.n ?? 0),
    guardiansFromContacts: Number(added.numAffectedRows ?? 0),
    contactsOfUnknownStudent: Number(unknown.rows[0]?.n ?? 0),
  };
}
