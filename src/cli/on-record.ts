import type { AuditEvent } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Db, Tx } from '../store/database.ts';
import { atCommandLine } from './at-command-line.ts';

/** Does what a person asks at the command line, and puts it into the audit record in the same transaction. */
export async function onRecord<T>(
  db: Db,
  { by, now }: { readonly by: string; readonly now: Date },
  act: (tx: Tx) => Promise<T>,
  /** null: nothing was done. */
  eventOf: (done: T) => Pick<AuditEvent, 'action' | 'studentId' | 'subject' | 'detail'> | null,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const done = await act(tx);
    const event = eventOf(done);
    if (event !== null) await recordAudit(tx, { at: now, actor: atCommandLine(by), from: null, ...event });
    return done;
  });
}
