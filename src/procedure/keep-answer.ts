import { setTimeout as wait } from 'node:timers/promises';
import type { SubmitOutcome } from '../mail/mail-transport.ts';
import type { Db } from '../store/database.ts';
import { type Claim, giveBack, type Sendable } from '../store/send-protocol.ts';
import { askAboutLetters } from './ask-about-letters.ts';
import { openMailTask } from './mail-task.ts';
import type { Moment, Procedure } from './procedure.ts';

const WAITS_MS = [100, 400];

/**
 * Records the answer of the mail server, also when the first tries fail. An answer that cannot be kept is lost with this
 * worker: what had not begun waits again, what may have left is uncertain, and a person is asked. The error goes on.
 */
export async function keepAnswer<Outcome>(
  { db, procedure }: { readonly db: Db; readonly procedure: Procedure },
  table: Sendable,
  claim: Claim & { readonly answer: SubmitOutcome },
  record: () => Promise<Outcome>,
  moment: Moment,
): Promise<Outcome> {
  for (const ms of WAITS_MS) {
    try {
      return await record();
    } catch {
      await wait(ms);
    }
  }
  try {
    return await record();
  } catch (error) {
    const { id, answer } = claim;
    if ((await giveBack(db, table, { ...claim, reply: answer.reply })) === 'uncertain') {
      await db.transaction().execute(async (tx) => {
        if (table === 'letter') await askAboutLetters(tx, procedure, moment);
        else await openMailTask(tx, procedure, id, 'its answer could not be kept', moment);
      });
    }
    throw error;
  }
}
