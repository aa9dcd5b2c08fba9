import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../database.ts';
import { saveAliases } from './adopt-ids.ts';
import { endDeletedPersons } from './deleted-rows.ts';
import { markMissing } from './mark-missing.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';
import { saveDigests } from './save-digests.ts';
import { GUARDIAN_COLUMNS } from './stage-columns.ts';

/**
 * What the server does not say stays as it was. Several rows under one id are one person, of whom the safe side counts:
 * whichever row forbids something is right, and of several e-mail addresses none is usable.
 */
export async function applyGuardians(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await stageMetAgain(tx, run);
  const saved = await sql<{ n: number }>`
    with saved as (
      insert into guardian (sourced_id, role, given_name, family_name, email, phone, language, address,
        address_private, mail_allowed, no_contact, wants_paper, active, digest)
      select s.sourced_id, s.role, s.given_name, s.family_name, s.email, s.phone, s.language, s.address,
        coalesce(s.address_private, g.address_private, false), coalesce(s.mail_allowed, g.mail_allowed, true),
        coalesce(s.no_contact, g.no_contact, false), coalesce(s.wants_paper, g.wants_paper, false), s.active, s.digest
      from (${oneRowEach(run)}) s left join guardian g on g.sourced_id = s.sourced_id
      on conflict (sourced_id) do update
        set role = excluded.role, given_name = excluded.given_name, family_name = excluded.family_name,
            email = excluded.email, phone = excluded.phone, language = excluded.language, address = excluded.address,
            address_private = excluded.address_private, mail_allowed = excluded.mail_allowed,
            no_contact = excluded.no_contact, wants_paper = excluded.wants_paper, active = excluded.active,
            missing_since = null, origin = 'roster', digest = excluded.digest
        where (guardian.role, guardian.given_name, guardian.family_name, guardian.email, guardian.phone,
               guardian.language, guardian.address, guardian.address_private, guardian.mail_allowed,
               guardian.no_contact, guardian.wants_paper, guardian.active, guardian.missing_since, guardian.origin)
          is distinct from (excluded.role, excluded.given_name, excluded.family_name, excluded.email,
               excluded.phone, excluded.language, excluded.address, excluded.address_private,
               excluded.mail_allowed, excluded.no_contact, excluded.wants_paper, excluded.active, null, 'roster')
      returning id
    ), marked as (
      insert into changed_student
      select distinct student_id, 'guardian' from guardianship where guardian_id in (select id from saved)
      on conflict do nothing
    )
    select count(*)::int as n from saved`.execute(tx);
  const deleted = await endDeletedPersons(tx, 'guardian', run);
  const gone = [...deleted, ...(await markMissing(tx, 'guardian', run))];
  if (gone.length > 0) {
    await sql`
      insert into changed_student
      select distinct student_id, 'guardian' from guardianship where guardian_id = any(${gone}::int[])
      on conflict do nothing`.execute(tx);
  }
  await saveAliases(tx, run, 'guardian');
  await saveDigests(tx, run, 'guardian');
  return { guardiansChanged: saved.rows[0]?.n ?? 0, guardiansGone: gone.length };
}

/** Roles from the one that never gets a letter on. */
const ROLES = ['other', 'relative', 'guardian', 'parent'] as const;

const columns = sql.join(GUARDIAN_COLUMNS.map((name) => sql.ref(name)));

/** Who came both as in force and otherwise in one read has two rows, and the safe side of both counts. */
async function stageMetAgain(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    insert into stage_guardian (run_id, ${columns})
    select ${run.id}, ${columns} from guardian
    where sourced_id in (select sourced_id from came_twice where kind = 'guardian')`.execute(tx);
}

function oneRowEach(run: RunToApply): RawBuilder<unknown> {
  const twice = sql`
    select sourced_id from stage_guardian where run_id = ${run.id} group by sourced_id having count(*) > 1`;
  const first = (column: string) =>
    sql`(array_agg(${sql.ref(column)} order by given_name, family_name, phone, language, address::text))[1]`;
  return sql`
    select ${columns} from stage_guardian where run_id = ${run.id} and sourced_id not in (${twice})
    union all
    select sourced_id, (array_agg(role order by array_position(${[...ROLES]}::text[], role)))[1],
      ${first('given_name')}, ${first('family_name')},
      case when count(distinct lower(email)) > 1 then string_agg(distinct lower(email), ', ') else min(email) end,
      ${first('phone')}, ${first('language')}, ${first('address')},
      bool_or(address_private), bool_and(mail_allowed), bool_or(no_contact), bool_or(wants_paper), bool_and(active),
      null
    from stage_guardian where run_id = ${run.id} and sourced_id in (${twice}) group by sourced_id`;
}
