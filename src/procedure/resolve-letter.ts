import { dateInZone } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { clearActed } from '../store/ladder-steps.ts';
import type { Letter } from '../store/letters.ts';
import { recordFoundOut } from '../store/send-protocol.ts';
import { completeTask } from '../store/tasks.ts';
import { recordLetterLeft } from './hand-over.ts';
import type { Moment, Procedure } from './procedure.ts';
import { lockLetter, type Reissued, reissueLocked } from './reissue-letter.ts';

/** What a named person has found out about an uncertain letter. */
export interface Finding {
  readonly ref: string;
  readonly delivered: boolean;
  readonly by: string;
  readonly because: string;
  /** Where it has not arrived: the next one goes on paper. */
  readonly onPaper: boolean;
}

export type Resolved =
  /** `tookStep`: false where another letter had taken it, or it has begun anew since. */
  | { readonly kind: 'delivered'; readonly tookStep: boolean }
  /** `next`: what became of the letter that takes its place. */
  | { readonly kind: 'not-delivered'; readonly next: Reissued }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-uncertain'; readonly state: Letter['state'] };

/**
 * Resolves an uncertain letter: one that has arrived takes its step as of the day on which it was handed over; in place
 * of one that has not, a new one is queued where it is still owed. Both are recorded, and the task is done.
 */
export async function resolveLetter(
  db: Db,
  procedure: Procedure,
  finding: Finding,
  moment: Moment,
): Promise<Resolved> {
  return inTransaction(db, async (tx): Promise<Resolved> => {
    const letter = await lockLetter(tx, finding.ref);
    if (letter === null) return { kind: 'unknown' };
    const on = await dayOfHandOver(tx, letter, procedure, moment);
    const { delivered, by, because } = finding;
    const found = { delivered, on, by, because, now: moment.now };
    if (!(await recordFoundOut(tx, letter.id, found))) return { kind: 'not-uncertain', state: letter.state };
    await fileFinding(tx, letter, finding, moment);
    await completeLetterTask(tx, letter, finding, moment);
    if (delivered) {
      const tookStep = await recordLetterLeft(tx, letter, { now: moment.now, today: on });
      return { kind: 'delivered', tookStep };
    }
    const gone: Letter = { ...letter, state: 'cancelled' };
    const next = await reissueLocked(tx, procedure, gone, { ...finding, mayWait: true }, moment);
    // A step that is still owed must not be left without any letter.
    if (next.kind !== 'reissued') await clearActed(tx, letter, letter.step, moment.now);
    return { kind: 'not-delivered', next };
  });
}

async function dayOfHandOver(tx: Tx, { id }: Letter, { timeZone }: Procedure, moment: Moment) {
  const row = await tx
    .selectFrom('letter')
    .select('transmitting_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return dateInZone(row.transmitting_at ?? moment.now, timeZone);
}

async function fileFinding(
  tx: Tx,
  { id, ref, step, studentId, schoolYear }: Letter,
  { delivered, by, because }: Finding,
  moment: Moment,
): Promise<void> {
  await addToFile(
    tx,
    { studentId, schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'task',
      title: `Letter ${ref} (${step}) found to have ${delivered ? 'arrived' : 'not arrived'} by ${by}`,
      detail: because,
      letterId: id,
    },
  );
}

async function completeLetterTask(
  tx: Tx,
  { id }: Letter,
  { delivered, by, because }: Finding,
  moment: Moment,
): Promise<void> {
  const task = await tx
    .selectFrom('task')
    .select('ref')
    .where('key', '=', `resolve-letter:${id}`)
    .where('state', '=', 'open')
    .executeTakeFirst();
  if (task === undefined) return;
  const outcome = delivered ? 'delivered' : 'not-delivered';
  await completeTask(tx, { ref: task.ref, by, outcome, because, on: moment.today, now: moment.now });
}
