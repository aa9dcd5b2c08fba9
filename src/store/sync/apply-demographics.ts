import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';
import { saveDigests } from './save-digests.ts';

/** Birth dates of students, addresses and phone numbers of guardians: kept apart, as the SIS keeps them. */
export async function applyDemographics(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`
    create temp table changed_demographics on commit drop as
    with incoming as (
      select distinct on (sourced_id) sourced_id, birth_date, address, phone, digest
      from stage_demographics where run_id = ${run.id} order by sourced_id
    )
    select i.* from incoming i left join demographics d on d.sourced_id = i.sourced_id
    where d.sourced_id is null
      or (d.birth_date, d.address, d.phone) is distinct from (i.birth_date, i.address, i.phone)`.execute(tx);
  await sql`analyze changed_demographics`.execute(tx);
  const changed = await sql`
    insert into demographics (sourced_id, birth_date, address, phone, digest) table changed_demographics
    on conflict (sourced_id) do update
      set birth_date = excluded.birth_date, address = excluded.address, phone = excluded.phone,
          digest = excluded.digest`.execute(tx);
  await saveDigests(tx, run, 'demographics');
  // A birth date that is no longer told is still the birth date. New students may have been known here before.
  await sql`
    with concerned as (
      select st.id from changed_demographics c join student st on st.sourced_id = c.sourced_id
      union
      select student_id from changed_student
    ), known as (
      update student st set birth_date = d.birth_date
      from concerned c, demographics d
      where st.id = c.id and d.sourced_id = st.sourced_id and d.birth_date is not null
        and d.birth_date is distinct from st.birth_date
      returning st.id
    )
    insert into changed_student select id, 'student' from known on conflict do nothing`.execute(tx);
  await sql`
    insert into changed_student
    select distinct k.student_id, 'guardian'
    from changed_demographics c join guardian g on g.sourced_id = c.sourced_id
    join guardianship k on k.guardian_id = g.id
    on conflict do nothing`.execute(tx);
  return { demographicsChanged: Number(changed.numAffectedRows ?? 0) };
}
