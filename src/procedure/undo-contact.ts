import type { NotTakenBack } from '../domain/undo-words.ts';
import { addToFile } from '../store/attendance-files.ts';
import { type ContactLogEntry, findContact, markUndone, reopenAnswered } from '../store/contact-log.ts';
import type { Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { endHolds } from '../store/holds.ts';
import { lockStudent } from '../store/student-locks.ts';
import { tellOfHolds } from './holds.ts';
import type { Moment, Procedure } from './procedure.ts';
import { obstacleTo } from './take-outcome-back.ts';

export type UndoneContact =
  | { readonly kind: 'undone'; readonly entry: ContactLogEntry; readonly reopened: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'undone-before' }
  | NotTakenBack;

/**
 * A wrong click is taken back: the entry stays in the file and counts no more, the tasks that it had answered are asked
 * again, and the pause of a promised note ends.
 */
export async function undoContact(
  tx: Tx,
  procedure: Procedure,
  asked: { ref: string; by: string; because: string | null },
  moment: Moment,
): Promise<UndoneContact> {
  const found = await findContact(tx, asked.ref);
  if (found === null) return { kind: 'unknown' };
  await lockStudent(tx, found.studentId);
  if (found.undone !== null) return { kind: 'undone-before' };
  const obstacle = await obstacleTo(tx, procedure, found, found.at, moment);
  if (obstacle !== null) return obstacle;
  const { by, because } = asked;
  const { now, today: on } = moment;
  if (!(await markUndone(tx, found.id, { by, because, now }))) return { kind: 'undone-before' };
  const student = { studentId: found.studentId, schoolYear: found.schoolYear };
  await addToFile(
    tx,
    { ...student, now },
    {
      onDate: on,
      kind: 'contact',
      title: `Contact ${found.ref} taken back by ${by}: it was logged by mistake`,
      detail: because,
    },
  );
  if (found.holdId !== null) {
    const ended = await endHolds(tx, [found.holdId], { by, because: 'the contact was taken back', on, now });
    await tellOfHolds(
      tx,
      procedure,
      ended.map((one) => ({ ...one, title: `Hold ${one.ref} ended by ${by}` })),
      moment,
    );
  }
  const reopened = await reopenAnswered(tx, found.closedTasks, now);
  await markEvaluationDue(tx, [found.studentId], 'contact-undone', now);
  return { kind: 'undone', entry: found, reopened };
}
