import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';
import type { CaseEventTable } from './tables/packets.ts';

export interface CaseEvent {
  readonly id: string;
  readonly ref: string;
  readonly kind: CaseEventTable['kind'];
  readonly packetId: string | null;
  readonly outcome: string | null;
  readonly says: string | null;
  /** Of an answer: the id of its question. */
  readonly answers: string | null;
  readonly by: string;
  readonly on: SchoolDate;
  readonly at: Date;
}

export interface NewCaseEvent {
  readonly referralId: string;
  readonly kind: CaseEvent['kind'];
  readonly by: string;
  readonly packetId?: string | null;
  readonly outcome?: string | null;
  readonly says?: string | null;
  readonly answers?: string | null;
}

/** @returns what was noted, or null where it can be noted once only and was: a receipt, the answer to a question */
export async function noteCaseEvent(
  tx: Db,
  event: NewCaseEvent,
  when: { readonly on: SchoolDate; readonly now: Date },
): Promise<CaseEvent | null> {
  const row = await tx
    .insertInto('case_event')
    .values({
      ref: newReference('Q'),
      referral_id: event.referralId,
      kind: event.kind,
      packet_id: event.packetId ?? null,
      outcome: event.outcome ?? null,
      says: event.says ?? null,
      answers: event.answers ?? null,
      by_name: event.by,
      on_date: when.on,
      at: when.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : asEvent(row);
}

/** What has happened to a case, the first at the top. */
export async function listCaseEvents(db: Db, referralId: string): Promise<CaseEvent[]> {
  const rows = await db
    .selectFrom('case_event')
    .selectAll()
    .where('referral_id', '=', referralId)
    .orderBy('id')
    .execute();
  return rows.map(asEvent);
}

export async function findQuestion(
  db: Db,
  ref: string,
): Promise<(CaseEvent & { readonly referralId: string }) | null> {
  const row = await db
    .selectFrom('case_event')
    .selectAll()
    .where('ref', '=', ref)
    .where('kind', '=', 'question')
    .executeTakeFirst();
  return row === undefined ? null : { ...asEvent(row), referralId: row.referral_id };
}

export interface CaseOfOfficer {
  readonly referralId: string;
  readonly ref: string;
  readonly school: string;
  readonly deliveredOn: SchoolDate | null;
  readonly superseded: boolean;
  readonly received: boolean;
  readonly outcome: string | null;
  readonly openQuestions: number;
}

/** The cases that an officer has or is about to be told of, the latest at the top. */
export async function casesOfOfficer(db: Db, email: string): Promise<CaseOfOfficer[]> {
  const { rows } = await sql<CaseOfOfficer>`
    select r.id as "referralId", r.ref, s.name as school, r.delivered_on as "deliveredOn", r.superseded,
      exists (select from case_event e where e.referral_id = r.id and e.kind = 'receipt') as received,
      (select e.outcome from case_event e where e.referral_id = r.id and e.kind = 'outcome'
        order by e.id desc limit 1) as outcome,
      (select count(*)::int from case_event q where q.referral_id = r.id and q.kind = 'question'
        and not exists (select from case_event a where a.answers = q.id)) as "openQuestions"
    from referral r join school s on s.id = r.school_id
    where ${officerHas(email)}
    order by r.delivered_on desc nulls first, r.ref`.execute(db);
  return rows;
}

/**
 * Whether a packet was addressed to this officer and has left, or was told of by a mail of which nobody knows yet whether
 * it has arrived; or another mail about a delivered case was. Who is named later has what is sent or copied to him.
 */
function officerHas(email: string) {
  const isTold = sql`m.state in ('transmitting', 'uncertain', 'sent')`;
  return sql<boolean>`not r.shadow and r.state in ('delivering', 'delivered') and (
    exists (select from packet p left join staff_mail m on m.id = p.mail_id
      where p.referral_id = r.id and p.state <> 'recalled' and lower(p.officer_email) = lower(${email})
        and (p.state = 'left' or ${isTold}))
    or r.state = 'delivered' and exists (select from staff_mail m
      where m.referral_id = r.id and lower(m.to_email) = lower(${email}) and ${isTold}))`;
}

/** Whether the officer may see a case. */
export async function isCaseOfOfficer(db: Db, referralId: string, email: string): Promise<boolean> {
  const { rows } = await sql`
    select from referral r where r.id = ${referralId} and ${officerHas(email)}`.execute(db);
  return rows.length === 1;
}

export interface UnfetchedPacket {
  readonly referralId: string;
  readonly packetId: string;
  readonly schoolId: number;
  /** To whom it was addressed. */
  readonly officerEmail: string;
  readonly leftOn: SchoolDate;
  readonly reminded: boolean;
  readonly officeTold: boolean;
}

/** Packets that lie on the officer’s page, and that nobody has fetched or confirmed. */
export async function unfetchedPackets(db: Db): Promise<UnfetchedPacket[]> {
  const { rows } = await sql<UnfetchedPacket>`
    select r.id as "referralId", p.id as "packetId", r.school_id as "schoolId", p.left_on as "leftOn",
      p.officer_email as "officerEmail",
      exists (select from case_event e where e.packet_id = p.id and e.kind = 'reminded') as reminded,
      exists (select from case_event e where e.packet_id = p.id and e.kind = 'office-told') as "officeTold"
    from packet p join referral r on r.id = p.referral_id
    where r.state = 'delivered' and p.state = 'left' and p.delivery = 'link' and p.left_on is not null and p.withdrawn_for is null
      and p.number = (select max(l.number) from packet l where l.referral_id = r.id and l.state = 'left')
      and not exists (select from case_event e where e.referral_id = r.id
        and (e.kind in ('receipt', 'outcome') and e.at >= p.built_at or e.kind = 'downloaded' and e.packet_id = p.id))
    order by r.ref`.execute(db);
  return rows;
}

function asEvent(row: {
  id: string;
  ref: string;
  kind: CaseEvent['kind'];
  packet_id: string | null;
  outcome: string | null;
  says: string | null;
  answers: string | null;
  by_name: string;
  on_date: SchoolDate;
  at: Date;
}): CaseEvent {
  return {
    id: row.id,
    ref: row.ref,
    kind: row.kind,
    packetId: row.packet_id,
    outcome: row.outcome,
    says: row.says,
    answers: row.answers,
    by: row.by_name,
    on: row.on_date,
    at: row.at,
  };
}
