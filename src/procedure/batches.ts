import { sql } from 'kysely';
import {
  type Batch,
  clearBatch,
  closeBatch,
  lettersOfBatch,
  readBatch,
  type SchoolDue,
  schoolsOfBatch,
  setOf,
  type Unready,
  unreadyOfBatch,
} from '../store/batches.ts';
import { lockBatches } from '../store/brakes.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { markRecalled } from '../store/recalls.ts';
import { completeTask } from '../store/tasks.ts';
import { chooseCanaries, unseenTemplates } from '../store/weighing.ts';
import type { Noted } from './noted.ts';
import { type Moment, mayLeaveFrom, type Procedure, schoolCalendar } from './procedure.ts';
import { recallMarked } from './recall-letters.ts';
import { followSets } from './weigh-letters.ts';

export interface BatchAnswer {
  readonly answer: 'approve' | 'refuse';
  readonly by: string;
  readonly because: string;
  /** References of letters that are called back instead. */
  readonly except: readonly string[];
}

export interface AnsweredBatch {
  readonly kind: 'answered';
  readonly letters: number;
  readonly calledBack: number;
}

export type BatchOutcome =
  | AnsweredBatch
  | { readonly kind: 'unknown' }
  /** It was answered before, or nobody has to answer it any more. */
  | { readonly kind: 'not-open'; readonly batch: Batch }
  /** Its letters are not those that it asked about: nobody has seen these. `now` asks about them; null: none is left. */
  | { readonly kind: 'changed'; readonly before: number; readonly now: Batch | null }
  /** Some of it is not rendered, or the office has no copy of a template that it has not seen: a yes would be a blind one. */
  | ({ readonly kind: 'not-ready' } & Unready)
  /** These letters are not in it: nothing was answered. */
  | { readonly kind: 'not-in-batch'; readonly refs: readonly string[] };

/**
 * A named person says yes or no to a batch, for exactly the letters that it asked about. What is excepted, and all of
 * what is refused, is called back.
 */
export async function answerBatch(
  db: Db,
  procedure: Procedure,
  ref: string,
  said: BatchAnswer,
  moment: Moment,
  noted: Noted<AnsweredBatch> = async () => {},
): Promise<BatchOutcome> {
  const outcome = await inTransaction(db, async (tx) => {
    await lockBatches(tx);
    const answer = await answerLocked(tx, procedure, ref, said, moment);
    if (answer.kind === 'answered') await noted(tx, answer);
    return answer;
  });
  if (outcome.kind === 'answered') await recallMarked(db, moment);
  return outcome;
}

async function answerLocked(
  tx: Tx,
  procedure: Procedure,
  ref: string,
  said: BatchAnswer,
  moment: Moment,
): Promise<BatchOutcome> {
  const batch = await readBatch(tx, ref);
  if (batch === null) return { kind: 'unknown' };
  if (batch.state !== 'open') return { kind: 'not-open', batch };
  if ((await setOf(tx, batch.id)).hash !== batch.setHash) {
    const followed = await followSets(tx, procedure, null, moment);
    return { kind: 'changed', before: batch.letters, now: followed.get(batch.id) ?? null };
  }
  if (said.answer === 'approve') {
    const unready = await unreadyNow(tx, procedure, batch);
    if (unready.planned + unready.copies > 0) return { kind: 'not-ready', ...unready };
  }
  const except = said.except.map((one) => one.toUpperCase());
  const strangers = await notIn(tx, batch.id, except);
  if (strangers.length > 0) return { kind: 'not-in-batch', refs: strangers };
  const calledBack = await markRecalled(
    tx,
    said.answer === 'refuse'
      ? sql<boolean>`letter.batch_id = ${batch.id}`
      : sql<boolean>`letter.batch_id = ${batch.id} and letter.ref = any(${except}::text[])`,
    said,
  );
  const sampleEvery = procedure.brakes.copies?.every ?? null;
  const letters =
    said.answer === 'refuse'
      ? 0
      : await clearBatch(tx, batch.id, {
          sampleEvery,
          now: moment.now,
          due: await dueBySchool(tx, procedure, batch, moment),
        });
  const at = { on: moment.today, now: moment.now };
  const state = said.answer === 'approve' ? 'approved' : 'refused';
  await closeBatch(tx, batch.id, { state, by: said.by, because: said.because, ...at });
  const { by, because } = said;
  await completeTask(tx, { ref: batch.ref, by, because, outcome: state, ...at });
  return { kind: 'answered', letters, calledBack: calledBack.length };
}

/** The office is shown what it has not seen, also where no look at the brakes has come by since it was rendered. */
async function unreadyNow(tx: Tx, { brakes }: Procedure, batch: Batch): Promise<Unready> {
  const { canaryLetters } = brakes;
  if (canaryLetters > 0) await chooseCanaries(tx, await unseenTemplates(tx), canaryLetters);
  const { planned, copies } = await unreadyOfBatch(tx, batch.id);
  return { planned, copies: canaryLetters > 0 ? copies : 0 };
}

/** Whoever has said yes can still call letters back, for as long as after they were made ready. */
async function dueBySchool(tx: Tx, procedure: Procedure, batch: Batch, moment: Moment): Promise<SchoolDue[]> {
  const due: SchoolDue[] = [];
  for (const schoolId of await schoolsOfBatch(tx, batch.id)) {
    const calendar = await schoolCalendar(tx, procedure, schoolId);
    due.push({ schoolId, dueAt: mayLeaveFrom(procedure, calendar, moment) });
  }
  return due;
}

async function notIn(tx: Tx, batchId: string, refs: readonly string[]): Promise<string[]> {
  if (refs.length === 0) return [];
  const inside = new Set((await lettersOfBatch(tx, batchId)).map(({ ref }) => ref));
  return refs.filter((ref) => !inside.has(ref));
}
