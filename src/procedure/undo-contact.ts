import { addToFile } from '../store/attendance-files.ts';
import { type ContactLogEntry, findContact, markUndone, reopenAnswered } from '../store/contact-log.ts';
import type { Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { endHolds } from '../store/holds.ts';
import { lockStudent } from '../store/student-locks.ts';
import { tellOfHolds } from './holds.ts';
import type { Moment, Procedure } from './procedure.ts';

export type UndoneContact =
  | { readonly kind: 'undone'; readonly entry: ContactLogEntry; readonly reopened: number }
  | { readonly kind: 'unknown' | 'undone-before' }
  | { readonly kind: 'too-late'; readonly hours: number }
  /** The truancy officer has a file with it: what is right is logged beside it. */
  | { readonly kind: 'sent-to-officer' };

const HOUR_MS = 3_600_000;

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
  const hours = procedure.contactLog.undoHours;
  if (found.undone !== null) return { kind: 'undone-before' };
  if (!mayBeUndone(found, procedure, moment)) return { kind: 'too-late', hours };
  if (await wasSentToOfficer(tx, found)) return { kind: 'sent-to-officer' };
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

/** Whether there is still time. */
export function mayBeUndone(
  entry: Pick<ContactLogEntry, 'at'>,
  { contactLog }: Pick<Procedure, 'contactLog'>,
  { now }: Pick<Moment, 'now'>,
): boolean {
  return now.getTime() - entry.at.getTime() < contactLog.undoHours * HOUR_MS;
}

async function wasSentToOfficer(tx: Tx, { studentId, schoolYear, at }: ContactLogEntry): Promise<boolean> {
  const sent = await tx
    .selectFrom('referral')
    .select('id')
    .where('student_id', '=', studentId)
    .where('school_year', '=', schoolYear)
    .where('state', 'in', ['delivering', 'delivered'])
    .where('changed_at', '>=', at)
    .executeTakeFirst();
  return sent !== undefined;
}
