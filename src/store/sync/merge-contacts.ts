import { type RawBuilder, sql } from 'kysely';

const flag = (name: string) => sql`(contact ->> ${sql.lit(name)})::boolean`;

/**
 * Makes one word of all that is said of a pair: a contact has a row in each household. Where the rows differ, the safe
 * side counts; several e-mail addresses stay several, which makes none of them usable.
 * @param rows a relation with student_id, guardian_id, contact and contradictory
 */
export function mergedContacts(rows: string): RawBuilder<unknown> {
  return sql`
    select student_id, guardian_id, jsonb_build_object(
        'relationship', min(contact ->> 'relationship'),
        'guardian', bool_and(${flag('guardian')}),
        'email', case when count(distinct lower(contact ->> 'email')) > 1
          then string_agg(distinct lower(contact ->> 'email'), ', ') else min(contact ->> 'email') end,
        'phone', min(contact ->> 'phone'),
        'language', min(contact ->> 'language'),
        'address', (array_agg(contact -> 'address'
          order by coalesce(${flag('addressPrivate')}, false), (contact -> 'address')::text)
          filter (where contact -> 'address' <> 'null'))[1],
        'addressPrivate', bool_or(${flag('addressPrivate')}),
        'mailAllowed', bool_and(${flag('mailAllowed')}),
        'noContact', bool_or(${flag('noContact')}),
        'wantsPaper', bool_or(${flag('wantsPaper')})) as contact,
      bool_or(contradictory) or coalesce(bool_or(${flag('guardian')}) and not bool_and(${flag('guardian')}), false)
        as contradictory
    from ${sql.table(rows)} group by student_id, guardian_id`;
}

/** Flags that keep letters from somebody, and the value with which they do. */
const PROTECTING = { noContact: true, mailAllowed: false, addressPrivate: true, guardian: false } as const;

/** What protected somebody before stays where the new word does not mention it. */
export function stillProtecting(before: string, now: string): RawBuilder<unknown> {
  const kept = Object.entries(PROTECTING).map(
    ([name, value]) => sql`${sql.lit(name)}::text, case when ${sql.ref(now)} ->> ${sql.lit(name)} is null
      and ${sql.ref(before)} ->> ${sql.lit(name)} = ${sql.lit(String(value))} then ${sql.lit(value)} end`,
  );
  return sql`jsonb_strip_nulls(jsonb_build_object(${sql.join(kept)}))`;
}

export function isProtecting(contact: string): RawBuilder<unknown> {
  const any = Object.entries(PROTECTING).map(
    ([name, value]) => sql`${sql.ref(contact)} ->> ${sql.lit(name)} = ${sql.lit(String(value))}`,
  );
  return sql`coalesce(${sql.join(any, sql` or `)}, false)`;
}
