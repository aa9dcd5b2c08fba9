import { sql } from 'kysely';
import type { Db } from './database.ts';
import { inviteesOf, type StoredInvitee } from './meeting-invitees.ts';
import { asMeeting, type StoredMeeting } from './meetings.ts';

/** A sheet that nobody has handed over is overtaken. */
export async function takeBackPapers(tx: Db, inviteeId: string): Promise<void> {
  await sql`
    update meeting_invitation set taken_back = true
    where id = (
      select id from meeting_invitation
      where invitee_id = ${inviteeId} and document_id is not null
      order by sequence desc, made_at desc limit 1)`.execute(tx);
}

/** Keeps what was made for one of the invited. */
export async function saveInvitation(
  tx: Db,
  invitation: {
    meetingId: string;
    inviteeId: string;
    sequence: number;
    method: 'request' | 'cancel';
    mailId: string | null;
    documentId: string | null;
    now: Date;
  },
): Promise<void> {
  const { meetingId, inviteeId, sequence, method, mailId, documentId, now } = invitation;
  await tx
    .insertInto('meeting_invitation')
    .values({
      meeting_id: meetingId,
      invitee_id: inviteeId,
      sequence,
      method,
      staff_mail_id: mailId,
      document_id: documentId,
      made_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['invitee_id', 'sequence', 'method'])
        .doUpdateSet({ staff_mail_id: mailId, document_id: documentId, made_at: now }),
    )
    .execute();
}

/** What has not begun to leave of earlier states of a meeting never does. */
export async function takeBackInvitations(
  tx: Db,
  meeting: Pick<StoredMeeting, 'id' | 'sequence'>,
  reason: string,
): Promise<void> {
  await tx
    .updateTable('staff_mail')
    .set({ state: 'cancelled', reason, due_at: null })
    .where('state', '=', 'queued')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('meeting_invitation')
        .select('staff_mail_id')
        .where('meeting_id', '=', meeting.id)
        .where('sequence', '<', meeting.sequence)
        .where('staff_mail_id', 'is not', null)
        .$castTo<{ staff_mail_id: string }>(),
    )
    .execute();
}

/** One that has not begun to leave never does. */
export async function takeBackInvitation(tx: Db, mailId: string, reason: string): Promise<void> {
  await tx
    .updateTable('staff_mail')
    .set({ state: 'cancelled', reason, due_at: null })
    .where('id', '=', mailId)
    .where('state', '=', 'queued')
    .execute();
}

/**
 * The last invitation that has left to an address, by the id that only the invited know of the meeting.
 * @returns the mail; null where nobody at this address was invited
 */
export async function invitationTo(db: Db, meetingId: string, email: string): Promise<string | null> {
  const row = await db
    .selectFrom('meeting_invitation')
    .innerJoin('staff_mail', 'staff_mail.id', 'meeting_invitation.staff_mail_id')
    .select('staff_mail.id')
    .where('meeting_id', '=', meetingId)
    .where(sql`lower(staff_mail.to_email)`, '=', email)
    .where('staff_mail.state', 'in', ['claimed', 'transmitting', 'sent', 'uncertain'])
    .orderBy('sequence', 'desc')
    .executeTakeFirst();
  return row?.id ?? null;
}

export interface InvitationInMail {
  readonly meeting: StoredMeeting;
  readonly invitee: StoredInvitee;
  readonly sequence: number;
  readonly method: 'request' | 'cancel';
}

/** Whose invitation a mail is, and to which state of which meeting. @returns null for any other mail */
export async function invitationOfMail(db: Db, mailId: string): Promise<InvitationInMail | null> {
  const row = await db
    .selectFrom('meeting_invitation')
    .innerJoin('meeting', 'meeting.id', 'meeting_invitation.meeting_id')
    .selectAll('meeting')
    .select(['invitee_id', 'method', 'meeting_invitation.sequence as sent_sequence'])
    .where('staff_mail_id', '=', mailId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const invitee = (await inviteesOf(db, row.id)).find(({ id }) => id === row.invitee_id);
  if (invitee === undefined) return null;
  return { meeting: asMeeting(row), invitee, sequence: row.sent_sequence, method: row.method };
}
