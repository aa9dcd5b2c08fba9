import { sql } from 'kysely';
import { householdOf } from '../domain/household.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';
import type { Letter } from './letters.ts';

export interface PostedPaper {
  readonly id: string;
  readonly studentId: number;
  readonly postedOn: SchoolDate;
  readonly returnedOn: SchoolDate | null;
}

/** A letter on paper that is in the post, or was; null when no such letter has the reference. */
export async function findPostedLetter(db: Db, ref: string): Promise<PostedPaper | null> {
  const { rows } = await sql<PostedPaper>`
    select l.id, l.student_id as "studentId", l.handed_over_on as "postedOn", l.returned_on as "returnedOn"
    from letter l where l.ref = ${ref} and l.state = 'posted'`.execute(db);
  return rows[0] ?? null;
}

/** What came back says something about each of its addressees, where it carried an address at all. */
export async function recordReturned(
  tx: Tx,
  letter: Letter,
  returned: { by: string; because: string; on: SchoolDate },
): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ returned_on: returned.on, returned_by: returned.by, returned_because: returned.because })
    .where('id', '=', letter.id)
    .execute();
  const household = householdOf(letter.address);
  if (household === null || letter.guardianIds.length === 0) return;
  await tx
    .insertInto('returned_post')
    .values(
      letter.guardianIds.map((guardianId) => ({
        guardian_id: guardianId,
        household,
        letter_id: letter.id,
        returned_on: returned.on,
      })),
    )
    .onConflict((conflict) => conflict.columns(['guardian_id', 'household']).doNothing())
    .execute();
}

/** The address of a letter that came back was right after all. */
export async function forgetReturns(tx: Tx, letterId: string): Promise<void> {
  await sql`
    delete from returned_post p using letter l, letter_addressee a
    where l.id = ${letterId} and a.letter_id = l.id and p.guardian_id = a.guardian_id
      and p.household in (select o.household from returned_post o where o.letter_id = l.id)`.execute(tx);
}
