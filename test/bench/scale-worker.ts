import type { JobDeps } from '../../jobs/deps.ts';
import { evaluateStudent } from '../../jobs/evaluate-student.ts';
import { evaluateStudents } from '../../jobs/evaluate-students.ts';
import { jobsAtOnce } from '../../jobs/jobs-at-once.ts';
import { sendLetter } from '../../jobs/send-letter.ts';
import { instantInZone } from '../../src/domain/school-date.ts';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { silentLog } from '../../src/ops/log.ts';
import type { QueueBackend } from '../../src/queue/connections.ts';
import { listJobs } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { becomeOwner } from '../../src/store/owner.ts';
import { ALL_DAY, procedureInLine, TODAY, ZONE } from '../support/letters-in-line.ts';
import { DOCUMENT_KEY } from '../support/open-test-database.ts';

/** Told by whoever forks this file. */
export interface ScaleWork {
  readonly databaseUrl: string;
  readonly backend: QueueBackend;
  readonly smtpUrl: string;
}

/** `ready` once it takes jobs; then each job that has ended. */
export type ToldByWorker = 'ready' | { readonly job: string; readonly fate: string };

/** One of several worker processes, on a clock that stands. It takes what is on the queue until nobody listens to it. */
const { databaseUrl, backend, smtpUrl }: ScaleWork = JSON.parse(process.argv[2] ?? '{}');
const store = openDatabase({ url: databaseUrl });
await unlockWith(store.db, DOCUMENT_KEY);
const owner = await becomeOwner(store.pool);
const book = procedureInLine(store.db);
const transport = openSmtpTransport({ url: smtpUrl });
const moment = { now: instantInZone(TODAY, '09:00', ZONE), today: TODAY };
const queue = await openQueue({
  jobs: listJobs([sendLetter, evaluateStudents, evaluateStudent]),
  backend,
  log: silentLog(),
  concurrency: jobsAtOnce(smtpUrl),
  onRun: (job, fate) => tell({ job, fate }),
});
const deps: Pick<
  JobDeps,
  'db' | 'procedure' | 'moment' | 'owner' | 'window' | 'limits' | 'stopFile' | 'submit' | 'log' | 'enqueue'
> = {
  db: store.db,
  log: silentLog(),
  moment: () => moment,
  procedure: () => book.on(TODAY),
  owner: () => owner.id(),
  window: ALL_DAY,
  limits: { perMinute: null, perDay: null },
  stopFile: '/nowhere/STOP',
  submit: (mail, mark) => transport.submit(mail, mark),
  // What an evaluation makes due is not measured here.
  enqueue: async () => {},
};
queue.startWorkers(deps);
process.on('disconnect', async () => {
  await queue.close({ graceMs: 1_000 });
  await transport.close();
  await owner.release();
  await store.close();
});
tell('ready');

function tell(told: ToldByWorker): void {
  if (process.connected) process.send?.(told);
}
