import { type Kysely, sql } from 'kysely';

/**
 * What people and limits have to say about sending: the kill switch, every attempt with its answer, what became of
 * uncertain letters, letters issued once more, and how many mails were handed over in each minute.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table kill_switch (
    id int generated always as identity primary key,
    stopped_at timestamptz not null,
    stopped_by text not null,
    because text not null,
    resumed_at timestamptz,
    resumed_by text,
    resumed_because text)`,
  // Whether sending is stopped is asked for every mail: the index holds one row or none.
  'create unique index kill_switch_on on kill_switch ((true)) where resumed_at is null',
  `create table send_attempt (
    id bigint generated always as identity primary key,
    letter_id uuid references letter,
    staff_mail_id uuid references staff_mail,
    claimed_at timestamptz not null,
    transmitting_at timestamptz,
    outcome text not null check (outcome in ('sent', 'later', 'rejected', 'uncertain', 'abandoned')),
    reason text,
    reply text,
    check (num_nonnulls(letter_id, staff_mail_id) = 1))`,
  'create index send_attempt_letter on send_attempt (letter_id) where letter_id is not null',
  'create index send_attempt_staff_mail on send_attempt (staff_mail_id) where staff_mail_id is not null',
  `alter table letter
    add column reissue_of uuid references letter,
    add column reissued_by text,
    add column reissued_because text,
    add check (num_nonnulls(reissue_of, reissued_by, reissued_because) in (0, 3))`,
  'create index letter_reissue_of on letter (reissue_of) where reissue_of is not null',
  `create table letter_resolution (
    letter_id uuid primary key references letter,
    delivered boolean not null,
    resolved_at timestamptz not null,
    resolved_by text not null,
    because text not null)`,
  `create table sending_minute (
    minute timestamptz primary key,
    mails int not null)`,
];
