import { userInfo } from 'node:os';
import { type AuditEvent, atCommandLine } from '../domain/audit.ts';
import { recordAudits } from '../store/audit-log.ts';
import type { Db, Tx } from '../store/database.ts';

/** Who has asked, and when. */
interface Asked {
  readonly by: string;
  readonly now: Date;
}

/** What was done, without who has asked for it. */
export type DoneEvent = Pick<AuditEvent, 'action' | 'studentId' | 'subject' | 'detail'>;

/** Does what a person asks at the command line, and puts it into the audit record in the same transaction. */
export async function onRecord<T>(
  db: Db,
  asked: Asked,
  act: (tx: Tx) => Promise<T>,
  /** null: nothing was done. Several where more than one student is concerned. */
  eventsOf: (done: T) => DoneEvent | readonly DoneEvent[] | null,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const done = await act(tx);
    const events = eventsOf(done);
    if (events !== null) await putOnRecord(tx, asked, [events].flat());
    return done;
  });
}

/**
 * Puts on record that somebody has looked at a student's file, or at a part of it, before anything of it is shown. Nobody
 * is asked for a name: it is the account of the machine that looks, the one behind `sudo` where there is one.
 */
export async function lookedAt(db: Db, now: Date, look: DoneEvent): Promise<void> {
  await db.transaction().execute((tx) => putOnRecord(tx, { by: account(), now }, [look]));
}

function account(): string {
  try {
    return process.env.SUDO_USER ?? userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return `account ${process.getuid?.() ?? ''}`.trim();
  }
}

/** The same for what opens its transaction itself. */
export async function putOnRecord(tx: Tx, { by, now }: Asked, events: readonly DoneEvent[]): Promise<void> {
  const actor = atCommandLine(by);
  await recordAudits(
    tx,
    events.map((event) => ({ at: now, actor, from: null, ...event })),
  );
}
