import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import { mayPassBrakes } from './brakes.ts';
import { type Db, PREPARED, type Tx } from './database.ts';
import { killSwitchOn } from './kill-switch.ts';
import type { LetterState } from './tables/letters.ts';

export interface Letter {
  readonly id: string;
  readonly ref: string;
  readonly studentId: number;
  readonly schoolYear: string;
  readonly schoolId: number;
  readonly step: string;
  readonly round: number;
  readonly template: string;
  readonly channel: 'email' | 'paper';
  readonly channelReason: string;
  readonly language: string;
  readonly state: LetterState;
  readonly email: string | null;
  readonly address: PostalAddress | null;
  readonly asOf: SchoolDate;
  readonly count: string;
  readonly evaluationId: string;
  readonly pdfDocumentId: string | null;
  readonly messageDocumentId: string | null;
  readonly messageId: string | null;
  readonly envelopeFrom: string | null;
  readonly envelopeTo: string | null;
  readonly attempts: number;
  /** Set by its claim. */
  readonly claimedAt?: Date;
  readonly pages: number | null;
  readonly shadow: boolean;
  /** No brake keeps it back. */
  readonly mayPassBrakes: boolean;
  readonly guardianIds: readonly number[];
  /** It is to the student, who is 18. */
  readonly toStudent: boolean;
  /** The post has brought it back. */
  readonly returnedOn: SchoolDate | null;
}

/** Named one by one, since the statement is prepared. */
const LETTER_COLUMNS = [
  'id',
  'ref',
  'student_id',
  'school_year',
  'school_id',
  'step',
  'round',
  'template',
  'channel',
  'channel_reason',
  'language',
  'state',
  'email',
  'address',
  'as_of',
  'count',
  'evaluation_id',
  'pdf_document_id',
  'message_document_id',
  'message_id',
  'envelope_from',
  'envelope_to',
  'attempts',
  'pages',
  'shadow',
  'returned_on',
] as const;

export async function readLetter(db: Db, id: string): Promise<Letter | null> {
  const row = await db
    .selectFrom('letter')
    .modifyFront(PREPARED)
    .select(LETTER_COLUMNS)
    .select(mayPassBrakes.as('may_pass'))
    .select((eb) =>
      eb
        .selectFrom('letter_addressee')
        .select(
          sql<
            number[] | null
          >`array_agg(guardian_id order by guardian_id) filter (where guardian_id is not null)`.as('ids'),
        )
        .whereRef('letter_addressee.letter_id', '=', 'letter.id')
        .as('guardian_ids'),
    )
    .select(
      sql<boolean>`exists (
        select from letter_addressee a where a.letter_id = letter.id and a.guardian_id is null)`.as(
        'to_student',
      ),
    )
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    ref: row.ref,
    studentId: row.student_id,
    schoolYear: row.school_year,
    schoolId: row.school_id,
    step: row.step,
    round: row.round,
    template: row.template,
    channel: row.channel,
    channelReason: row.channel_reason,
    language: row.language,
    state: row.state,
    email: row.email,
    address: row.address,
    asOf: row.as_of,
    count: row.count,
    evaluationId: row.evaluation_id,
    pdfDocumentId: row.pdf_document_id,
    messageDocumentId: row.message_document_id,
    messageId: row.message_id,
    envelopeFrom: row.envelope_from,
    envelopeTo: row.envelope_to,
    attempts: row.attempts,
    pages: row.pages,
    shadow: row.shadow,
    mayPassBrakes: row.may_pass,
    guardianIds: row.guardian_ids ?? [],
    toStudent: row.to_student,
    returnedOn: row.returned_on,
  };
}

/** As much of a letter as it takes to see whether it is its turn. */
export interface LetterInLine {
  readonly id: string;
  readonly studentId: number;
  readonly schoolId: number;
  readonly state: LetterState;
  readonly channel: 'email' | 'paper';
  readonly shadow: boolean;
  readonly mayPassBrakes: boolean;
  /** The kill switch keeps back every letter. */
  readonly sendingStopped: boolean;
  readonly schoolSourcedId: string;
}

/**
 * Reads a letter that is about to be claimed. The commit of this transaction does not wait for the disk: a claim that is
 * lost with the database server leaves the letter in line, and the mark before the first byte, which does wait, comes
 * after it in the same log.
 */
export async function readLetterInLine(tx: Tx, id: string): Promise<LetterInLine | null> {
  const { rows } = await sql<LetterInLine>`
    ${PREPARED} select letter.id, letter.student_id as "studentId", letter.school_id as "schoolId", letter.state, letter.channel, letter.shadow, ${mayPassBrakes} as "mayPassBrakes",
      ${killSwitchOn} as "sendingStopped", s.sourced_id as "schoolSourcedId", set_config('synchronous_commit', 'off', true)
    from letter join school s on s.id = letter.school_id where letter.id = ${id}`.execute(tx);
  return rows[0] ?? null;
}
