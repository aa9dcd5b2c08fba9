import { sql } from 'kysely';
import type { FileEntry } from './attendance-files.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';

/** The last entry about a reference that was filed at this moment is crossed out. */
export async function strikeEntry(
  tx: Db,
  student: StudentYear,
  entry: {
    readonly ref: string;
    readonly kind: FileEntry['kind'];
    readonly at: Date;
    readonly by: string;
  },
): Promise<void> {
  await sql`
    update file_entry set taken_back_by = ${entry.by} where id = (
      select max(e.id) from file_entry e join attendance_file f on f.id = e.file_id
      where f.student_id = ${student.studentId} and f.school_year = ${student.schoolYear} and e.at = ${entry.at}
        and e.kind = ${entry.kind} and position(${entry.ref} in e.title) > 0 and e.taken_back_by is null)`.execute(
    tx,
  );
}

/**
 * Whether a packet about the student that was built since has left, or may have; one that waits is built afresh.
 * @param except the referral whose packets are not meant
 */
export async function hasPacketLeftSince(
  db: Db,
  student: StudentYear,
  since: Date,
  except: string | null = null,
): Promise<boolean> {
  const { rows } = await sql`
    select from packet p join referral r on r.id = p.referral_id
    where r.student_id = ${student.studentId} and r.school_year = ${student.schoolYear}
      and r.id is distinct from ${except}::uuid and p.built_at >= ${since} and p.state <> 'recalled'
      and (p.state = 'left'
        or exists (select from packet_drop d where d.packet_id = p.id and d.state in ('dropped', 'taken'))
        or exists (select from staff_mail m where m.id = p.mail_id
          and m.state in ('claimed', 'transmitting', 'sent', 'uncertain')))
    limit 1`.execute(db);
  return rows.length > 0;
}

/** What a person did about a task, or what was closed with it, is asked again. @returns how many are open again */
export async function reopenClosedAt(tx: Db, keys: readonly string[], at: Date, now: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update task set state = 'open', closed_on = null, closed_by = null, outcome = null, reason = null,
      changed_at = ${now}
    where key = any(${[...keys]}::text[]) and state in ('done', 'closed') and changed_at = ${at}
      and not exists (select from task o where o.key = task.key and o.state = 'open')`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

/** Whether somebody who was invited to a meeting has heard, or may have, that its present state is off. */
export async function hasHeardOff(db: Db, meetingId: string): Promise<boolean> {
  const { rows } = await sql`
    select from meeting_invitation v join meeting e on e.id = v.meeting_id
      left join staff_mail m on m.id = v.staff_mail_id
    where v.meeting_id = ${meetingId} and v.method = 'cancel' and v.sequence = e.sequence
      and (v.document_id is not null or m.state in ('claimed', 'transmitting', 'sent', 'uncertain'))
    limit 1`.execute(db);
  return rows.length > 0;
}

/** `held, parent-absent, refused → scheduled`, as it was before. @returns false when it stands otherwise by now */
export async function reopenMeeting(
  tx: Db,
  meeting: { readonly id: string; readonly wasOff: boolean },
  now: Date,
): Promise<boolean> {
  if (meeting.wasOff) {
    // What would have told of it has not left, and may be said another time; what had told of the meeting before stands.
    await sql`
      update staff_mail set state = 'cancelled', reason = 'taken-back', due_at = null, key = key || ':taken-back:' || id
      where state = 'queued' and id in (select v.staff_mail_id from meeting_invitation v
        join meeting e on e.id = v.meeting_id and e.sequence = v.sequence
        where e.id = ${meeting.id} and v.method = 'cancel')`.execute(tx);
    await sql`
      delete from meeting_invitation v using meeting e
      where e.id = v.meeting_id and e.sequence = v.sequence and e.id = ${meeting.id} and v.method = 'cancel'`.execute(
      tx,
    );
  }
  const { numAffectedRows } = await sql`
    update meeting set state = 'scheduled', outcome_on = null, outcome_by = null, outcome_note = null,
      sequence = sequence - ${meeting.wasOff ? 1 : 0}::int, changed_at = ${now}
    where id = ${meeting.id} and state in ('held', 'parent-absent', 'refused')`.execute(tx);
  return numAffectedRows === 1n;
}

/** Sheets that still lie ready are to be handed over after all. */
export async function giveBackPapers(tx: Db, inviteeIds: readonly string[]): Promise<void> {
  await sql`
    update meeting_invitation v set taken_back = false
    where v.invitee_id = any(${[...inviteeIds]}::uuid[]) and v.document_id is not null and v.sequence = (
      select max(l.sequence) from meeting_invitation l where l.invitee_id = v.invitee_id)`.execute(tx);
}

/** When somebody recorded what came of a meeting; null: nobody did, or it was cancelled. */
export async function outcomeRecordedAt(db: Db, meetingId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('meeting')
    .select('changed_at')
    .where('id', '=', meetingId)
    .where('state', 'in', ['held', 'parent-absent', 'refused'])
    .executeTakeFirst();
  return row?.changed_at ?? null;
}

/** When the signature of a contract was recorded; null: it has none, or it was before this was kept. */
export async function signatureRecordedAt(db: Db, contractId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('attendance_contract')
    .select('signature_recorded_at')
    .where('id', '=', contractId)
    .where('signed_on', 'is not', null)
    .executeTakeFirst();
  return row?.signature_recorded_at ?? null;
}

export async function removeSignature(tx: Db, contractId: string, now: Date): Promise<void> {
  await tx
    .updateTable('attendance_contract')
    .set({ signed_on: null, signature_recorded_at: null, changed_at: now })
    .where('id', '=', contractId)
    .execute();
}

/** `outcome → outcome-taken-back`. @returns false when it was taken back before */
export async function takeOutcomeBack(tx: Db, eventId: string): Promise<boolean> {
  const result = await tx
    .updateTable('case_event')
    .set({ kind: 'outcome-taken-back' })
    .where('id', '=', eventId)
    .where('kind', '=', 'outcome')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}
