import { noteAnswer } from '../store/brakes.ts';
import type { Db } from '../store/database.ts';
import { reapAbandoned, setAsideExhausted } from '../store/send-protocol.ts';
import { askAboutLetters } from './ask-about-letters.ts';
import { openStopTask } from './batch-task.ts';
import { openMailTask } from './mail-task.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * Takes back what processes that are gone, or have lost the answer, had claimed: what had not been handed over waits
 * again, what may have left is uncertain, is never sent again by itself, and counts in the row that stops sending. What
 * has used up its attempts leaves the line. All of it becomes tasks.
 * @returns how many letters and mails need a person
 */
export async function takeBackAbandoned(db: Db, procedure: Procedure, moment: Moment): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const uncertain = await reapAbandoned(tx, 'letter', moment.now);
    for (const _letter of uncertain) {
      const at = { on: moment.today, now: moment.now };
      const stop = await noteAnswer(tx, 'uncertain', procedure.brakes, at);
      if (stop !== null) await openStopTask(tx, procedure, stop, moment);
    }
    const letters = [...uncertain, ...(await setAsideExhausted(tx, 'letter'))];
    const mails = [
      ...(await reapAbandoned(tx, 'staff_mail', moment.now)),
      ...(await setAsideExhausted(tx, 'staff_mail')),
    ];
    await askAboutLetters(tx, procedure, moment);
    for (const mailId of mails) {
      await openMailTask(tx, procedure, mailId, 'not accepted or not certain', moment);
    }
    return letters.length + mails.length;
  });
}
