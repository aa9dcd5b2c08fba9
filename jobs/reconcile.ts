import { z } from 'zod';
import { settleBaseline } from '../src/procedure/baseline.ts';
import { heedStopFile } from '../src/procedure/heed-stop-file.ts';
import { dueAt } from '../src/procedure/procedure.ts';
import { takeBackAbandoned } from '../src/procedure/take-back-abandoned.ts';
import { weighLetters } from '../src/procedure/weigh-letters.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { findDueWork } from '../src/store/due-work.ts';
import { encryptPlainDocuments } from '../src/store/encrypt-plain-documents.ts';
import type { JobDeps } from './deps.ts';
import { dueJobs } from './due-jobs.ts';
import { procedureIfAny } from './procedure-if-any.ts';

type ReconcileDeps = Pick<
  JobDeps,
  'db' | 'procedure' | 'moment' | 'stopFile' | 'correspondence' | 'enqueue' | 'log'
>;

/** Documents from before encryption, each time: what is due waits for none of them. */
const ENCRYPTED_AT_ONCE = 500;

/**
 * Asks PostgreSQL what is due and enqueues it: whatever a crash or a lost queue has dropped comes back here.
 * Claims of processes that are gone are taken back first.
 */
export const reconcile = defineJob({
  name: 'reconcile',
  lane: 'work',
  payload: z.strictObject({ day: z.iso.date() }),
  attempts: 3,
  async run(_payload, deps: ReconcileDeps) {
    const procedure = await procedureIfAny(deps);
    if (procedure === null) return 0;
    const { now, today } = deps.moment();
    await heedStopFile(deps.db, deps.stopFile, now);
    const uncertain = await takeBackAbandoned(deps.db, procedure, { now, today });
    if (uncertain > 0) deps.log.warn('mails-became-uncertain', { count: uncertain });
    await settleBaseline(deps.db, procedure, { now, today });
    await weighLetters(deps.db, procedure, { now, today });
    await deps.correspondence.composeCopies({ now, today });
    await deps.correspondence.keepPaper(procedure, { now, today });
    await deps.correspondence.composeUrgent(procedure, { now, today });
    const due = await findDueWork(deps.db, dueAt(procedure, { now, today }));
    const items = dueJobs(due);
    if (items.length > 0) deps.log.info('work-enqueued', { count: items.length });
    await deps.enqueue(items);
    const encrypted = await encryptPlainDocuments(deps.db, { documents: ENCRYPTED_AT_ONCE }, now);
    if (encrypted > 0) deps.log.info('documents-encrypted', { count: encrypted });
    return items.length;
  },
});
