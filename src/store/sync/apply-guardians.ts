import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../database.ts';
import { saveAliases } from './adopt-ids.ts';
import { markMissing } from './mark-missing.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/**
 * What the server does not say stays as it was. Several rows under one id are one person, of whom the safe side counts:
 * whichever row forbids something is right, and of several e-mail addresses none is usable.
 */
export async function applyGuardians(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const saved = await sql<{ id: number }>`
    insert into guardian (sourced_id, role, given_name, family_name, email, phone, language, address,
      address_private, mail_allowed, no_contact, wants_paper, active)
    select s.sourced_id, s.role, s.given_name, s.family_name, s.email, s.phone, s.language, s.address,
      coalesce(s.address_private, g.address_private, false), coalesce(s.mail_allowed, g.mail_allowed, true),
      coalesce(s.no_contact, g.no_contact, false), coalesce(s.wants_paper, g.wants_paper, false), s.active
    from (${oneRowEach(run)}) s left join guardian g on g.sourced_id = s.sourced_id
    on conflict (sourced_id) do update
      set role = excluded.role, given_name = excluded.given_name, family_name = excluded.family_name,
          email = excluded.email, phone = excluded.phone, language = excluded.language, address = excluded.address,
          address_private = excluded.address_private, mail_allowed = excluded.mail_allowed,
          no_contact = excluded.no_contact, wants_paper = excluded.wants_paper, active = excluded.active,
          missing_since = null, origin = 'roster'
      where (guardian.role, guardian.given_name, guardian.family_name, guardian.email, guardian.phone,
             guardian.language, guardian.address, guardian.address_private, guardian.mail_allowed,
             guardian.no_contact, guardian.wants_paper, guardian.active, guardian.missing_since, guardian.origin)
        is distinct from (excluded.role, excluded.given_name, excluded.family_name, excluded.email,
             excluded.phone, excluded.language, excluded.address, excluded.address_private,
             excluded.mail_allowed, excluded.no_contact, excluded.wants_paper, excluded.active, null, 'roster')
    returning id`.execute(tx);
  const gone = await markMissing(tx, 'guardian', run);
  const changed = [...saved.rows.map((row) => row.id), ...gone];
  if (changed.length > 0) {
    await sql`
      insert into changed_student
      select distinct student_id, 'guardian' from guardianship where guardian_id = any(${changed}::int[])
      on conflict do nothing`.execute(tx);
  }
  await saveAliases(tx, run, 'guardian');
  return { guardiansChanged: saved.rows.length, guardiansGone: gone.length };
}

/** Roles from the one that never gets a letter on. */
const ROLES = ['other', 'relative', 'guardian', 'parent'] as const;

function oneRowEach(run: RunToApply): RawBuilder<unknown> {
  const first = (column: string) =>
    sql`(array_agg(${sql.ref(column)} order by given_name, family_name, phone, language, address::text))[1]`;
  return sql`
    select sourced_id, (array_agg(role order by array_position(${[...ROLES]}::text[], role)))[1] as role,
      ${first('given_name')} as given_name, ${first('family_name')} as family_name,
      case when count(distinct lower(email)) > 1 then string_agg(distinct lower(email), ', ') else min(email) end
        as email,
      ${first('phone')} as phone, ${first('language')} as language, ${first('address')} as address,
      bool_or(address_private) as address_private, bool_and(mail_allowed) as mail_allowed,
      bool_or(no_contact) as no_contact, bool_or(wants_paper) as wants_paper, bool_and(active) as active
    from stage_guardian where run_id = ${run.id} group by sourced_id`;
}
