import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';

/** A letter of which a copy has to be made now. */
export interface LetterToCopy {
  readonly id: string;
  readonly ref: string;
  readonly as: 'canary' | 'sample';
  readonly studentId: number;
  readonly schoolSourcedId: string;
  readonly step: string;
  readonly templateVersion: string;
  readonly language: string;
  readonly pdfDocumentId: string;
  readonly batch: string | null;
}

/** A copy for the office comes before its letter may leave, one for the district after it has left. */
export async function lettersToCopy(db: Db): Promise<LetterToCopy[]> {
  const { rows } = await sql<LetterToCopy>`
    select l.id, l.ref, l.copy_as as "as", l.student_id as "studentId", s.sourced_id as "schoolSourcedId", l.step,
      l.template_version as "templateVersion", l.language, l.pdf_document_id as "pdfDocumentId", b.ref as batch
    from letter l join school s on s.id = l.school_id left join batch b on b.id = l.batch_id
    where l.copy_as is not null and l.copied_at is null and l.pdf_document_id is not null
      and (l.copy_as = 'sample' and l.state in ('sent', 'posted')
        or l.copy_as = 'canary' and b.state = 'open' and l.state in ('held', 'queued'))
    order by l.ref`.execute(db);
  return rows;
}

/** @returns false when somebody else has just made it */
export async function markCopied(tx: Tx, letterId: string, now: Date): Promise<boolean> {
  const row = await tx
    .updateTable('letter')
    .set({ copied_at: now })
    .where('id', '=', letterId)
    .where('copied_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
