import { type Kysely, sql } from 'kysely';

/** Bounces and replies: what the mailbox has brought, and what came of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addLetterState(db, 'bounced');
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** Reads the states that there are, so that it does not matter which others were added before. */
async function addLetterState(db: Kysely<unknown>, state: string): Promise<void> {
  const { rows } = await sql<{ definition: string }>`
    select pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = 'letter'::regclass and conname = 'letter_state_check'`.execute(db);
  const known = rows[0]?.definition.match(/'[a-z-]+'/g) ?? [];
  const states = [...new Set([...known, `'${state}'`])].join(', ');
  await sql.raw('alter table letter drop constraint if exists letter_state_check').execute(db);
  await sql
    .raw(`alter table letter add constraint letter_state_check check (state in (${states}))`)
    .execute(db);
}

const statements = [
  // Where reading a folder goes on. One row per account and folder.
  `create table mailbox_folder (
    folder text primary key,
    uid_validity bigint not null,
    last_uid bigint not null,
    read_at timestamptz,
    failing_since timestamptz,
    failure text,
    stuck_uid bigint,
    stuck_attempts int not null default 0)`,
  // One row per mail that was looked at, whatever came of it: the same bytes are never handled twice.
  `create table inbound_message (
    id uuid primary key default gen_random_uuid(),
    sha256 text not null unique,
    folder text not null,
    uid_validity bigint not null,
    uid bigint not null,
    handled_at timestamptz not null,
    handled_on date not null,
    kind text not null,
    outcome text not null,
    letter_id uuid references letter,
    staff_mail_id uuid references staff_mail,
    sender text,
    writing text,
    file_away boolean not null,
    filed_at timestamptz)`,
  'create index inbound_message_unfiled on inbound_message (folder, uid_validity) where file_away and filed_at is null',
  'create index inbound_message_writing on inbound_message (writing) where writing is not null',
  'create index inbound_message_day on inbound_message (handled_on, kind)',
  // What mail systems have told of a mail of ours, once per mail and kind.
  `create table delivery_notice (
    id uuid primary key default gen_random_uuid(),
    letter_id uuid references letter,
    staff_mail_id uuid references staff_mail,
    kind text not null check (kind in ('bounced', 'delivered')),
    at timestamptz not null,
    on_date date not null,
    status text,
    said text,
    document_id uuid references document,
    inbound_message_id uuid not null references inbound_message,
    check ((letter_id is null) <> (staff_mail_id is null)))`,
  'create unique index delivery_notice_letter on delivery_notice (letter_id, kind) where letter_id is not null',
  'create unique index delivery_notice_mail on delivery_notice (staff_mail_id, kind) where staff_mail_id is not null',
  // Addresses that are not written to, by their hash: a new address of the same person is another one.
  `create table bounced_address (
    id bigint generated always as identity primary key,
    address_hash text not null,
    letter_id uuid not null references letter,
    since timestamptz not null,
    status text,
    trusted_at timestamptz,
    trusted_by text,
    trusted_because text,
    check ((trusted_at is null) = (trusted_by is null)))`,
  'create unique index bounced_address_once on bounced_address (address_hash) where trusted_at is null',
  'create index letter_message_id on letter (message_id) where message_id is not null',
  'create index staff_mail_message_id on staff_mail (message_id) where message_id is not null',
];
