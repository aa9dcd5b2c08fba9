import {
  type AllowedHold,
  type HoldRefusal,
  isFlagged,
  judgeHold,
  sisHolds,
  unreadHolds,
} from '../domain/hold-kinds.ts';
import type { HoldScope } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { enforceAbsoluteHolds, resumeAfterAbsoluteHold } from '../store/absolute-hold.ts';
import { noteInOpenFiles } from '../store/attendance-files.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { findStudentId } from '../store/districts.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { endHolds, findHold, insertHolds, type NewHold, type StoredHold } from '../store/holds.ts';
import { lockStudent } from '../store/student-locks.ts';
import type { Moment, Procedure } from './procedure.ts';

export interface HoldDesk {
  readonly db: Db;
  readonly procedure: Procedure;
  /** E-mail addresses of the staff. */
  readonly people: readonly string[];
}

export type AddedHold =
  | { readonly kind: 'added'; readonly ref: string; readonly hold: AllowedHold; readonly studentId: number }
  | { readonly kind: 'unknown-student' }
  | ({ readonly kind: 'refused' } & HoldRefusal);

/** A person places a hold. What is absolute stops everything under way in the same transaction. */
export async function addHold(
  desk: HoldDesk,
  asked: {
    student: string;
    kind: string;
    scope: string | null;
    from: SchoolDate | null;
    until: SchoolDate | null;
    owner: string;
    reason: string;
    by: string;
  },
  moment: Moment,
): Promise<AddedHold> {
  const { db, procedure, people } = desk;
  const judged = judgeHold(asked, { rules: procedure.policy.holds, people, today: moment.today });
  if (judged.kind === 'refused') return judged;
  const { hold } = judged;
  const studentId = await findStudentId(db, asked.student);
  if (studentId === null) return { kind: 'unknown-student' };
  return inTransaction(db, async (tx): Promise<AddedHold> => {
    await lockStudent(tx, studentId);
    const place: NewHold = {
      ...hold,
      studentId,
      reason: asked.reason,
      source: 'staff',
      sourceKey: null,
      by: asked.by,
    };
    const [placed] = await placeHolds(tx, procedure, [place], moment);
    return { kind: 'added', ref: placed ?? '', hold, studentId };
  });
}

export type EndedHold =
  | { readonly kind: 'ended'; readonly hold: StoredHold }
  | { readonly kind: 'unknown' | 'ended-before' }
  /** The next read would place it again. */
  | { readonly kind: 'still-flagged' | 'still-unread'; readonly field: string };

/** A person ends a hold: the only way out of an absolute one. */
export async function endHold(
  { db, procedure }: HoldDesk,
  ended: { ref: string; by: string; because: string },
  moment: Moment,
): Promise<EndedHold> {
  const hold = await findHold(db, ended.ref);
  if (hold === null) return { kind: 'unknown' };
  if (hold.endedAt !== null) return { kind: 'ended-before' };
  const follows = hold.source === 'sis' ? await followedField(db, procedure, hold) : null;
  if (follows !== null) return follows;
  return inTransaction(db, async (tx): Promise<EndedHold> => {
    await lockStudent(tx, hold.studentId);
    const gone = await endHolds(tx, [hold.id], {
      by: ended.by,
      because: ended.because,
      on: moment.today,
      now: moment.now,
    });
    if (gone.length === 0) return { kind: 'ended-before' };
    await tellOfHolds(
      tx,
      procedure,
      gone.map((one) => ({ ...one, title: `Hold ${one.ref} ended by ${ended.by}` })),
      moment,
    );
    if (hold.scope === 'absolute') {
      await resumeAfterAbsoluteHold(tx, hold.studentId, {
        schoolYear: procedure.schoolYear.id,
        now: moment.now,
      });
    }
    return { kind: 'ended', hold };
  });
}

/** The field of the SIS that still says what a hold follows, or still cannot be read; null where none does. */
async function followedField(
  db: Db,
  procedure: Procedure,
  hold: StoredHold,
): Promise<Extract<EndedHold, { field: string }> | null> {
  const rules = sisHolds(procedure.policy.holds);
  const unread = unreadHolds(rules).find((one) => one.key === hold.sourceKey);
  // Once it could be read, the hold would have ended.
  if (unread !== undefined) return { kind: 'still-unread', field: unread.field };
  const rule = rules.find((one) => one.key === hold.sourceKey);
  if (rule === undefined) return null;
  const student = await db
    .selectFrom('student')
    .select('flags')
    .where('id', '=', hold.studentId)
    .executeTakeFirst();
  const flagged = student !== undefined && isFlagged(rule, student.flags);
  return flagged ? { kind: 'still-flagged', field: rule.field } : null;
}

/** Places holds with what follows from them: evaluations, lines in the files, and the stop of an absolute one. */
export async function placeHolds(
  tx: Tx,
  procedure: Procedure,
  holds: readonly NewHold[],
  moment: Moment,
): Promise<readonly string[]> {
  const refs = await insertHolds(tx, holds, moment.now);
  const notes = holds.map((hold, index) => ({
    studentId: hold.studentId,
    title: `Hold ${refs[index]} placed by ${hold.by}: ${holdInWords(hold)}`,
  }));
  await tellOfHolds(tx, procedure, notes, moment);
  const absolute = holds.filter((hold) => hold.scope === 'absolute').map((hold) => hold.studentId);
  await enforceAbsoluteHolds(tx, absolute, { on: moment.today, now: moment.now });
  return refs;
}

/** A change of a hold: the student is decided about anew, and a file that is open says so. */
export async function tellOfHolds(
  tx: Tx,
  procedure: Procedure,
  notes: readonly { readonly studentId: number; readonly title: string }[],
  moment: Moment,
): Promise<void> {
  const { today: on, now } = moment;
  const ids = [...new Set(notes.map(({ studentId }) => studentId))].sort((a, b) => a - b);
  await markEvaluationDue(tx, ids, 'hold', now);
  await noteInOpenFiles(tx, notes, { schoolYear: procedure.schoolYear.id, on, now });
}

/** What a hold stops and until when. Neither kind nor reason: the file may go to the officer, whom they do not concern. */
export function holdInWords({ scope, ends }: { scope: HoldScope; ends: SchoolDate | null }): string {
  return `${HELD[scope]}${ends === null ? '' : ` until ${ends}`}`;
}

const HELD: Readonly<Record<HoldScope, string>> = {
  letters: 'letters',
  referral: 'the referral',
  everything: 'everything',
  absolute: 'everything, until a person ends it',
};
