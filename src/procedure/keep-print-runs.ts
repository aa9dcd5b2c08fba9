import { counted } from '../domain/plain-words.ts';
import type { SendingWindow } from '../domain/sending-window.ts';
import type { Db, Tx } from '../store/database.ts';
import { countFailedEvaluation } from '../store/due-work.ts';
import { readLetter } from '../store/letters.ts';
import { unpostedRuns } from '../store/print-run-list.ts';
import {
  lettersToPull,
  markRechecked,
  type PrintedLetter,
  printedToRecheck,
  takeOutOfRun,
} from '../store/print-runs.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { nextOpening } from './claim.ts';
import { type Moment, type Procedure, schoolCalendar } from './procedure.ts';
import { recheckLetter } from './recheck-letter.ts';

export interface PaperSetting {
  readonly window: SendingWindow;
  /** School days after which the supervisor hears of a run that nobody has posted. */
  readonly remindAfterDays: number;
}

/**
 * Looks after letters that are printed and not posted yet. Each passes the same last look as a letter on the line
 * whenever something may have changed for its student: a correction, a hold, another address, a school that sends its
 * own by now. What does not stand comes out of the pile, and the clerk is asked to pull it.
 */
export async function keepPrintRuns(
  db: Db,
  procedure: Procedure,
  setting: PaperSetting,
  moment: Moment,
): Promise<void> {
  for (const printed of await printedToRecheck(db)) {
    try {
      await db.transaction().execute((tx) => recheckPrinted(tx, procedure, setting, printed, moment));
    } catch {
      // It stays due, and so does its student, whose evaluation tells what is wrong; nobody else waits for it.
      await countFailedEvaluation(db, printed.studentId, moment.now);
    }
  }
  const toPull = await lettersToPull(db);
  for (const letter of toPull) {
    // About the run, not about the student: the mail that asks for it names nobody.
    await openTask(
      db,
      {
        key: `pull-letter:${letter.letterId}`,
        kind: 'pull-letter',
        role: 'attendance-clerk',
        openedOn: moment.today,
        dueOn: moment.today,
        schoolId: letter.schoolId,
        letterId: letter.letterId,
        printRunId: letter.printRunId,
        detail: `${letter.ref} of ${letter.run}`,
      },
      moment.now,
    );
  }
  await remind(db, procedure, setting, moment);
}

async function recheckPrinted(
  tx: Tx,
  procedure: Procedure,
  { window }: PaperSetting,
  printed: PrintedLetter,
  moment: Moment,
): Promise<void> {
  const before = await readLetter(tx, printed.letterId);
  // Of another school year: what is printed stays for the clerk to say.
  if (before === null || before.schoolYear !== procedure.schoolYear.id) return markRechecked(tx, printed);
  const recheck = await recheckLetter(tx, procedure, before, moment);
  // A feed that is late says nothing against a letter that stood when it was printed.
  if (recheck.kind === 'waits' && recheck.reason !== 'stale-records') {
    const calendar = await schoolCalendar(tx, procedure, before.schoolId);
    const dueAt = nextOpening(procedure, calendar, window, moment.today);
    await takeOutOfRun(tx, printed.letterId, { reason: recheck.reason, dueAt });
  }
  await markRechecked(tx, printed);
}

/** Printed is not posted: the supervisor hears of a pile that lies around, until it does no longer. */
async function remind(
  db: Db,
  procedure: Procedure,
  { remindAfterDays }: PaperSetting,
  moment: Moment,
): Promise<void> {
  for (const run of await unpostedRuns(db)) {
    const calendar = await schoolCalendar(db, procedure, run.schoolId);
    if (calendar.schoolDaysAfter(run.printedOn, moment.today) < remindAfterDays) continue;
    await openTask(
      db,
      {
        key: notPostedKey(run.id),
        kind: 'letters-not-posted',
        role: 'supervisor',
        openedOn: moment.today,
        dueOn: moment.today,
        schoolId: run.schoolId,
        detail: `${run.ref} of ${run.printedOn}: ${counted(run.waiting, 'letter')}`,
      },
      moment.now,
    );
  }
}

/** The run is posted: nobody has to be reminded of it. */
export async function closeReminder(tx: Tx, printRunId: string, moment: Moment): Promise<void> {
  const closed = { reason: 'posted', on: moment.today, now: moment.now };
  await closeTasks(tx, { keys: [notPostedKey(printRunId)] }, closed);
}

function notPostedKey(printRunId: string): string {
  return `letters-not-posted:${printRunId}`;
}
