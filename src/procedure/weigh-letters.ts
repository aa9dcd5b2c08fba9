import { sql } from 'kysely';
import { VOLUME_LOOK_BACK_DAYS, volumeLimit } from '../domain/brakes.ts';
import { dateInZone, type SchoolDate } from '../domain/school-date.ts';
import {
  type Batch,
  clearLetters,
  closeBatch,
  holdLettersOfOpenBatches,
  openBatch,
  openBatches,
  setOf,
} from '../store/batches.ts';
import { lockBatches } from '../store/brakes.ts';
import { type Db, isDeadlock, type Tx } from '../store/database.ts';
import { findDueEvaluations } from '../store/due-work.ts';
import { isSoonAfterRestore } from '../store/safe-mode.ts';
import { closeTasks } from '../store/tasks.ts';
import {
  canariesWithoutBatch,
  chooseCanaries,
  hasSomethingToWeigh,
  isCanary,
  isNotApproved,
  isOfRun,
  isReadyOfRun,
  measureRun,
  runsToWeigh,
  takeBackClearance,
  unseenTemplates,
} from '../store/weighing.ts';
import { batchTaskKey, openBatchTask } from './batch-task.ts';
import { dueAt, type Moment, type Procedure } from './procedure.ts';
import { recallMarked } from './recall-letters.ts';

/** So long the letters of an unseen template wait for others that are being rendered: one batch asks about all. */
const RENDERING_MS = 15 * 60_000;

/**
 * Lets go what no brake keeps back, and asks a person about the rest. A run is weighed when all of it is known: as
 * long as students wait to be decided about, nothing of today's is let go. What has grown too large since waits again,
 * all of it but what a person has said yes to.
 */
export async function weighLetters(db: Db, procedure: Procedure, moment: Moment): Promise<void> {
  await recallMarked(db, moment);
  if (!(await hasSomethingToWeigh(db))) return;
  // Before the letters are counted: what is decided from here on is planned before it is missed here.
  const due = await findDueEvaluations(db, dueAt(procedure, moment));
  const incomplete = due.some(({ attempts }) => attempts === 0);
  await unlessDeadlocked(db, async (tx) => {
    await lockBatches(tx);
    await holdLettersOfOpenBatches(tx);
    await followSets(tx, procedure, null, moment);
    const { canaryLetters } = procedure.brakes;
    const unseen = canaryLetters === 0 ? [] : await unseenTemplates(tx);
    for (const runOn of await runsToWeigh(tx, procedure.timeZone)) {
      await weighRun(
        tx,
        procedure,
        { runOn, incomplete: incomplete && runOn >= moment.today, unseen },
        moment,
      );
    }
    if (unseen.length === 0) return;
    if (!incomplete) await askAboutCanaries(tx, procedure, unseen, moment);
    await chooseCanaries(tx, unseen, canaryLetters);
  });
}

const TRIES = 3;

/** Letters that a worker is claiming are locked in its order, not in ours: PostgreSQL ends one of the two then. */
async function unlessDeadlocked(db: Db, weigh: (tx: Tx) => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().execute(weigh);
    } catch (error) {
      if (tries === TRIES || !isDeadlock(error)) throw error;
    }
  }
}

async function weighRun(
  tx: Tx,
  procedure: Procedure,
  run: { readonly runOn: SchoolDate; readonly incomplete: boolean; readonly unseen: readonly string[] },
  moment: Moment,
): Promise<void> {
  const { timeZone, brakes } = procedure;
  const { runOn, incomplete, unseen } = run;
  const measure = await measureRun(tx, { on: runOn, timeZone, daysBack: VOLUME_LOOK_BACK_DAYS });
  const limit = volumeLimit(brakes.volume, measure);
  const ready = isReadyOfRun(runOn, timeZone, unseen);
  const cleared = { sampleEvery: brakes.copies?.every ?? null, now: moment.now };
  const tooMany = measure.planned > limit;
  const restored = await isSoonAfterRestore(tx, runOn);
  if (tooMany || restored) {
    if (incomplete) return takeBackClearance(tx, runOn, timeZone);
    await clearLetters(tx, sql<boolean>`(${ready} and not ${isNotApproved})`, cleared);
    await ask(
      tx,
      procedure,
      {
        reasons: [...(restored ? (['restored'] as const) : []), ...(tooMany ? (['volume'] as const) : [])],
        runOn,
        planned: measure.planned,
        volumeLimit: limit,
        members: sql<boolean>`(${isOfRun(runOn, timeZone)} and ${isNotApproved})`,
      },
      moment,
    );
    return;
  }
  if (incomplete) return;
  await clearLetters(tx, ready, cleared);
}

/** One batch for all letters of templates that the office has not seen, whatever day they are from. */
async function askAboutCanaries(
  tx: Tx,
  procedure: Procedure,
  unseen: readonly string[],
  moment: Moment,
): Promise<void> {
  const { letters, firstRun, beingPrepared } = await canariesWithoutBatch(tx, unseen);
  if (letters === 0 || firstRun === null) return;
  if (beingPrepared !== null && moment.now.getTime() - beingPrepared.getTime() < RENDERING_MS) return;
  const runOn = dateInZone(firstRun, procedure.timeZone);
  const measure = await measureRun(tx, {
    on: runOn,
    timeZone: procedure.timeZone,
    daysBack: VOLUME_LOOK_BACK_DAYS,
  });
  await ask(
    tx,
    procedure,
    {
      reasons: ['canary'],
      runOn,
      planned: measure.planned,
      volumeLimit: volumeLimit(procedure.brakes.volume, measure),
      members: isCanary(unseen),
    },
    moment,
  );
}

async function ask(
  tx: Tx,
  procedure: Procedure,
  asked: Omit<Parameters<typeof openBatch>[1], 'on' | 'now'>,
  moment: Moment,
): Promise<void> {
  const batch = await openBatch(tx, { ...asked, on: moment.today, now: moment.now });
  if (batch === null) return;
  await openBatchTask(tx, procedure, batch, moment);
  await followSets(tx, procedure, batch, moment);
}

/**
 * A yes is bound to a set: where letters have gone or come since it was asked about, another batch asks about what is
 * left.
 * @param taker the batch that may have taken letters of others
 * @returns what asks now, by the id of the batch that asked before
 */
export async function followSets(
  tx: Tx,
  procedure: Procedure,
  taker: Batch | null,
  moment: Moment,
): Promise<ReadonlyMap<string, Batch | null>> {
  const followed = new Map<string, Batch | null>();
  for (const batch of await openBatches(tx)) {
    if (batch.id === taker?.id) continue;
    const set = await setOf(tx, batch.id);
    if (set.hash === batch.setHash) continue;
    const now = set.letters === 0 ? taker : await askAboutTheRest(tx, procedure, batch, moment);
    const at = { on: moment.today, now: moment.now };
    const state = now === null ? 'over' : 'replaced';
    await closeBatch(tx, batch.id, { state, ...(now !== null && { replacedBy: now.id }), ...at });
    await closeTasks(tx, { keys: [batchTaskKey(batch.id)] }, { reason: 'set-changed', ...at });
    followed.set(batch.id, now);
  }
  return followed;
}

async function askAboutTheRest(
  tx: Tx,
  procedure: Procedure,
  { id, reasons, runOn, planned, volumeLimit: limit }: Batch,
  moment: Moment,
): Promise<Batch | null> {
  const rest = await openBatch(tx, {
    reasons,
    runOn,
    planned,
    volumeLimit: limit,
    members: sql<boolean>`letter.batch_id = ${id}`,
    on: moment.today,
    now: moment.now,
  });
  if (rest !== null) await openBatchTask(tx, procedure, rest, moment);
  return rest;
}
