import { sql } from 'kysely';
import { sameName, shareName, similarName } from '../../domain/name-key.ts';
import type { Tx } from '../database.ts';
import { mergedContacts } from './merge-contacts.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/** One who is known from contacts only, and the guardian of the roster who is the same person. */
interface United {
  readonly ended: number;
  readonly goesOn: number;
}

/**
 * One person is one guardian: else the roster's copy would get the letters that the contacts file forbids. A contact
 * whom the roster does not link to the student goes on as the roster's guardian who has the same id or, among those of
 * the student, the same name. Where names leave a doubt, the letters of the student wait for a person.
 */
export async function uniteContacts(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  if (!(await anyContacts(tx))) return {};
  const byId = await sameById(tx, run);
  await goOnAs(tx, byId);
  const { united, doubts } = compareNames(await namesakes(tx));
  await goOnAs(tx, united);
  await saveDoubts(tx, doubts);
  return { contactsUnited: byId.length + united.length, contactsInDoubt: doubts.length };
}

async function anyContacts(tx: Tx): Promise<boolean> {
  const result = await sql<{ found: boolean }>`
    select exists (select from guardianship where contact is not null or name_doubt) as found`.execute(tx);
  return result.rows[0]?.found ?? false;
}

/** An id is believed where the two share a name, too: numbers are given to somebody else at times. */
async function sameById(tx: Tx, run: RunToApply): Promise<United[]> {
  const ofFile =
    run.contacts === 'none'
      ? sql``
      : sql`union select n.id, n.name::text, c.guardian_id
          from known_contact c cross join jsonb_array_elements_text(c.person_ids) ids (id)
          join newcomer n on n.alias = ids.id where c.guardian_id <> n.id`;
  const found = await sql<{
    ended: number;
    goesOn: number;
    a: { givenName: string; familyName: string };
    b: { givenName: string; familyName: string };
  }>`
    with newcomer as materialized (
      select x.id, p.alias, json_build_object('givenName', x.given_name, 'familyName', x.family_name) as name
      from guardian x join person_alias p on p.kind = 'guardian' and p.person_id = x.id where x.origin = 'contacts'
    ), claimed as (
      select n.id, n.name::text as name, g.id as by
      from newcomer n join stage_alias a on a.run_id = ${run.id} and a.kind = 'guardian' and a.alias = n.alias
      join guardian g on g.sourced_id = a.sourced_id
      ${ofFile}
    )
    select c.id as ended, min(y.id) as "goesOn", min(c.name)::json as a,
      (array_agg(json_build_object('givenName', y.given_name, 'familyName', y.family_name)))[1] as b
    from claimed c join guardian y on y.id = c.by and y.origin = 'roster'
    group by c.id having count(distinct y.id) = 1
    order by c.id`.execute(tx);
  return found.rows.filter(({ a, b }) => shareName(a, b));
}

/** A contact and a guardian of the roster who stand beside each other at one student. */
interface Neighbours {
  readonly studentId: number;
  readonly contactId: number;
  readonly contactGivenName: string;
  readonly contactFamilyName: string;
  /** Known from contacts only. */
  readonly newcomer: boolean;
  /** The contact must not be contacted, or must not get mail. */
  readonly forbidden: boolean;
  readonly guardianId: number;
  readonly givenName: string;
  readonly familyName: string;
  /** The file names the guardian, too, by another id. */
  readonly named: boolean;
}

async function namesakes(tx: Tx): Promise<Neighbours[]> {
  const inRoster = (guardian: string) => sql`exists (
    select from roster_link l
    where l.student_sourced_id = st.sourced_id and l.guardian_sourced_id = ${sql.ref(guardian)}.sourced_id)`;
  const rows = await sql<Neighbours>`
    select k.student_id as "studentId", x.id as "contactId", x.given_name as "contactGivenName",
      x.family_name as "contactFamilyName", x.origin = 'contacts' as newcomer,
      coalesce(k.contact ->> 'noContact' = 'true' or k.contact ->> 'mailAllowed' = 'false', false) as forbidden,
      y.id as "guardianId", y.given_name as "givenName", y.family_name as "familyName",
      o.contact is not null as named
    from guardianship k
    join guardian x on x.id = k.guardian_id
    join student st on st.id = k.student_id
    join guardianship o on o.student_id = k.student_id and o.guardian_id <> k.guardian_id and o.active
    join guardian y on y.id = o.guardian_id and y.origin = 'roster'
    where k.contact is not null and k.active and not ${inRoster('x')} and ${inRoster('y')}
    order by k.student_id, x.id, y.id`.execute(tx);
  return rows.rows;
}

interface Doubt {
  readonly studentId: number;
  readonly guardianId: number;
}

function compareNames(all: readonly Neighbours[]): { united: United[]; doubts: Doubt[] } {
  const same = new Set(all.filter((pair) => sameName(contactOf(pair), pair)));
  const open = new Set([...same].filter((pair) => pair.newcomer && !pair.named));
  // Where the file names that guardian, too, or there is another of the name, nobody knows who is meant.
  const guardiansOf = groupBy(same, 'contactId', 'guardianId');
  const contactsOf = groupBy(open, 'guardianId', 'contactId');
  const unsure = new Set([...same].filter((pair) => pair.named).map((pair) => pair.contactId));
  const certain = [...open].filter(
    ({ contactId, guardianId }) =>
      guardiansOf.get(contactId)?.size === 1 &&
      contactsOf.get(guardianId)?.size === 1 &&
      !unsure.has(contactId),
  );
  const united = new Map(certain.map(({ contactId, guardianId }) => [contactId, guardianId]));
  const doubts = all.filter((pair) => {
    if (united.has(pair.contactId)) return false;
    if (same.has(pair)) return pair.forbidden || open.has(pair);
    return pair.forbidden && !pair.named && similarName(contactOf(pair), pair);
  });
  return { united: [...united].map(([ended, goesOn]) => ({ ended, goesOn })), doubts };
}

function contactOf(pair: Neighbours): { givenName: string; familyName: string } {
  return { givenName: pair.contactGivenName, familyName: pair.contactFamilyName };
}

function groupBy<K extends 'contactId' | 'guardianId'>(
  pairs: Iterable<Neighbours>,
  key: K,
  value: 'contactId' | 'guardianId',
): Map<number, Set<number>> {
  const groups = new Map<number, Set<number>>();
  for (const pair of pairs) groups.set(pair[key], (groups.get(pair[key]) ?? new Set()).add(pair[value]));
  return groups;
}

/** Ids, what the file says, and letters go over to the one who goes on. */
async function goOnAs(tx: Tx, united: readonly United[]): Promise<void> {
  if (united.length === 0) return;
  const ended = united.map((one) => one.ended);
  const pairs = sql`unnest(${ended}::int[], ${united.map((one) => one.goesOn)}::int[]) u (ended, goes_on)`;
  await sql`
    update person_alias p set person_id = u.goes_on from ${pairs}
    where p.kind = 'guardian' and p.person_id = u.ended`.execute(tx);
  await sql`drop table if exists moved_contact`.execute(tx);
  await sql`
    create temp table moved_contact on commit drop as
    select k.student_id, u.goes_on as guardian_id, k.contact, k.contact_contradictory as contradictory
    from guardianship k join ${pairs} on k.guardian_id = u.ended where k.contact is not null
    union all
    select k.student_id, k.guardian_id, k.contact, k.contact_contradictory
    from guardianship k join ${pairs} on k.guardian_id = u.goes_on where k.contact is not null`.execute(tx);
  await sql`
    insert into guardianship (student_id, guardian_id, contradictory, active, contact, contact_contradictory)
    select student_id, guardian_id, false, true, contact, contradictory
    from (${mergedContacts('moved_contact')}) merged
    on conflict (student_id, guardian_id) do update
      set contact = excluded.contact, contact_contradictory = excluded.contact_contradictory, active = true,
          missing_since = null, contact_missing_since = null`.execute(tx);
  await sql`
    insert into changed_student
    select distinct student_id, 'guardian' from guardianship where guardian_id = any(${ended}::int[])
    on conflict do nothing`.execute(tx);
  await sql`delete from guardianship where guardian_id = any(${ended}::int[])`.execute(tx);
  await sql`
    update letter_addressee a set guardian_id = u.goes_on from ${pairs}
    where a.guardian_id = u.ended and not exists (
      select from letter_addressee o where o.letter_id = a.letter_id and o.guardian_id = u.goes_on)`.execute(
    tx,
  );
  await sql`
    insert into returned_post (guardian_id, household, letter_id, returned_on)
    select u.goes_on, p.household, p.letter_id, p.returned_on
    from returned_post p join ${pairs} on p.guardian_id = u.ended
    on conflict do nothing`.execute(tx);
  await sql`update guardian set active = false where id = any(${ended}::int[])`.execute(tx);
  // Who was never written to leaves nothing that would have to be explained.
  await sql`
    delete from guardian g
    where g.id = any(${ended}::int[]) and not exists (select from letter_addressee a where a.guardian_id = g.id)`.execute(
    tx,
  );
}

async function saveDoubts(tx: Tx, doubts: readonly Doubt[]): Promise<void> {
  await sql`
    with doubtful as (
      select distinct student_id, guardian_id
      from unnest(${doubts.map((one) => one.studentId)}::int[], ${doubts.map((one) => one.guardianId)}::int[])
        d (student_id, guardian_id)
    ), changed as (
      update guardianship k set name_doubt = not k.name_doubt
      where k.name_doubt <> ((k.student_id, k.guardian_id) in (select student_id, guardian_id from doubtful))
      returning k.student_id
    )
    insert into changed_student select distinct student_id, 'guardian' from changed on conflict do nothing`.execute(
    tx,
  );
}
