import type { Db } from '../store/database.ts';
import { countFailedEvaluation } from '../store/due-work.ts';
import { holdLetter } from '../store/letter-changes.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment } from './procedure.ts';

/**
 * A job was given up after all its attempts. The row it was for must not come back for ever, and must not be
 * forgotten: a student is left to a later look, a letter is held, and somebody is told.
 */
export async function giveUp(db: Db, job: string, payload: unknown, moment: Moment): Promise<void> {
  const { studentId, studentIds, letterId } = (payload ?? {}) as {
    studentId?: number;
    studentIds?: readonly number[];
    letterId?: string;
  };
  await db.transaction().execute(async (tx) => {
    if (studentIds !== undefined) {
      // One of them is the cause: each is decided about alone from now on, and who it is shows then.
      for (const id of studentIds) await countFailedEvaluation(tx, id, moment.now);
      return;
    }
    if (job === 'evaluate-student' && studentId !== undefined)
      await countFailedEvaluation(tx, studentId, moment.now);
    if (letterId !== undefined) await holdLetter(tx, letterId, { reason: 'program-error', dueAt: null });
    await openTask(
      tx,
      {
        key: `program-error:${job}:${studentId ?? letterId ?? ''}`,
        kind: 'program-error',
        role: 'it-contact',
        openedOn: moment.today,
        dueOn: moment.today,
        studentId: studentId ?? null,
        letterId: letterId ?? null,
        detail: job,
      },
      moment.now,
    );
  });
}
