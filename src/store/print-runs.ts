import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';

export function newPrintRunReference(): string {
  return newReference('P');
}

/** Paper letters of a school that wait for a print run, in envelope order: by family name of the addressee. */
export async function lettersToPrint(
  tx: Db,
  schoolId: number,
  now: Date,
): Promise<{ id: string; ref: string; studentId: number; pdfDocumentId: string; pages: number }[]> {
  const rows = await tx
    .selectFrom('letter')
    .innerJoin('letter_addressee', 'letter_addressee.letter_id', 'letter.id')
    .innerJoin('guardian', 'guardian.id', 'letter_addressee.guardian_id')
    .select(['letter.id', 'letter.ref', 'letter.student_id', 'letter.pdf_document_id', 'letter.pages'])
    .select((eb) => eb.fn.min('guardian.family_name').as('family_name'))
    .where('letter.school_id', '=', schoolId)
    .where('letter.channel', '=', 'paper')
    .where('letter.state', 'in', ['queued', 'held'])
    .where('letter.due_at', '<=', now)
    .where('letter.cleared_at', 'is not', null)
    .groupBy('letter.id')
    .orderBy('family_name')
    .orderBy('letter.ref')
    .execute();
  return rows.flatMap((row) =>
    row.pdf_document_id === null
      ? []
      : [
          {
            id: row.id,
            ref: row.ref,
            studentId: row.student_id,
            pdfDocumentId: row.pdf_document_id,
            pages: row.pages ?? 1,
          },
        ],
  );
}

/**
 * Records a print run and moves its letters to `printed`.
 * @throws Error when one of them may not leave any more: its pages are in the run, which must not stand then.
 */
export async function savePrintRun(
  tx: Db,
  run: {
    ref: string;
    schoolId: number;
    on: SchoolDate;
    documentId: string;
    pages: number;
    letterIds: readonly string[];
  },
): Promise<string> {
  const row = await tx
    .insertInto('print_run')
    .values({
      ref: run.ref,
      school_id: run.schoolId,
      printed_on: run.on,
      document_id: run.documentId,
      letters: run.letterIds.length,
      pages: run.pages,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const printed = await tx
    .updateTable('letter')
    .set({ state: 'printed', print_run_id: row.id, due_at: null, reason: null })
    .where('id', 'in', [...run.letterIds])
    .where('state', 'in', ['queued', 'held'])
    .where('cleared_at', 'is not', null)
    .where((eb) => eb.not(underAbsoluteHold(sql.ref('letter.student_id'))))
    .executeTakeFirst();
  if (Number(printed.numUpdatedRows) !== run.letterIds.length) {
    throw new Error(`the print run ${run.ref} has a letter that may not leave any more`);
  }
  return row.id;
}

/**
 * The clerk has put the run into the post: every letter of it that was not pulled is posted.
 * @returns the letters posted now.
 */
export async function confirmPosted(
  tx: Db,
  posted: { printRunId: string; by: string; on: SchoolDate; now: Date },
): Promise<
  {
    id: string;
    studentId: number;
    schoolYear: string;
    step: string;
    round: number;
    ref: string;
    pdfDocumentId: string | null;
  }[]
> {
  await tx
    .updateTable('print_run')
    .set({ posted_on: posted.on, posted_by: posted.by })
    .where('id', '=', posted.printRunId)
    .where('posted_on', 'is', null)
    .execute();
  const rows = await tx
    .updateTable('letter')
    .set({ state: 'posted', handed_over_at: posted.now, handed_over_on: posted.on })
    .where('print_run_id', '=', posted.printRunId)
    .where('state', '=', 'printed')
    .where((eb) => eb.not(underAbsoluteHold(sql.ref('letter.student_id'))))
    .returning(['id', 'student_id', 'school_year', 'step', 'round', 'ref', 'pdf_document_id'])
    .execute();
  return rows.map((row) => ({
    id: row.id,
    studentId: row.student_id,
    schoolYear: row.school_year,
    step: row.step,
    round: row.round,
    ref: row.ref,
    pdfDocumentId: row.pdf_document_id,
  }));
}

/** Ids of the students whose letters lie in a run. */
export async function studentsOfRun(db: Db, printRunId: string): Promise<number[]> {
  const rows = await db
    .selectFrom('letter')
    .select('student_id')
    .distinct()
    .where('print_run_id', '=', printRunId)
    .execute();
  return rows.map((row) => row.student_id);
}
