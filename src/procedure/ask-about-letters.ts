import type { Tx } from '../store/database.ts';
import { lettersWithoutTask } from '../store/letter-story.ts';
import { readLetter } from '../store/letters.ts';
import { openLetterTask } from './letter-task.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * A letter that nobody but a person can bring on always has a task, also when the one it had was closed with the letter
 * as it was, or was never opened because a process had died.
 */
export async function askAboutLetters(tx: Tx, procedure: Procedure, moment: Moment): Promise<void> {
  for (const { id, state, reason } of await lettersWithoutTask(tx)) {
    const letter = await readLetter(tx, id);
    if (letter === null) continue;
    const kind = state === 'held' ? 'letter-held' : 'resolve-letter';
    await openLetterTask(tx, procedure, letter, kind, `${letter.ref}: ${reason}`, moment);
  }
}
