import { sql } from 'kysely';
import type { Db } from './database.ts';

/** One event with its place in the chain; `seq` is null while it waits for it. */
export interface ReadAuditEvent {
  readonly seq: number | null;
  readonly hash: string | null;
  readonly at: Date;
  readonly actorKind: string;
  readonly actorName: string;
  readonly actorEmail: string | null;
  readonly from: string | null;
  readonly action: string;
  readonly studentId: number | null;
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

const AT_ONCE = 2_000;

/** Events in the order in which they were recorded, a few thousand at once. @param of null: of everybody, from the beginning */
export async function* readAudit(
  db: Db,
  of: { readonly studentId: number | null; readonly since: Date | null },
): AsyncGenerator<ReadAuditEvent> {
  for (let after = '0'; ; ) {
    const { rows } = await sql<Omit<ReadAuditEvent, 'seq'> & { id: string; seq: string | null }>`
      select e.id, c.seq, encode(c.hash, 'hex') as hash, e.at, e.actor_kind as "actorKind",
        e.actor_name as "actorName", e.actor_email as "actorEmail", e.came_from as "from", e.action,
        e.student_id as "studentId", e.subject, e.detail
      from audit_event e left join audit_chain c on c.event_id = e.id
      where e.id > ${after} and (${of.studentId}::int is null or e.student_id = ${of.studentId})
        and (${of.since}::timestamptz is null or e.at >= ${of.since})
      order by e.id limit ${AT_ONCE}`.execute(db);
    for (const { id, seq, ...event } of rows) {
      after = id;
      yield { seq: seq === null ? null : Number(seq), ...event };
    }
    if (rows.length < AT_ONCE) return;
  }
}
