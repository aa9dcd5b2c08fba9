import type { JobDeps } from '../../jobs/deps.ts';
import { dueJobs } from '../../jobs/due-jobs.ts';
import { sendLetter } from '../../jobs/send-letter.ts';
import { dateInZone } from '../../src/domain/school-date.ts';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { silentLog } from '../../src/ops/log.ts';
import { giveUp } from '../../src/procedure/give-up.ts';
import { dueAt, type Moment } from '../../src/procedure/procedure.ts';
import { takeBackAbandoned } from '../../src/procedure/take-back-abandoned.ts';
import type { QueueBackend } from '../../src/queue/connections.ts';
import { listJobs } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { becomeOwner } from '../../src/store/owner.ts';
import { ALL_DAY, procedureInLine, ZONE } from './letters-in-line.ts';
import { DOCUMENT_KEY } from './open-test-database.ts';

/** A process that sends what is due, on a clock that is set for it, and dies where it is told to. */
export interface SendWorker {
  readonly databaseUrl: string;
  readonly backend: QueueBackend;
  readonly smtpUrl: string;
  /** For how long a server that owes an answer may say nothing; left out: as long as usual. */
  readonly silenceMs?: number;
}

/** Where the protocol can be cut: after each, the process is gone before its next step. */
export type Death = 'claimed' | 'marked' | 'answered';

const POKE_MS = 100;
const { databaseUrl, backend, smtpUrl, silenceMs } = JSON.parse(process.argv[2] ?? '') as SendWorker;
let dieAt: Death | null = null;
/** The district's clock, in ms. */
let clock = 0;

function reached(point: Death): void {
  if (point === dieAt) process.kill(process.pid, 'SIGKILL');
}

async function work(): Promise<void> {
  const patience = silenceMs === undefined ? {} : { silenceMs };
  const store = openDatabase({ url: databaseUrl, ...patience });
  await unlockWith(store.db, DOCUMENT_KEY);
  const owner = await becomeOwner(store.pool);
  const book = procedureInLine(store.db);
  const transport = openSmtpTransport({
    url: smtpUrl,
    timeouts: { connectMs: 2_000, silenceMs: 300, mailMs: 2_000 },
  });
  const moment = (): Moment => {
    const now = new Date(clock);
    return { now, today: dateInZone(now, ZONE) };
  };
  const queue = await openQueue({
    jobs: listJobs([sendLetter]),
    backend,
    log: silentLog(),
    concurrency: { work: 1, mail: 3 },
    timing: { lockMs: 2_000, stalledCheckMs: 500, awayMs: 300, ...patience },
    onFailure: (job, payload) => giveUp(store.db, job, payload, moment()),
  });
  const deps: Pick<
    JobDeps,
    'db' | 'procedure' | 'moment' | 'owner' | 'window' | 'limits' | 'stopFile' | 'submit' | 'log'
  > = {
    db: store.db,
    log: silentLog(),
    moment,
    procedure: () => book.on(moment().today),
    owner: () => owner.id(),
    window: ALL_DAY,
    limits: { perMinute: null, perDay: null },
    stopFile: '/nowhere/STOP',
    async submit(mail, mark) {
      reached('claimed');
      const answer = await transport.submit(mail, async () => {
        await mark();
        reached('marked');
      });
      reached('answered');
      process.send?.('answered');
      return answer;
    },
  };
  queue.startWorkers(deps);
  /** What the schedule does every five minutes; the queue may be away or emptied at any time. */
  const reconcile = async () => {
    const procedure = await deps.procedure();
    await takeBackAbandoned(store.db, procedure, moment());
    const due = await findDueWork(store.db, dueAt(procedure, moment()));
    await queue.enqueue(dueJobs(due).filter(({ job }) => job === sendLetter));
  };
  const poke = () =>
    reconcile()
      .catch(() => undefined)
      .finally(() => {
        process.send?.('reconciled');
        setTimeout(poke, POKE_MS);
      });
  await poke();
}

/** What it is told: the time, which starts it too, where to die, or for how long to do nothing else than one thing. */
export type Told = { readonly clock: number } | { readonly dieAt: Death } | { readonly busyMs: number };

process.on('message', (told: Told) => {
  if ('dieAt' in told) {
    dieAt = told.dieAt;
    return;
  }
  if ('busyMs' in told) {
    const until = performance.now() + told.busyMs;
    while (performance.now() < until);
    return;
  }
  const isFirst = clock === 0;
  clock = told.clock;
  if (isFirst) void work();
});
process.on('disconnect', () => process.exit());
