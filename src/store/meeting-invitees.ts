import { sql } from 'kysely';
import type { InvitationAnswer, InviteeKind } from '../domain/meeting.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

export interface NewInvitee {
  readonly kind: InviteeKind;
  /** Of a family: who is written to together; empty: the student, who is 18. */
  readonly guardianIds: readonly number[];
  readonly name: string;
  readonly email: string | null;
  /** `none`: may not be written to by us. */
  readonly channel: 'email' | 'paper' | 'none';
  /** Why not by e-mail. */
  readonly reason: string | null;
}

export interface StoredInvitee extends NewInvitee {
  readonly id: string;
}

/** Who is invited already stays so, by whatever way. */
export async function addInvitees(tx: Db, meetingId: string, invitees: readonly NewInvitee[]): Promise<void> {
  const invited = await inviteesOf(tx, meetingId);
  const added = invitees.filter((one) => !invited.some((other) => isSamePerson(one, other)));
  if (added.length === 0) return;
  await tx
    .insertInto('meeting_invitee')
    .values(
      added.map(({ kind, guardianIds, name, email, channel, reason }) => ({
        meeting_id: meetingId,
        kind,
        guardian_ids: [...guardianIds],
        name,
        email,
        channel,
        reason,
      })),
    )
    .execute();
}

/** A family by whom it consists of, whatever its address is by now; everybody else by the address. */
function isSamePerson(one: NewInvitee, other: NewInvitee): boolean {
  if (one.kind !== 'family' || other.kind !== 'family')
    return one.kind === other.kind && one.email?.toLowerCase() === other.email?.toLowerCase();
  if (one.guardianIds.length === 0) return other.guardianIds.length === 0;
  return one.guardianIds.some((id) => other.guardianIds.includes(id));
}

/** Another way to reach one of the invited, as the records are today. */
export async function rerouteInvitee(
  tx: Db,
  id: string,
  way: Pick<NewInvitee, 'guardianIds' | 'name' | 'email' | 'channel' | 'reason'>,
): Promise<void> {
  const { guardianIds, name, email, channel, reason } = way;
  await tx
    .updateTable('meeting_invitee')
    .set({ guardian_ids: [...guardianIds], name, email, channel, reason })
    .where('id', '=', id)
    .execute();
}

export interface InviteeInLine extends StoredInvitee {
  /** What was made last for this person. */
  readonly last: {
    readonly sequence: number;
    readonly method: 'request' | 'cancel';
    readonly mailId: string | null;
    /** Of the mail; null: on paper. */
    readonly mailState: string | null;
    readonly documentId: string | null;
  } | null;
  /** What the person has answered last; null: nothing. */
  readonly answer: InvitationAnswer | null;
  readonly answeredOn: SchoolDate | null;
  readonly answeredSequence: number | null;
  /** A mail about the meeting has left to this person, or may have. */
  readonly toldByMail: boolean;
  /** A sheet about it was made to be handed over, and not taken back before that. */
  readonly toldOnPaper: boolean;
}

/** Who is invited to a meeting, with what was made for each last. */
export async function inviteesOf(db: Db, meetingId: string): Promise<InviteeInLine[]> {
  const { rows } = await sql<{
    id: string;
    kind: InviteeKind;
    guardian_ids: number[];
    name: string;
    email: string | null;
    channel: NewInvitee['channel'];
    reason: string | null;
    last: InviteeInLine['last'];
    answer: InvitationAnswer | null;
    answeredOn: SchoolDate | null;
    answeredSequence: number | null;
    toldByMail: boolean;
    toldOnPaper: boolean;
  }>`
    select i.id, i.kind, i.guardian_ids, i.name, i.email, i.channel, i.reason,
      i.answer, i.answered_on as "answeredOn", i.answered_sequence as "answeredSequence",
      (select json_build_object('sequence', v.sequence, 'method', v.method, 'mailId', v.staff_mail_id,
          'mailState', m.state, 'documentId', v.document_id)
        from meeting_invitation v left join staff_mail m on m.id = v.staff_mail_id
        where v.invitee_id = i.id order by v.sequence desc, v.made_at desc limit 1) as last,
      exists (select from meeting_invitation v join staff_mail m on m.id = v.staff_mail_id
        where v.invitee_id = i.id and m.state in ('claimed', 'transmitting', 'sent', 'uncertain')) as "toldByMail",
      exists (select from meeting_invitation v
        where v.invitee_id = i.id and v.document_id is not null and not v.taken_back) as "toldOnPaper"
    from meeting_invitee i
    where i.meeting_id = ${meetingId}
    order by case i.kind when 'family' then 1 when 'staff' then 2 else 3 end, i.name, i.id`.execute(db);
  return rows.map(({ guardian_ids: guardianIds, ...row }) => ({ ...row, guardianIds }));
}

/** The last answer of one of the invited stands. */
export async function noteAnswer(
  tx: Db,
  inviteeId: string,
  { answer, on, sequence }: { answer: InvitationAnswer; on: SchoolDate; sequence: number },
): Promise<void> {
  await tx
    .updateTable('meeting_invitee')
    .set({ answer, answered_on: on, answered_sequence: sequence })
    .where('id', '=', inviteeId)
    .execute();
}
