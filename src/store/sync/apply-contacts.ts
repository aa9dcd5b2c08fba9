import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { isProtecting, mergedContacts, stillProtecting } from './merge-contacts.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/**
 * Lays the district's own contacts over the roster: what the file says goes first, and persons whom the roster does
 * not show, since they have no portal account, become guardians too (`uniteContacts` looks for them among the roster's
 * by name). What protects somebody ends only when the file says the contrary, or no longer names the pair on two days.
 */
export async function applyContacts(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await findPersons(tx, run);
  const added = await addPersons(tx);
  await sql`
    create temp table named_contact on commit drop as
    select student_id, guardian_id, contact, contradictory from known_contact where guardian_id is not null`.execute(
    tx,
  );
  await sql`create temp table incoming_contact on commit drop as ${mergedContacts('named_contact')}`.execute(
    tx,
  );
  await sql`create unique index on incoming_contact (student_id, guardian_id)`.execute(tx);
  await sql`analyze incoming_contact`.execute(tx);
  await sql`
    create temp table contact_before on commit drop as
    select student_id, guardian_id from guardianship where contact is not null and contact_missing_since is null`.execute(
    tx,
  );
  const changed = (await saveContacts(tx)) + (await endUnnamed(tx, run));
  return { contactsChanged: changed, guardiansFromContacts: added, ...(await countUnused(tx, run)) };
}

/** Who each row is about; a person of the roster goes before one who is known from contacts only. */
async function findPersons(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    create temp table known_contact on commit drop as
    with named as materialized (
      select row_number() over () as row, st.person_id as student_id, s.person_ids, s.given_name, s.family_name,
        s.contact
      from stage_contact s
      join person_alias st on st.kind = 'student' and st.alias = s.student_sourced_id
      where s.run_id = ${run.id}
    ), found as (
      select n.row, (array_agg(g.id order by g.origin = 'contacts', ids.place))[1] as guardian_id,
        count(distinct g.id) filter (where g.origin = 'roster') > 1 as several
      from named n
      cross join jsonb_array_elements_text(n.person_ids) with ordinality ids (id, place)
      join person_alias p on p.kind = 'guardian' and p.alias = ids.id
      join guardian g on g.id = p.person_id
      group by n.row
    )
    select n.student_id, f.guardian_id, n.person_ids, n.person_ids ->> 0 as first_id, n.given_name, n.family_name,
      n.contact, coalesce(f.several, false) as contradictory
    from named n left join found f using (row)`.execute(tx);
  await sql`analyze known_contact`.execute(tx);
}

/** @returns how many became guardians by this file */
async function addPersons(tx: Tx): Promise<number> {
  const added = await sql`
    with unknown as (
      select distinct on (first_id) first_id, given_name, family_name
      from known_contact where guardian_id is null and given_name || family_name <> ''
      order by first_id, given_name, family_name
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
    from known_contact c, jsonb_array_elements_text(c.person_ids) ids (id)
    where c.guardian_id is not null
    group by ids.id having count(distinct c.guardian_id) = 1
    on conflict do nothing`.execute(tx);
  return Number(added.numAffectedRows ?? 0);
}

async function saveContacts(tx: Tx): Promise<number> {
  const saved = await sql<{ n: string }>`
    with saved as (
      insert into guardianship (student_id, guardian_id, contradictory, active, contact, contact_contradictory)
      select i.student_id, i.guardian_id, false, true, i.contact || ${stillProtecting('k.contact', 'i.contact')},
        i.contradictory
      from incoming_contact i
      left join guardianship k on k.student_id = i.student_id and k.guardian_id = i.guardian_id
      on conflict (student_id, guardian_id) do update
        set contact = excluded.contact, contact_contradictory = excluded.contact_contradictory, active = true,
            missing_since = null, contact_missing_since = null
        where (guardianship.contact, guardianship.contact_contradictory, guardianship.active,
               guardianship.contact_missing_since)
          is distinct from (excluded.contact, excluded.contact_contradictory, true, null)
      returning student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'guardian' from saved on conflict do nothing
    )
    select count(*) as n from saved`.execute(tx);
  return Number(saved.rows[0]?.n ?? 0);
}

/**
 * A pair that the file does not name is missing, and on another day it ends, so that the roster speaks for it again.
 * Between two school years that says nothing; nor, where rows could not be told to anybody, does it of a pair that
 * may be protected by one of them.
 */
async function endUnnamed(tx: Tx, run: RunToApply): Promise<number> {
  if (run.phase === 'between') return 0;
  const spared = run.contacts === 'with-gaps' ? sql`and not ${isProtecting('k.contact')}` : sql``;
  const unnamed = sql`k.contact is not null ${spared} and not exists (
    select from incoming_contact i where i.student_id = k.student_id and i.guardian_id = k.guardian_id)`;
  const ended = await sql<{ n: string }>`
    with ended as (
      update guardianship k
      set contact = null, contact_contradictory = false, contact_missing_since = null, missing_since = null,
        active = k.active and exists (
          select from roster_link l join student st on st.sourced_id = l.student_sourced_id
          join guardian g on g.sourced_id = l.guardian_sourced_id
          where st.id = k.student_id and g.id = k.guardian_id)
      where k.contact_missing_since < ${run.asOf} and ${unnamed}
      returning student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'guardian' from ended on conflict do nothing
    )
    select count(*) as n from ended`.execute(tx);
  await sql`
    update guardianship k set contact_missing_since = ${run.asOf}
    where k.contact_missing_since is null and ${unnamed}`.execute(tx);
  return Number(ended.rows[0]?.n ?? 0);
}

async function countUnused(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const unused = await sql<{ student: string; nameless: string }>`
    select
      (select count(*) from stage_contact s where s.run_id = ${run.id} and not exists (
        select from person_alias p where p.kind = 'student' and p.alias = s.student_sourced_id)) as student,
      (select count(*) from known_contact where guardian_id is null) as nameless`.execute(tx);
  return {
    contactsOfUnknownStudent: Number(unused.rows[0]?.student ?? 0),
    contactsWithoutName: Number(unused.rows[0]?.nameless ?? 0),
  };
}
