import { composeDigests } from '../../../jobs/compose-digests.ts';
import { evaluateStudents } from '../../../jobs/evaluate-students.ts';
import { printLettersJob } from '../../../jobs/print-letters.ts';
import { reconcile } from '../../../jobs/reconcile.ts';
import { syncDistrictJob } from '../../../jobs/sync-district.ts';
import { onRecord } from '../../../src/cli/on-record.ts';
import type { Random } from '../../../src/demo/district/random.ts';
import { answerTask } from '../../../src/procedure/staff-answers.ts';
import type { JobItem } from '../../../src/queue/define-job.ts';
import { jobItem } from '../../../src/queue/define-job.ts';
import { sealAudit } from '../../../src/store/audit-chain.ts';
import { resumeSending, stopSending } from '../../../src/store/kill-switch.ts';
import { listOpenTasks } from '../../../src/store/tasks.ts';
import { nameOf } from '../decision-model/world.ts';
import { type District, randomNow, tellAll, tellAllToSis, todayOf } from './district.ts';
import { BrokenError } from './family.ts';
import { type Accident, takeInHand } from './hand.ts';
import { expectNothingHeldByTheGone, look } from './look.ts';
import { beginWorker, endWorker } from './open-district.ts';
import { sortEnqueued } from './queue.ts';
import type { Worker } from './worker.ts';

/** What happens to all families of a district at once, before each of them plays its step. */
export type Happening =
  | 'nothing'
  | 'read'
  | 'reconcile'
  | 'death'
  | 'session lost'
  | 'queue forgotten'
  | 'stop'
  | 'print'
  | 'post'
  | 'other work'
  | 'digest'
  | 'seal';

export const HAPPENINGS: readonly (readonly [Happening, number])[] = [
  ['nothing', 3],
  ['read', 0.6],
  ['reconcile', 10],
  ['death', 2.2],
  ['session lost', 1.2],
  ['queue forgotten', 0.8],
  ['stop', 0.5],
  ['print', 1],
  ['post', 0.8],
  ['other work', 1.5],
  ['digest', 0.3],
  ['seal', 0.7],
];

export async function happen(district: District, what: Happening): Promise<void> {
  const random = randomNow(district, 'district');
  // Where nobody works nothing can happen but that somebody begins.
  while (district.workers.length < 2) await beginWorker(district);
  if (district.workers.length < 4 && random.chance(0.1)) await beginWorker(district);
  const worker = random.pick(district.workers);
  // Nobody leaves it so for long.
  if (district.isStopped && random.chance(0.5)) await stopOrResume(district, worker);
  if (what !== 'nothing') tellAll(district, `${what}, ${worker.name}`);
  switch (what) {
    case 'nothing':
      return;
    case 'read':
      return readSis(district, worker, accidentOf(district, random));
    case 'reconcile':
      return lookForWork(district, worker, accidentOf(district, random));
    case 'death':
      district.doomed.add(worker);
      return;
    case 'session lost':
      for (const owner of worker.owners) district.goneOwners.add(owner);
      return worker.loseSession();
    case 'queue forgotten':
      for (const { queue } of district.families) queue.length = 0;
      district.others.length = 0;
      return;
    case 'stop':
      return stopOrResume(district, worker);
    case 'print':
      await doOthers(district, worker, (item) => item.job.name === printLettersJob.name, 5);
      // Before anything else happens to those whose letters were printed.
      return look(district);
    case 'post':
      return postAll(district, worker);
    case 'other work':
      return doOthers(district, worker, (item) => item.job.name !== printLettersJob.name, 6);
    case 'digest':
      await alone(district, worker, jobItem(composeDigests, { day: todayOf(district) }), null);
      return;
    case 'seal':
      await sealAudit(worker.deps.db);
  }
}

function accidentOf({ isCalm }: District, random: Random): Accident | null {
  const at = random.chance(0.4) ? 'commit' : random.integer(0, 60);
  const how = random.pick<Accident['how']>(['refused', 'unsent', 'unheard']);
  return !isCalm && random.chance(0.15) ? { at, how, dies: random.chance(0.5) } : null;
}

/** The SIS is read; what of it was applied is known from now on, whether or not anybody heard of it. */
export async function readSis(district: District, worker: Worker, accident: Accident | null): Promise<void> {
  tellAllToSis(district);
  const told = district.families.map(({ child, isUnread }) => (isUnread ? structuredClone(child) : null));
  const before = await readsApplied(district);
  await alone(district, worker, jobItem(syncDistrictJob, { day: todayOf(district) }), accident);
  if ((await readsApplied(district)) === before) {
    if (accident === null) throw new BrokenError(null, 'a read was not applied', {});
    return tellAll(district, 'the read was not applied');
  }
  for (const [index, family] of district.families.entries()) {
    family.known = told[index] ?? family.known;
    family.isUnread = false;
  }
  const students = await district.office.db.selectFrom('student').select(['id', 'sourced_id']).execute();
  const byName = new Map(district.families.map((family) => [family.child.name, family]));
  for (const { id, sourced_id } of students) {
    const family = byName.get(nameOf(sourced_id));
    if (family !== undefined) district.students.set(id, family);
  }
  // What it has enqueued asks for a look at what is due.
  district.enqueued.length = 0;
}

async function readsApplied({ office }: District): Promise<number> {
  const { count } = await office.db
    .selectFrom('sync_run')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', '=', 'applied')
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** PostgreSQL is asked what is due, and all of it comes into the queue; what was evaluated together is at once. */
export async function lookForWork(
  district: District,
  worker: Worker,
  accident: Accident | null,
): Promise<void> {
  const isDone = await alone(district, worker, jobItem(reconcile, { day: todayOf(district) }), accident);
  await sortEnqueued(district);
  if (isDone) await expectNothingHeldByTheGone(district);
  const batches = district.others.filter(({ job }) => job.name === evaluateStudents.name);
  for (const batch of batches) {
    district.others.splice(district.others.indexOf(batch), 1);
    const [another = worker] = district.workers;
    // What a batch has come to is the same for each of its families: all of it, or nothing.
    const random = randomNow(district, 'batch');
    const lost = {
      at: 'commit',
      how: random.pick<Accident['how']>(['refused', 'unheard']),
      dies: false,
    } as const;
    await alone(district, another, batch, !district.isCalm && random.chance(0.1) ? lost : null);
  }
  await sortEnqueued(district);
}

/** What belongs to no family: print runs, mails to staff, packets. */
export async function doOthers(
  district: District,
  worker: Worker,
  which: (item: JobItem) => boolean,
  most: number,
): Promise<void> {
  const items = district.others.filter(which).slice(0, most);
  for (const item of items) {
    district.others.splice(district.others.indexOf(item), 1);
    if (worker.isAlive) await alone(district, worker, item, null);
  }
  await sortEnqueued(district);
}

/** The clerk reports every print run as posted. */
export async function postAll({ office: { db } }: District, { deps }: Worker): Promise<void> {
  for (const { ref, kind } of await listOpenTasks(db)) {
    if (kind !== 'print-letters') continue;
    const answer = { ref, by: 'Clerk', outcome: 'posted', note: null };
    await answerTask(deps.db, answer, deps.moment(), await deps.procedure());
  }
}

export async function stopOrResume(district: District, { deps }: Worker): Promise<void> {
  const { now } = deps.moment();
  const said = { by: 'Principal', because: 'as the test wants it', now };
  district.isStopped = !district.isStopped;
  const action = district.isStopped ? 'sending-stopped' : 'sending-resumed';
  const act = district.isStopped ? stopSending : resumeSending;
  await onRecord(
    deps.db,
    { by: said.by, now },
    async (tx) => void (await act(tx, said)),
    () => ({ action }),
  );
}

/** @returns whether it has come to its end without an accident */
async function alone(
  district: District,
  worker: Worker,
  { job, payload }: JobItem,
  accident: Accident | null,
): Promise<boolean> {
  const hand = takeInHand(() => job.run(payload as never, worker.deps as never, { last: true }));
  await hand.goOn(Number.POSITIVE_INFINITY, accident);
  const { end } = hand;
  if (end?.kind === 'dead') await endWorker(district, worker);
  if (hand.hadAccident) tellAll(district, `${job.name}: ${accident?.how} at ${accident?.at}`);
  if (end?.kind !== 'failed') return !hand.hadAccident;
  if (end.error instanceof BrokenError || hand.hadAccident) {
    if (end.error instanceof BrokenError) throw end.error;
    return false;
  }
  throw new BrokenError(null, 'a job has failed', { job: job.name, error: String(end.error) });
}
