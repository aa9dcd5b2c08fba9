import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Days, formatDays } from '../domain/days.ts';
import type { LetterReason } from '../domain/letter-reasons.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import { mayPassBrakes } from './brakes.ts';
import { type Db, PREPARED, type Tx } from './database.ts';
import { killSwitchOn } from './kill-switch.ts';
import { newReference } from './references.ts';
import type { LetterState } from './tables.ts';

export interface NewLetter {
  readonly districtId: string;
  readonly studentId: number;
  readonly studentSourcedId: string;
  readonly schoolYear: string;
  readonly schoolId: number;
  readonly step: string;
  /** Of the step: 1, and one more each time it was owed once more. */
  readonly round: number;
  readonly template: string;
  readonly channel: 'email' | 'paper';
  readonly channelReason: string;
  readonly language: string;
  readonly email: string | null;
  readonly address: PostalAddress | null;
  readonly asOf: SchoolDate;
  readonly count: Days;
  readonly policyVersion: string;
  readonly evaluationId: string;
  /** It never leaves. */
  readonly shadow: boolean;
  readonly guardians: readonly { readonly id: number; readonly sourcedId: string }[];
  /** It is to the student, who is 18. Not set: to guardians. */
  readonly toStudent?: boolean;
  /** Who was chosen, and why. Not set: nobody has kept it. */
  readonly recipientsId?: string | null;
  /** Not set: it goes instead of none. */
  readonly reissue?: Reissue | null;
}

/** Who had a letter issued once more, and why. */
export interface Reissue {
  /** Id of the letter before. */
  readonly of: string;
  readonly by: string;
  readonly because: string;
}

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

/**
 * Plans a letter. One live letter exists per district, student, step, round, school year and guardian, whatever the
 * address and the count: planning it again does nothing.
 * @returns the letter's id, or null when every guardian has a live one already.
 */
export async function planLetter(tx: Db, letter: NewLetter, now: Date): Promise<string | null> {
  const keys: { guardianId: number | null; key: string }[] = letter.guardians.map(({ id, sourcedId }) => ({
    guardianId: id,
    key: letterKey(letter, sourcedId),
  }));
  // No sourcedId is empty: no guardian has this key.
  if (letter.toStudent === true) keys.push({ guardianId: null, key: letterKey(letter, '') });
  const known = await tx
    .selectFrom('letter_addressee')
    .select('key')
    .where(
      'key',
      'in',
      keys.map(({ key }) => key),
    )
    .where('live', '=', true)
    .execute();
  const taken = new Set(known.map((row) => row.key));
  const fresh = keys.filter(({ key }) => !taken.has(key));
  if (fresh.length === 0) return null;
  const row = await tx
    .insertInto('letter')
    .values({
      ref: newReference('L'),
      student_id: letter.studentId,
      school_year: letter.schoolYear,
      school_id: letter.schoolId,
      step: letter.step,
      round: letter.round,
      template: letter.template,
      channel: letter.channel,
      channel_reason: letter.channelReason,
      language: letter.language,
      state: 'planned',
      email: letter.email,
      address: letter.address === null ? null : JSON.stringify(letter.address),
      as_of: letter.asOf,
      count: formatDays(letter.count),
      policy_version: letter.policyVersion,
      evaluation_id: letter.evaluationId,
      planned_at: now,
      shadow: letter.shadow,
      recipients_id: letter.recipientsId ?? null,
      reissue_of: letter.reissue?.of ?? null,
      reissued_by: letter.reissue?.by ?? null,
      reissued_because: letter.reissue?.because ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('letter_addressee')
    .values(
      fresh.map(({ guardianId, key }) => ({ letter_id: row.id, guardian_id: guardianId, key, live: true })),
    )
    .execute();
  return row.id;
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

/**
 * Freezes what will be handed over: from here on retries change neither content nor recipient.
 * @param frozen `shadowedOn`: the letter is a shadow, and this is the day on which it would have left.
 */
export async function freezeLetter(
  tx: Db,
  letterId: string,
  frozen: {
    templateVersion: string;
    pdfDocumentId: string;
    pages: number;
    message: { documentId: string; messageId: string; from: string; to: string } | null;
    dueAt: Date;
    shadowedOn: SchoolDate | null;
  },
): Promise<boolean> {
  const isShadow = frozen.shadowedOn !== null;
  const result = await tx
    .updateTable('letter')
    .set({
      state: isShadow ? 'shadowed' : 'queued',
      shadowed_on: frozen.shadowedOn,
      template_version: frozen.templateVersion,
      pdf_document_id: frozen.pdfDocumentId,
      pages: frozen.pages,
      message_document_id: frozen.message?.documentId ?? null,
      message_id: frozen.message?.messageId ?? null,
      envelope_from: frozen.message?.from ?? null,
      envelope_to: frozen.message?.to ?? null,
      due_at: isShadow ? null : frozen.dueAt,
      attempts: 0,
      reason: null,
    })
    .where('id', '=', letterId)
    .where('state', '=', 'planned')
    .where('shadow', '=', isShadow)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * Counts an attempt to render, before it is made: a letter that ends the process each time is set aside like one that
 * does so while it is sent.
 */
export async function countPreparation(db: Db, letterId: string): Promise<void> {
  await db
    .updateTable('letter')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('id', '=', letterId)
    .where('state', '=', 'planned')
    .execute();
}

/** The letter waits for a person (`dueAt` null) or for another look at `dueAt`. */
export async function holdLetter(
  tx: Db,
  letterId: string,
  held: { reason: LetterReason; dueAt: Date | null },
): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state: 'held', reason: held.reason, due_at: held.dueAt, owner: null })
    .where('id', '=', letterId)
    .where('state', 'in', ['planned', 'queued', 'held', 'claimed'])
    .execute();
}

/** The sending window is closed: the letter stays in line for its next opening. */
export async function postponeLetter(tx: Db, letterId: string, dueAt: Date): Promise<void> {
  await tx.updateTable('letter').set({ due_at: dueAt }).where('id', '=', letterId).execute();
}

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

/** A refused e-mail address: the same letter, frozen as it is, goes on paper. */
export async function turnIntoPaper(tx: Db, letterId: string, reason: string, now: Date): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state: 'queued', channel: 'paper', channel_reason: reason, due_at: now, owner: null })
    .where('id', '=', letterId)
    .where('state', '=', 'rejected')
    .execute();
}

/** Of letters that are only planned, those to this address go on paper. */
export async function writeOnPaper(
  tx: Db,
  letterIds: readonly string[],
  instead: { email: string | null; reason: string },
): Promise<void> {
  if (letterIds.length === 0 || instead.email === null) return;
  await tx
    .updateTable('letter')
    .set({ channel: 'paper', channel_reason: instead.reason, email: null })
    .where('id', 'in', [...letterIds])
    .where('state', '=', 'planned')
    .where((eb) => eb(eb.fn('lower', ['email']), '=', instead.email?.toLowerCase() ?? ''))
    .execute();
}

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

/** The key of a first round does not name it: it is that of letters from before there were rounds. */
function letterKey(letter: NewLetter, guardianSourcedId: string): string {
  const { districtId, studentId, step, schoolYear, round } = letter;
  const parts = [districtId, studentId, step, schoolYear, guardianSourcedId, ...(round > 1 ? [round] : [])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

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
