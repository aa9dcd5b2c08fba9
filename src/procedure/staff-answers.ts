import { addToFile } from '../store/attendance-files.ts';
import { type ContactOutcome, contactOutcomes, logContact } from '../store/contact-log.ts';
import type { Db } from '../store/database.ts';
import { completeTask, type Task } from '../store/tasks.ts';
import { recordRunPosted } from './hand-over.ts';
import type { Moment } from './procedure.ts';

export type TaskAnswer =
  | { readonly kind: 'done'; readonly task: Task; readonly lettersPosted: number }
  | { readonly kind: 'not-open' }
  | { readonly kind: 'bad-outcome'; readonly expected: readonly string[] };

/**
 * A member of staff reports a task as done. A contact goes into the contact log and the attendance file; a posted
 * print run makes each of its letters posted.
 */
export async function answerTask(
  db: Db,
  answer: { ref: string; by: string; outcome: string; note: string | null },
  moment: Moment,
): Promise<TaskAnswer> {
  const waiting = await db
    .selectFrom('task')
    .select(['kind', 'state'])
    .where('ref', '=', answer.ref)
    .executeTakeFirst();
  if (waiting === undefined || waiting.state !== 'open') return { kind: 'not-open' };
  const isContact = contactTasks.has(waiting.kind);
  if (isContact && !isContactOutcome(answer.outcome))
    return { kind: 'bad-outcome', expected: contactOutcomes };
  const task = await db.transaction().execute(async (tx) => {
    const done = await completeTask(tx, { ...answer, on: moment.today, now: moment.now });
    if (done === null || done.studentId === null || done.schoolYear === null) return done;
    const student = { studentId: done.studentId, schoolYear: done.schoolYear };
    if (isContactOutcome(answer.outcome) && isContact) {
      await logContact(tx, {
        ...student,
        taskId: done.id,
        on: moment.today,
        at: moment.now,
        by: answer.by,
        outcome: answer.outcome,
        note: answer.note,
      });
    }
    await addToFile(
      tx,
      { ...student, now: moment.now },
      {
        onDate: moment.today,
        kind: isContact ? 'contact' : 'task',
        title: isContact ? `Contact: ${answer.outcome}` : `Task ${done.kind}: ${answer.outcome}`,
        detail: answer.note,
      },
    );
    return done;
  });
  if (task === null) return { kind: 'not-open' };
  const posted =
    task.printRunId === null || answer.outcome !== 'posted'
      ? 0
      : await recordRunPosted(db, { printRunId: task.printRunId, by: answer.by }, moment);
  return { kind: 'done', task, lettersPosted: posted };
}

/** Tasks whose outcome is an attempt to reach the family. */
const contactTasks = new Set(['contact-family', 'call-with-interpreter']);

function isContactOutcome(outcome: string): outcome is ContactOutcome {
  return (contactOutcomes as readonly string[]).includes(outcome);
}
