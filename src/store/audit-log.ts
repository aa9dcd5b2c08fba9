import { sql } from 'kysely';
import type { AuditEvent } from '../domain/audit.ts';
import type { Db } from './database.ts';

/**
 * Puts an event on record, in the transaction of what it is about. It gets its place in the chain once that has
 * committed (`sealAudit`): writers do not wait for each other.
 */
export async function recordAudit(tx: Db, event: AuditEvent): Promise<void> {
  await recordAudits(tx, [event]);
}

/** Several at once, in their order: views of pages come by the hundred. */
export async function recordAudits(tx: Db, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = <T>(of: (event: AuditEvent) => T): T[] => events.map(of);
  await sql`
    insert into audit_event
      (at, actor_kind, actor_name, actor_email, came_from, action, student_id, subject, detail)
    select * from unnest(
      ${column(({ at }) => at.toISOString())}::timestamptz[],
      ${column(({ actor }) => actor.kind)}::text[],
      ${column(({ actor }) => actor.name)}::text[],
      ${column(({ actor }) => actor.email)}::text[],
      ${column(({ from }) => from)}::text[],
      ${column(({ action }) => action)}::text[],
      ${column(({ studentId }) => studentId ?? null)}::int[],
      ${column(({ subject }) => subject ?? null)}::text[],
      ${column(({ detail }) => JSON.stringify(detail ?? {}))}::jsonb[])`.execute(tx);
}
