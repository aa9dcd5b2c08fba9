import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from '../store/database.ts';
import { findStudentIds } from '../store/districts.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { lockStudent } from '../store/student-locks.ts';
import type { FileRowProblem } from './file-row-problem.ts';
import type { ListedLetter } from './letter-list.ts';
import type { Noted } from './noted.ts';
import { recordOwnLetter } from './own-work.ts';
import type { Moment, Procedure } from './procedure.ts';

export type ImportedLetters =
  | {
      readonly kind: 'imported';
      /** Letters of steps that the school has taken, by this letter or a later one. */
      readonly recorded: number;
      readonly known: number;
      /** Of steps that Rollcall has taken itself: kept in the file, and nothing else changes. */
      readonly takenBefore: number;
    }
  | { readonly kind: 'refused'; readonly problems: readonly FileRowProblem[] };

/** How many letters of which student were recorded or taken back. */
export type LettersOfStudents = ReadonlyMap<number, number>;

/** Nothing of a dry run stays. */
class TriedOnly extends Error {
  override readonly name = 'TriedOnly';
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
  noted: Noted<LettersOfStudents> = async () => {},
): Promise<ImportedLetters> {
  const counts = { recorded: 0, known: 0, 'taken-before': 0 };
  const problems = await atEachLetter(
    db,
    procedure,
    list,
    async (tx, letter) => {
      const own = {
        ...letter,
        policyVersion: procedure.policy.version,
        source: 'import',
        by: list.by,
      } as const;
      const recorded = await recordOwnLetter(tx, own, moment);
      counts[recorded] += 1;
      return recorded !== 'known';
    },
    noted,
  );
  if (problems.length > 0) return { kind: 'refused', problems };
  const { recorded, known, 'taken-before': takenBefore } = counts;
  return { kind: 'imported', recorded, known, takenBefore };
}

/**
 * Goes through the letters of a list in one transaction, each under its student's lock: all of them or none.
 * @param list `keep` false: takes everything back at the end
 * @returns what is wrong in the list; then nothing was done
 */
export async function atEachLetter(
  db: Db,
  procedure: Procedure,
  list: { readonly letters: readonly ListedLetter[]; readonly keep: boolean },
  /** @returns whether something has changed */
  act: (
    tx: Tx,
    letter: StudentYear & { readonly step: string; readonly sentOn: SchoolDate },
  ) => Promise<boolean>,
  noted: Noted<LettersOfStudents>,
): Promise<readonly FileRowProblem[]> {
  const students = await findStudentIds(
    db,
    list.letters.map(({ student }) => student),
  );
  const problems = list.letters
    .filter(({ student }) => !students.has(student))
    .map(({ line }): FileRowProblem => {
      const expected = 'the sourcedId or the number of one student';
      return { line, column: 'student', found: 'nobody of this name', expected };
    });
  if (problems.length > 0) return problems;
  // In one order, so that two who lock students never wait for each other.
  const letters = list.letters
    .map(({ student, step, sentOn }) => ({ studentId: students.get(student) ?? 0, step, sentOn }))
    .sort((a, b) => a.studentId - b.studentId || a.sentOn.localeCompare(b.sentOn));
  try {
    await db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext('rollcall import of letters'))`.execute(tx);
      const concerned = new Map<number, number>();
      for (const letter of letters) {
        await lockStudent(tx, letter.studentId);
        const changed = await act(tx, { ...letter, schoolYear: procedure.schoolYear.id });
        if (changed) concerned.set(letter.studentId, (concerned.get(letter.studentId) ?? 0) + 1);
      }
      await noted(tx, concerned);
      if (!list.keep) throw new TriedOnly();
    });
  } catch (error) {
    if (!(error instanceof TriedOnly)) throw error;
  }
  return [];
}
