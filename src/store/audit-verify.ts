import { type Selectable, sql } from 'kysely';
import { type AuditAnchor, auditChainHash, auditEventHash, GENESIS } from './audit-chain.ts';
import type { Db } from './database.ts';
import type { PagesTables } from './tables/pages.ts';

export type AuditVerdict =
  | {
      readonly kind: 'intact';
      /** The end of the chain; null: it is empty. */
      readonly head: AuditAnchor | null;
      /** Events that have no place in the chain yet. */
      readonly waiting: number;
    }
  | {
      readonly kind: 'broken';
      /** The first place at which the chain does not hold; null: it is about an event that has no place in it. */
      readonly seq: number | null;
      readonly eventId: string | null;
      readonly fault: AuditFault;
    };

export type AuditFault =
  /** The event does not say any more what it said when it was sealed. */
  | 'event-changed'
  | 'event-gone'
  /** A place of the chain is missing, or its hash does not follow from the one before. */
  | 'place-missing'
  | 'hash-wrong'
  /** An event is there that neither has a place nor waits for one. */
  | 'event-outside'
  /** An event that waited for its place is gone. */
  | 'waiting-event-gone'
  /** The chain ends before a place that was told outside. */
  | 'end-cut'
  /** At a place that was told outside another hash stands. */
  | 'anchor-differs';

type Place = Selectable<PagesTables['audit_chain']> & {
  event: Selectable<PagesTables['audit_event']> | null;
};

const AT_ONCE = 5_000;

/**
 * Goes through the whole chain, as it stood at one moment, and names the first place at which it is not what it was.
 * @param anchors ends of the chain that were kept outside of the database
 */
export async function verifyAudit(db: Db, anchors: readonly AuditAnchor[]): Promise<AuditVerdict> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const told = new Map(anchors.map((anchor) => [anchor.seq, anchor.hash]));
      let seq = 0;
      let hash: Buffer = GENESIS;
      for (;;) {
        const places = await readPlaces(tx, seq);
        for (const place of places) {
          const broken = (fault: AuditFault) =>
            ({ kind: 'broken', seq: seq + 1, eventId: place.event_id, fault }) as const;
          if (Number(place.seq) !== seq + 1) return { ...broken('place-missing'), eventId: null };
          if (place.event === null) return broken('event-gone');
          if (!auditEventHash(place.event).equals(place.event_hash)) return broken('event-changed');
          hash = auditChainHash(hash, seq + 1, place.event_hash);
          if (!hash.equals(place.hash)) return broken('hash-wrong');
          seq += 1;
          if ((told.get(seq) ?? place.hash.toString('hex')) !== place.hash.toString('hex'))
            return { kind: 'broken', seq, eventId: place.event_id, fault: 'anchor-differs' };
        }
        if (places.length < AT_ONCE) break;
      }
      if (anchors.some((anchor) => anchor.seq > seq))
        return { kind: 'broken', seq: seq + 1, eventId: null, fault: 'end-cut' };
      const outside = await outsideOfChain(tx);
      if (outside !== null) return { kind: 'broken', seq: null, ...outside };
      const { waiting } = await tx
        .selectFrom('audit_pending')
        .select(({ fn }) => fn.countAll<string>().as('waiting'))
        .executeTakeFirstOrThrow();
      const head = seq === 0 ? null : { seq, hash: hash.toString('hex') };
      return { kind: 'intact', head, waiting: Number(waiting) };
    });
}

async function readPlaces(tx: Db, after: number): Promise<Place[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select c.seq, c.event_id, c.event_hash, c.hash, e.*
    from audit_chain c left join audit_event e on e.id = c.event_id
    where c.seq > ${after} order by c.seq limit ${AT_ONCE}`.execute(tx);
  return rows.map((row) => ({ ...row, event: row.id === null ? null : row })) as unknown as Place[];
}

async function outsideOfChain(tx: Db): Promise<{ eventId: string; fault: AuditFault } | null> {
  const { rows } = await sql<{ id: string; lost: boolean }>`
    (select p.event_id as id, true as lost from audit_pending p
      where not exists (select 1 from audit_event e where e.id = p.event_id) order by 1 limit 1)
    union all
    (select e.id, false from audit_event e
      where not exists (select 1 from audit_chain c where c.event_id = e.id)
        and not exists (select 1 from audit_pending p where p.event_id = e.id) order by 1 limit 1)
    limit 1`.execute(tx);
  const [first] = rows;
  if (first === undefined) return null;
  return { eventId: first.id, fault: first.lost ? 'waiting-event-gone' : 'event-outside' };
}
