import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { LetterState } from './tables/letters.ts';

/** Letters of a student, oldest first, for the file and for `explain`. */
export async function listLetters(
  db: Db,
  student: { studentId: number; schoolYear: string },
): Promise<
  {
    id: string;
    ref: string;
    step: string;
    round: number;
    channel: string;
    channelReason: string;
    language: string;
    state: LetterState;
    reason: string | null;
    handedOverAt: Date | null;
    handedOverOn: SchoolDate | null;
    reply: string | null;
    messageId: string | null;
    superseded: boolean;
    pdfDocumentId: string | null;
    pages: number | null;
    returnedOn: SchoolDate | null;
    reissueOf: string | null;
    guardianIds: number[];
    /** May leave from then on, if nothing else keeps it back; null: it is not in line. */
    dueAt: Date | null;
    /** The latest batch that it waits in or was let go with, and what was answered. */
    batch: {
      ref: string;
      state: string;
      by: string | null;
      because: string | null;
      closedOn: SchoolDate | null;
    } | null;
    recalled: { by: string; because: string } | null;
  }[]
> {
  const rows = await db
    .selectFrom('letter')
    .selectAll('letter')
    .select((eb) =>
      eb
        .selectFrom('letter_addressee')
        .select(
          sql<
            number[]
          >`array_agg(guardian_id order by guardian_id) filter (where guardian_id is not null)`.as('ids'),
        )
        .whereRef('letter_addressee.letter_id', '=', 'letter.id')
        .as('guardian_ids'),
    )
    .leftJoin('batch', 'batch.id', 'letter.batch_id')
    .select(['batch.ref as batch_ref', 'batch.state as batch_state', 'batch.answered_by'])
    .select(['batch.answered_because', 'batch.closed_on as batch_closed_on'])
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('planned_at')
    .orderBy('letter.ref')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    ref: row.ref,
    step: row.step,
    round: row.round,
    channel: row.channel,
    channelReason: row.channel_reason,
    language: row.language,
    state: row.state,
    reason: row.reason,
    handedOverAt: row.handed_over_at,
    handedOverOn: row.handed_over_on,
    reply: row.reply,
    messageId: row.message_id,
    superseded: row.superseded,
    pdfDocumentId: row.pdf_document_id,
    pages: row.pages,
    returnedOn: row.returned_on,
    reissueOf: row.reissue_of,
    guardianIds: row.guardian_ids ?? [],
    dueAt: row.due_at,
    batch:
      row.batch_ref === null || row.batch_state === null
        ? null
        : {
            ref: row.batch_ref,
            state: row.batch_state,
            by: row.answered_by,
            because: row.answered_because,
            closedOn: row.batch_closed_on,
          },
    recalled: row.recalled_by === null ? null : { by: row.recalled_by, because: row.recalled_because ?? '' },
  }));
}
