import { type Kysely, sql } from 'kysely';

/**
 * Brakes: letters that wait in a batch for one yes, letters that a person has called back, sending that has stopped,
 * and copies for the office and the district. What has left before needs no yes any more.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table batch (
    id uuid primary key default gen_random_uuid(),
    ref text not null unique,
    reasons text[] not null,
    run_on date not null,
    planned int not null,
    volume_limit int not null,
    letters int not null,
    set_hash text not null,
    state text not null default 'open' check (state in ('open', 'approved', 'refused', 'replaced', 'over')),
    opened_on date not null,
    opened_at timestamptz not null,
    closed_on date,
    closed_at timestamptz,
    answered_by text,
    answered_because text,
    replaced_by uuid references batch)`,
  `create index batch_open on batch (run_on) where state = 'open'`,
  `alter table letter add column cleared_at timestamptz, add column batch_id uuid references batch,
    add column recalled_by text, add column recalled_because text,
    add column copy_as text check (copy_as in ('canary', 'sample')), add column copied_at timestamptz`,
  'create index letter_batch on letter (batch_id) where batch_id is not null',
  'create index letter_planned_at on letter (planned_at) where not shadow',
  // What was posted, or may be on the line, is beyond any brake.
  `update letter set cleared_at = planned_at
    where not shadow and state in ('transmitting', 'sent', 'rejected', 'uncertain', 'printed', 'posted')`,
  `create index letter_uncleared on letter (planned_at)
    where cleared_at is null and not shadow and state in ('planned', 'held', 'queued', 'claimed')`,
  `create index letter_to_copy on letter (id) where copy_as is not null and copied_at is null`,
  'create sequence letter_sample',
  `create table sending_stop (
    id uuid primary key default gen_random_uuid(),
    ref text not null unique,
    kind text not null check (kind in ('refusals', 'uncertain', 'bounces')),
    mails int not null,
    opened_on date not null,
    opened_at timestamptz not null,
    ended_on date,
    ended_at timestamptz,
    ended_by text,
    ended_because text)`,
  'create unique index sending_stop_open on sending_stop (kind) where ended_at is null',
  `create table sending_streak (
    one boolean primary key default true check (one),
    refusals int not null default 0,
    uncertain int not null default 0,
    bounces int not null default 0,
    bounced_on date)`,
  'insert into sending_streak default values',
  'alter table staff_mail drop constraint staff_mail_kind_check',
  `alter table staff_mail add constraint staff_mail_kind_check
    check (kind in ('digest', 'task', 'approval', 'packet', 'alert', 'copy'))`,
];
