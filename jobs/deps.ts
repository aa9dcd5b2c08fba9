import type { SendingWindow } from '../src/domain/sending-window.ts';
import type { Inbox } from '../src/mail/inbound/inbox.ts';
import type { OutgoingMail, SubmitOutcome } from '../src/mail/mail-transport.ts';
import type { Log } from '../src/ops/log.ts';
import type { Trace } from '../src/ops/trace.ts';
import type { Correspondence } from '../src/procedure/correspondence.ts';
import type { Moment, Procedure } from '../src/procedure/procedure.ts';
import type { SyncOutcome } from '../src/procedure/sync-district.ts';
import type { JobItem } from '../src/queue/define-job.ts';
import type { Db } from '../src/store/database.ts';
import type { SendingLimits } from '../src/store/sending-pace.ts';

/** Everything the jobs need together; each job declares the few that it uses. */
export interface JobDeps {
  readonly db: Db;
  readonly log: Log;
  /** The clock, in the district's zone. */
  readonly moment: () => Moment;
  /** The procedure of the school year that the clock stands in. @throws NoProcedureError before the first sync, or before the first policy holds */
  readonly procedure: () => Promise<Procedure>;
  /** The number of this process's session lock. @throws Error while the session is lost */
  readonly owner: () => number;
  readonly window: SendingWindow;
  readonly limits: SendingLimits;
  /** Stops all letters and packets, in the process that sees it first and so in all. */
  readonly stopFile: string;
  readonly correspondence: Correspondence;
  /** Where bounces and replies come in; null: the district has no mailbox for them. */
  readonly inbox: Inbox | null;
  /** Hands a frozen mail to the mail server; `mark` is awaited before the first byte leaves. */
  readonly submit: (mail: OutgoingMail, mark: () => Promise<void>) => Promise<SubmitOutcome>;
  /**
   * Reads the SIS: everything with `full`, and without keeping anything with `dryRun`. With `triedAgain` a failure
   * that may pass is not told yet.
   */
  readonly sync: (request?: {
    full?: boolean;
    dryRun?: boolean;
    triedAgain?: boolean;
  }) => Promise<SyncOutcome>;
  readonly enqueue: (items: readonly JobItem[]) => Promise<void>;
  /** How long pieces of a job take, for who follows them. Not set: nobody does. */
  readonly trace?: Trace;
}
