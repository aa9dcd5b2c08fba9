import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Days, formatDays } from '../domain/days.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';

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
  const known = await liveAddressees(
    tx,
    letter,
    keys.map(({ key }) => key),
  );
  const fresh = keys.filter(
    ({ key, guardianId }) => !known.some((one) => one.key === key || one.guardianId === guardianId),
  );
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

/** By their keys, and by who they are: the SIS may have given a guardian another id since. */
async function liveAddressees(
  tx: Db,
  { studentId, schoolYear, step, round }: NewLetter,
  keys: readonly string[],
): Promise<{ key: string; guardianId: number | null }[]> {
  const { rows } = await sql<{ key: string; guardianId: number | null }>`
    select key, guardian_id as "guardianId" from letter_addressee where live and key = any(${[...keys]}::text[])
    union
    select a.key, a.guardian_id from letter l join letter_addressee a on a.letter_id = l.id
    where a.live and l.student_id = ${studentId} and l.school_year = ${schoolYear} and l.step = ${step}
      and l.round = ${round}`.execute(tx);
  return rows;
}

/** The key of a first round does not name it: it is that of letters from before there were rounds. */
function letterKey(letter: NewLetter, guardianSourcedId: string): string {
  const { districtId, studentId, step, schoolYear, round } = letter;
  const parts = [districtId, studentId, step, schoolYear, guardianSourcedId, ...(round > 1 ? [round] : [])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
