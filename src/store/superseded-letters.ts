import { sql } from 'kysely';
import { type Db, PREPARED } from './database.ts';

/**
 * Letters of a round of a step that were handed over are marked when the count they rested on no longer stands, or
 * stands again. What earlier rounds have sent stays as it was.
 * @returns their references
 */
export async function markSuperseded(
  tx: Db,
  which: { studentId: number; schoolYear: string; step: string; round: number },
  superseded: boolean,
): Promise<string[]> {
  const rows = await tx
    .updateTable('letter')
    .set({ superseded })
    .where('student_id', '=', which.studentId)
    .where('school_year', '=', which.schoolYear)
    .where('step', '=', which.step)
    .where('round', '=', which.round)
    .where('state', 'in', ['sent', 'posted', 'uncertain', 'shadowed'])
    .returning('ref')
    .execute();
  return rows.map(({ ref }) => ref).sort();
}

/** A letter that has left after its step was superseded says what no longer stands, too. */
export async function supersedeWithStep(tx: Db, letterId: string): Promise<void> {
  await sql`
    ${PREPARED} update letter set superseded = true
    where id = ${letterId} and exists (
      select from ladder_step s where s.student_id = letter.student_id and s.school_year = letter.school_year
        and s.step = letter.step and s.round = letter.round and s.state = 'taken' and s.superseded)`.execute(
    tx,
  );
}
