import { sql } from 'kysely';
import type { Office } from './office.ts';

/** Three mails to staff that wait: the next reconciliation hands them over. Nothing else is due. */
export async function threeMailsToStaff(office: Office): Promise<void> {
  office.at('2026-09-10');
  await office.sync();
  await office.db.deleteFrom('evaluation_due').execute();
  office.mode('live');
  await office.jobs.correspondence.composeSyncAlert(
    {
      kind: 'failed',
      runId: '00000000-0000-4000-8000-000000000001',
      reason: 'away',
      counts: {},
      refusedFiles: [],
      suspect: 'nobody' as never,
      mayPass: false,
    },
    office.moment(),
    { isSchoolDay: true },
  );
  await sql`delete from staff_mail where id <> (select min(id::text)::uuid from staff_mail)`.execute(
    office.db,
  );
  // The same mail, to be sent on its own.
  await sql`
    insert into staff_mail (ref, kind, key, to_name, to_email, state, composed_at, due_at, message_document_id,
      message_id, envelope_from, envelope_to)
    select ref || '-' || n, kind, key || ':' || n, to_name, to_email, state, composed_at, due_at, message_document_id,
      replace(message_id, '<', '<' || n), envelope_from, envelope_to
    from staff_mail, generate_series(2, 3) n`.execute(office.db);
}

/** In the order of their names. */
export async function staffMailStates(office: Office): Promise<string[]> {
  const rows = await office.db.selectFrom('staff_mail').select('state').execute();
  return rows.map(({ state }) => state).sort();
}
