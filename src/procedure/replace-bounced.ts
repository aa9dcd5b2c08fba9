import { OURSELVES } from '../domain/audit.ts';
import type { Tx } from '../store/database.ts';
import { writeOnPaper } from '../store/letter-changes.ts';
import { type Letter, readLetter } from '../store/letters.ts';
import { listLetters } from '../store/letters-of-student.ts';
import { type Decision, planLetters } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * What came back by e-mail is written anew to the same people, on paper where their address is still the one that it
 * came back from.
 * @returns the ids of the fresh letters; none where nobody of them may be written to any more
 */
export async function replaceBounced(
  tx: Tx,
  procedure: Procedure,
  decision: Decision,
  letter: Letter,
  moment: Moment,
): Promise<string[]> {
  const instead = { of: letter.id, by: OURSELVES, because: 'the mail came back' };
  const fresh = await planLetters(tx, procedure, decision, letter, moment, letter.guardianIds, instead);
  // What did not get there by e-mail is not tried there once more, whatever the reason was.
  await writeOnPaper(tx, fresh, { email: letter.email, reason: 'address-bounced' });
  return fresh;
}

/**
 * Letters that came back while the count behind them was corrected were not written anew: a superseded letter is not
 * sent again. When the count has risen again, they are missing.
 */
export async function replaceMissing(
  tx: Tx,
  procedure: Procedure,
  decision: Decision,
  which: {
    readonly studentId: number;
    readonly schoolYear: string;
    readonly step: string;
    readonly round: number;
  },
  moment: Moment,
): Promise<string[]> {
  if (decision.assessment.primarySchoolId === null) return [];
  const letters = (await listLetters(tx, which)).filter(
    ({ step, round }) => step === which.step && round === which.round,
  );
  const fresh: string[] = [];
  for (const { id, state } of letters) {
    if (state !== 'bounced') continue;
    const letter = await readLetter(tx, id);
    // Whoever has another letter that may still arrive gets no second one: the key of a live letter is taken.
    if (letter !== null) fresh.push(...(await replaceBounced(tx, procedure, decision, letter, moment)));
  }
  return fresh;
}
