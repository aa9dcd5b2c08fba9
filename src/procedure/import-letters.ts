import { sql } from 'kysely';
import type { Db } from '../store/database.ts';
import { findStudentIds } from '../store/districts.ts';
import { lockStudent } from '../store/evaluations.ts';
import type { ListedLetter, ListProblem } from './letter-list.ts';
import { recordOwnLetter } from './own-work.ts';
import type { Moment, Procedure } from './procedure.ts';

export type ImportedLetters =
  | {
      readonly kind: 'imported';
      /** Letters that took their step now. */
      readonly recorded: number;
      readonly known: number;
      /** Of steps that Rollcall has taken itself: kept in the file, and nothing else changes. */
      readonly takenBefore: number;
    }
  | { readonly kind: 'refused'; readonly problems: readonly ListProblem[] };

/** Nothing of a dry run stays. */
class TriedOnly extends Error {
  readonly imported: ImportedLetters;

  constructor(imported: ImportedLetters) {
    super('nothing of a dry run stays');
    this.imported = imported;
  }
}

/**
 * Records letters that the school sent before Rollcall did, all of them or none. Their steps count as taken on the day
 * on which they were sent, and a later correction leaves them alone: they rest on the school's own count.
 * @param list `keep` false: works everything out and takes it back
 */
export async function importLetters(
  db: Db,
  procedure: Procedure,
  list: { readonly letters: readonly ListedLetter[]; readonly by: string; readonly keep: boolean },
  moment: Moment,
): Promise<ImportedLetters> {
  const students = await findStudentIds(
    db,
    list.letters.map(({ student }) => student),
  );
  const problems = list.letters
    .filter(({ student }) => !students.has(student))
    .map(({ line }): ListProblem => {
      const expected = 'the sourcedId or the number of one student';
      return { line, column: 'student', found: 'nobody of this name', expected };
    });
  if (problems.length > 0) return { kind: 'refused', problems };
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext('rollcall import of letters'))`.execute(tx);
      const counts = { recorded: 0, known: 0, 'taken-before': 0 };
      // In one order, so that two who lock students never wait for each other.
      const letters = list.letters
        .map((letter) => ({ ...letter, studentId: students.get(letter.student) ?? 0 }))
        .sort((a, b) => a.studentId - b.studentId || a.sentOn.localeCompare(b.sentOn));
      for (const { studentId, step, sentOn } of letters) {
        await lockStudent(tx, studentId);
        const at = {
          studentId,
          schoolYear: procedure.schoolYear.id,
          policyVersion: procedure.policy.version,
        };
        const letter = { ...at, step, sentOn, source: 'import' as const, by: list.by };
        counts[await recordOwnLetter(tx, letter, moment)] += 1;
      }
      const { recorded, known, 'taken-before': takenBefore } = counts;
      const imported: ImportedLetters = { kind: 'imported', recorded, known, takenBefore };
      if (!list.keep) throw new TriedOnly(imported);
      return imported;
    });
  } catch (error) {
    if (error instanceof TriedOnly) return error.imported;
    throw error;
  }
}
