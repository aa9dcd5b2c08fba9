import { createHash } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Db } from './database.ts';
import type { PagesTables } from './tables/pages.ts';

/** The last event of the chain: kept outside the database, it shows when the end of the log was cut off. */
export interface AuditAnchor {
  readonly seq: number;
  /** SHA-256, hex. */
  readonly hash: string;
}

type StoredEvent = Selectable<PagesTables['audit_event']>;

/** Hash before the first event. */
export const GENESIS = Buffer.alloc(32);

const AT_ONCE = 2_000;

/**
 * Gives every event that has committed its place in the chain: each hash covers its event and the hash before. Several
 * processes take turns; one that holds up writers of events there is not.
 * @returns how many events were sealed
 */
export async function sealAudit(db: Db): Promise<number> {
  let sealed = 0;
  for (;;) {
    const now = await sealSome(db);
    sealed += now;
    if (now < AT_ONCE) return sealed;
  }
}

/** The end of the chain; null: nothing is sealed yet. */
export async function auditAnchor(db: Db): Promise<AuditAnchor | null> {
  const row = await db
    .selectFrom('audit_chain')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { seq: Number(row.seq), hash: row.hash.toString('hex') };
}

/** What stands for an event in the chain: all of its columns. */
export function auditEventHash(event: StoredEvent): Buffer {
  const detail = Object.entries(event.detail).sort(([a], [b]) => (a < b ? -1 : 1));
  const { id, at, actor_kind, actor_name, actor_email, came_from, action, student_id, subject } = event;
  const whole = [id, at.toISOString(), actor_kind, actor_name, actor_email, came_from, action];
  return createHash('sha256')
    .update(JSON.stringify([...whole, student_id, subject, detail]))
    .digest();
}

export function auditChainHash(previous: Buffer, seq: number, eventHash: Buffer): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigUInt64BE(BigInt(seq));
  return createHash('sha256').update(previous).update(place).update(eventHash).digest();
}

async function sealSome(db: Db): Promise<number> {
  return db.transaction().execute(async (tx) => {
    // Nothing to do is the common case, and takes no lock.
    const waiting = await tx.selectFrom('audit_pending').select('event_id').limit(1).executeTakeFirst();
    if (waiting === undefined) return 0;
    await sql`select pg_advisory_xact_lock(hashtext('rollcall audit chain'))`.execute(tx);
    // An event that waits and is not there stays waiting: it is missing, and is found so.
    const { rows } = await sql<StoredEvent>`
      delete from audit_pending p using audit_event e
      where e.id = p.event_id
        and p.event_id in (
          select w.event_id from audit_pending w join audit_event f on f.id = w.event_id
          order by w.event_id limit ${AT_ONCE})
      returning e.*`.execute(tx);
    if (rows.length === 0) return 0;
    rows.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    const head = await auditAnchor(tx);
    let seq = head?.seq ?? 0;
    let hash: Buffer = head === null ? GENESIS : Buffer.from(head.hash, 'hex');
    const links = rows.map((event) => {
      seq += 1;
      const eventHash = auditEventHash(event);
      hash = auditChainHash(hash, seq, eventHash);
      return { seq, id: event.id, eventHash, hash };
    });
    await sql`
      insert into audit_chain (seq, event_id, event_hash, hash)
      select * from unnest(
        ${links.map((link) => link.seq)}::bigint[],
        ${links.map((link) => link.id)}::bigint[],
        ${links.map((link) => link.eventHash)}::bytea[],
        ${links.map((link) => link.hash)}::bytea[])`.execute(tx);
    return links.length;
  });
}
