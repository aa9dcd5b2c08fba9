import { composeDigests } from '../../jobs/compose-digests.ts';
import type { JobDeps } from '../../jobs/deps.ts';
import { dueJobs } from '../../jobs/due-jobs.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { settleBaseline } from '../procedure/baseline.ts';
import { heedStopFile } from '../procedure/heed-stop-file.ts';
import { dueAt } from '../procedure/procedure.ts';
import { NoProcedureError, PolicyAheadError } from '../procedure/procedure-book.ts';
import type { SyncOutcome } from '../procedure/sync-district.ts';
import { takeBackAbandoned } from '../procedure/take-back-abandoned.ts';
import { weighLetters } from '../procedure/weigh-letters.ts';
import { jobItem } from '../queue/define-job.ts';
import type { Queue } from '../queue/queue.ts';
import { type CycleChanges, changesSince, takeSnapshot } from '../store/cycle-changes.ts';
import { type DueWork, findDueWork, NOTHING_DUE } from '../store/due-work.ts';
import { listWaiting, type Waiting } from '../store/overview.ts';

/** What one whole cycle did. Ids only: this is what `run --json` prints. */
export interface CycleReport extends CycleChanges {
  readonly asOf: SchoolDate;
  readonly sync: SyncOutcome;
  readonly waiting: readonly Waiting[];
  readonly problems: readonly string[];
}

export interface CycleDeps {
  readonly jobs: JobDeps;
  readonly queue: Queue<JobDeps>;
  /** Told what the cycle is at, for a person who waits. */
  readonly progress?: (stage: string, count: number) => void;
}

/** Each round does what the one before has made due; a ladder of four steps needs few. */
const MOST_ROUNDS = 25;

/**
 * One whole cycle: sync, evaluate, act until nothing is due, then the digests. Whatever a run that was not applied
 * would have changed stays as it was; letters that were due before still go their way, after their own re-check.
 */
export async function runCycle({ jobs, queue, progress }: CycleDeps): Promise<CycleReport> {
  const before = await takeSnapshot(jobs.db);
  progress?.('sync', 0);
  const sync = await jobs.sync();
  const { today } = jobs.moment();
  const problems = 'reason' in sync ? [`sync ${sync.kind}: ${sync.reason}`] : [];
  const procedure = await jobs.procedure().catch((error: unknown) => {
    if (!(error instanceof NoProcedureError)) throw error;
    if (error instanceof PolicyAheadError) problems.push(error.message);
    return null;
  });
  if (procedure === null) {
    return { asOf: today, sync, ...(await changesSince(jobs.db, before)), waiting: [], problems };
  }
  await takeBackAbandoned(jobs.db, procedure, jobs.moment());
  await heedStopFile(jobs.db, jobs.stopFile, jobs.moment().now);
  if (!(await actUntilNothingIsDue(jobs, queue, progress))) problems.push('work was left after many rounds');
  if (procedure.calendarOf(null).isSchoolDay(today)) {
    await queue.enqueue([jobItem(composeDigests, { day: today })]);
    await queue.drain();
    await actUntilNothingIsDue(jobs, queue, progress);
  }
  return {
    asOf: today,
    sync,
    ...(await changesSince(jobs.db, before)),
    waiting: await listWaiting(jobs.db, procedure.schoolYear.id),
    problems,
  };
}

/** @returns false when work was still due after many rounds. */
async function actUntilNothingIsDue(
  jobs: JobDeps,
  queue: Queue<JobDeps>,
  progress: CycleDeps['progress'],
): Promise<boolean> {
  let referralsSeen = '';
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const procedure = await jobs.procedure();
    await settleBaseline(jobs.db, procedure, jobs.moment());
    await weighLetters(jobs.db, procedure, jobs.moment());
    await jobs.correspondence.composeCopies(jobs.moment());
    await jobs.correspondence.keepPaper(procedure, jobs.moment());
    await jobs.correspondence.composeUrgent(procedure, jobs.moment());
    const due = await findDueWork(jobs.db, dueAt(procedure, jobs.moment()));
    // A referral that waits for a person stays due; it is asked once per round in which anything else moved.
    const items = dueJobs(onlyReferrals(due) && due.referrals.join() === referralsSeen ? NOTHING_DUE : due);
    referralsSeen = due.referrals.join();
    if (items.length === 0) return true;
    progress?.('act', items.length);
    await queue.enqueue(items);
    await queue.drain();
  }
  return false;
}

function onlyReferrals(due: DueWork): boolean {
  return Object.entries(due).every(([kind, ids]) => kind === 'referrals' || ids.length === 0);
}
