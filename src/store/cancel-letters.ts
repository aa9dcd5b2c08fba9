import { sql } from 'kysely';
import type { LetterReason } from '../domain/letter-reasons.ts';
import type { Db } from './database.ts';

/**
 * Cancels letters that have not been handed over; a printed one comes back from the envelope (pull list).
 * @param which of a step all, or with `beforeRound` those of its earlier rounds
 */
export async function cancelLetters(
  tx: Db,
  which: { studentId: number; schoolYear: string; step: string; beforeRound?: number } | { letterId: string },
  reason: LetterReason,
): Promise<string[]> {
  const beforeRound = 'step' in which ? which.beforeRound : undefined;
  const rows = await tx
    .updateTable('letter')
    .set({ state: 'cancelled', reason, due_at: null, owner: null })
    .where('state', 'in', ['planned', 'held', 'queued', 'claimed', 'printed'])
    .$if('letterId' in which, (query) => query.where('id', '=', 'letterId' in which ? which.letterId : ''))
    .$if('step' in which, (query) =>
      'step' in which
        ? query
            .where('student_id', '=', which.studentId)
            .where('school_year', '=', which.schoolYear)
            .where('step', '=', which.step)
        : query,
    )
    .$if(beforeRound !== undefined, (query) => query.where('round', '<', beforeRound ?? 0))
    .returning('id')
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length > 0) {
    await tx.updateTable('letter_addressee').set({ live: false }).where('letter_id', 'in', ids).execute();
  }
  return ids;
}

/** A letter that has left stays what it is, and its guardians may be written to once more. */
export async function freeAddressees(tx: Db, letterId: string): Promise<void> {
  await tx.updateTable('letter_addressee').set({ live: false }).where('letter_id', '=', letterId).execute();
}

/** Other letters of the same round that the addressees of a letter have, or will get. */
export async function liveBeside(
  tx: Db,
  letterId: string,
): Promise<{ readonly ref: string; readonly guardianId: number | null }[]> {
  const { rows } = await sql<{ ref: string; guardianId: number | null }>`
    select o.ref, b.guardian_id as "guardianId"
    from letter_addressee a
    join letter_addressee b on b.key = a.key and b.live and b.letter_id <> a.letter_id
    join letter o on o.id = b.letter_id
    where a.letter_id = ${letterId} order by o.ref`.execute(tx);
  return rows;
}

/** The school is live now: a letter of its own may go to whoever a shadow was addressed to. */
export async function endShadowLetters(
  tx: Db,
  which: { studentId: number; schoolYear: string; step: string },
): Promise<void> {
  await sql`
    update letter_addressee a set live = false from letter l
    where l.id = a.letter_id and l.shadow and l.student_id = ${which.studentId}
      and l.school_year = ${which.schoolYear} and l.step = ${which.step}`.execute(tx);
  await tx
    .updateTable('letter')
    .set({ state: 'cancelled', reason: 'shadow-ended', due_at: null })
    .where('shadow', '=', true)
    .where('state', 'in', ['planned', 'held'])
    .where('student_id', '=', which.studentId)
    .where('school_year', '=', which.schoolYear)
    .where('step', '=', which.step)
    .execute();
}
