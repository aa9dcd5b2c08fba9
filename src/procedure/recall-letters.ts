import { sql } from 'kysely';
import { type Db, inTransaction } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import {
  cancelRecalled,
  fileRecalls,
  markRecalled,
  refuseStepsWithoutLetters,
  studentsToRecall,
} from '../store/recalls.ts';
import { lockStudents } from '../store/student-locks.ts';
import type { Noted } from './noted.ts';
import type { Moment } from './procedure.ts';

/** Students per transaction: each holds a lock of its own, and PostgreSQL has room for some thousands. */
const STUDENTS_AT_ONCE = 200;

export type RecallOutcome =
  | { readonly kind: 'recalled'; readonly letters: number }
  /** At least one has left, was cancelled, or is unknown: none was called back. */
  | { readonly kind: 'not-recalled'; readonly problems: readonly { ref: string; state: string | null }[] };

/** A named person calls letters back before they leave, all that are named or none. */
export async function recallLetters(
  db: Db,
  refs: readonly string[],
  said: { readonly by: string; readonly because: string },
  moment: Moment,
  noted: Noted<readonly { readonly ref: string; readonly studentId: number }[]> = async () => {},
): Promise<RecallOutcome> {
  const wanted = [...new Set(refs.map((ref) => ref.toUpperCase()))];
  const outcome = await inTransaction(db, async (tx): Promise<RecallOutcome> => {
    const found = await tx
      .selectFrom('letter')
      .select(['ref', 'state', 'student_id as studentId'])
      .where('ref', 'in', wanted)
      .orderBy('id')
      .forUpdate()
      .execute();
    const marked = await markRecalled(tx, sql<boolean>`letter.ref = any(${wanted}::text[])`, said);
    const problems = wanted
      .filter((ref) => !marked.includes(ref))
      .map((ref) => ({ ref, state: found.find((one) => one.ref === ref)?.state ?? null }));
    if (problems.length > 0) throw new NotRecalled(problems);
    await noted(tx, found);
    return { kind: 'recalled', letters: marked.length };
  }).catch((error: unknown): RecallOutcome => {
    if (error instanceof NotRecalled) return { kind: 'not-recalled', problems: error.problems };
    throw error;
  });
  await recallMarked(db, moment);
  return outcome;
}

/** Takes the whole transaction back. */
class NotRecalled extends Error {
  readonly problems: readonly { ref: string; state: string | null }[];

  constructor(problems: readonly { ref: string; state: string | null }[]) {
    super('not every letter can be called back');
    this.problems = problems;
  }
}

/**
 * Does what follows from letters being called back: they are cancelled, the file tells why, and a step of which no
 * letter is left is skipped. What a crash has left undone is found again.
 */
export async function recallMarked(db: Db, moment: Moment): Promise<void> {
  for (;;) {
    const students = await studentsToRecall(db, STUDENTS_AT_ONCE);
    if (students.length === 0) return;
    await inTransaction(db, async (tx) => {
      await lockStudents(tx, students);
      const letters = await cancelRecalled(tx, students);
      const at = { on: moment.today, now: moment.now };
      await fileRecalls(tx, letters, at);
      const refused = await refuseStepsWithoutLetters(tx, letters, at);
      const ids = [...new Set(refused.map(({ studentId }) => studentId))];
      await markEvaluationDue(tx, ids, 'recalled', moment.now);
    });
  }
}
