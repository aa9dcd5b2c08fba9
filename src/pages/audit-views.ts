import type { AuditEvent } from '../domain/audit.ts';
import type { Log } from '../ops/log.ts';
import { sealAudit } from '../store/audit-chain.ts';
import { recordAudits } from '../store/audit-log.ts';
import type { Db } from '../store/database.ts';
import { gather } from './gather.ts';

export interface AuditViews {
  /** Resolves once it is on record. @throws what the database says, to everybody whose look was in the same group */
  record(event: AuditEvent): Promise<void>;
  /** Something was put on record elsewhere: it gets its place in the chain soon. */
  soon(): void;
  /** Waits for what is under way and seals what is left. */
  close(): Promise<void>;
}

/** One at a time: whoever comes meanwhile is in the next, and the larger a group, the less each look costs. */
const LIMITS = { most: 500, groups: 1 };
const SEAL_AFTER_MS = 1_000;

/**
 * Looks at pages come by the hundred per second. While one group is being written the next one gathers: each look
 * costs a part of a statement, and none is answered before it is on record. The chain follows every second.
 */
export function createAuditViews(db: Db, log: Log): AuditViews {
  let timer: NodeJS.Timeout | null = null;
  let sealing: Promise<unknown> = Promise.resolve();

  const looks = gather(async (events: readonly AuditEvent[]): Promise<undefined[]> => {
    await recordAudits(db, events);
    soon();
    return [];
  }, LIMITS);
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
    record: (event) => looks.ask(event),
    soon,
    async close() {
      await looks.idle();
      if (timer !== null) clearTimeout(timer);
      seal();
      await sealing;
    },
  };
}
