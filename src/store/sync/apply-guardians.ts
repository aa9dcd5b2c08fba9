import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { saveAliases } from './adopt-ids.ts';
import { endDeletedPersons } from './deleted-rows.ts';
import { markMissing } from './mark-missing.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';
import { saveDigests } from './save-digests.ts';

export async function applyGuardians(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const saved = await sql<{ id: number }>`
    insert into guardian (sourced_id, role, given_name, family_name, email, phone, language, address,
      address_private, mail_allowed, no_contact, wants_paper, active, digest)
    select distinct on (sourced_id) sourced_id, role, given_name, family_name, email, phone, language, address,
      address_private, mail_allowed, no_contact, wants_paper, active, digest
    from stage_guardian
    where run_id = ${run.id}
    order by sourced_id
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
    returning id`.execute(tx);
  const deleted = await endDeletedPersons(tx, 'guardian', run);
  const gone = [...deleted, ...(await markMissing(tx, 'guardian', run))];
  const changed = [...saved.rows.map((row) => row.id), ...gone];
  if (changed.length > 0) {
    await sql`
      insert into changed_student
      select distinct student_id, 'guardian' from guardianship where guardian_id = any(${changed}::int[])
      on conflict do nothing`.execute(tx);
  }
  await saveAliases(tx, run, 'guardian');
  await saveDigests(tx, run, 'guardian');
  return { guardiansChanged: saved.rows.length, guardiansGone: gone.length };
}
