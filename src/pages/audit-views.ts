import type { AuditEvent } from '../domain/audit.ts';
import type { Log } from '../ops/log.ts';
import { sealAudit } from '../store/audit-chain.ts';
import { recordAudits } from '../store/audit-log.ts';
import type { Db } from '../store/database.ts';

export interface AuditViews {
  /** Resolves once it is on record. @throws what the database says, to everybody whose look was in the same group */
  record(event: AuditEvent): Promise<void>;
  /** Something was put on record elsewhere: it gets its place in the chain soon. */
  soon(): void;
  /** Waits for what is under way and seals what is left. */
  close(): Promise<void>;
}

const MOST_AT_ONCE = 500;
/** Whoever comes while groups are being written need not wait for their end. */
const GROUPS_AT_ONCE = 4;
const SEAL_AFTER_MS = 1_000;

/**
 * Looks at pages come by the hundred per second. While one group is being written the next one gathers: each look
 * costs a part of a statement, and none is answered before it is on record. The chain follows every second.
 */
export function createAuditViews(db: Db, log: Log): AuditViews {
  let waiting: { event: AuditEvent; done: () => void; failed: (error: unknown) => void }[] = [];
  const writing = new Set<Promise<void>>();
  let groups = 0;
  let timer: NodeJS.Timeout | null = null;
  let sealing: Promise<unknown> = Promise.resolve();

  const write = async () => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      try {
        await recordAudits(
          db,
          group.map(({ event }) => event),
        );
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    groups -= 1;
    soon();
  };
  const seal = () => {
    timer = null;
    sealing = sealing
      .then(() => sealAudit(db))
      .catch((error: unknown) => log.warn('audit-not-sealed', { error }));
  };
  const soon = () => {
    if (timer !== null) return;
    timer = setTimeout(seal, SEAL_AFTER_MS);
    timer.unref();
  };
  return {
    record: (event) =>
      new Promise((done, failed) => {
        waiting.push({ event, done, failed });
        if (groups >= GROUPS_AT_ONCE) return;
        groups += 1;
        const group = write().finally(() => writing.delete(group));
        writing.add(group);
      }),
    soon,
    async close() {
      await Promise.all(writing);
      if (timer !== null) clearTimeout(timer);
      seal();
      await sealing;
    },
  };
}
