import { type Kysely, sql } from 'kysely';

/**
 * The pages of staff and the officer: who has signed in and how, which forms were sent; and the log of who saw, changed
 * or disclosed what, which can only grow.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // No foreign keys: what was done stays on record when what it was done to is gone.
  `create table audit_event (
    id bigint generated always as identity primary key,
    at timestamptz(3) not null,
    actor_kind text not null check (actor_kind in ('staff', 'officer', 'command-line', 'system')),
    actor_name text not null,
    actor_email text,
    came_from text,
    action text not null,
    student_id int,
    subject text,
    detail jsonb not null default '{}')`,
  'create index audit_event_student on audit_event (student_id, id) where student_id is not null',
  `create table audit_chain (
    seq bigint primary key check (seq > 0),
    event_id bigint not null unique,
    event_hash bytea not null,
    hash bytea not null)`,
  // Events that wait for their place in the chain. Filled by the database itself: no event gets past it.
  'create table audit_pending (event_id bigint primary key)',
  `create function audit_event_waits() returns trigger language plpgsql as $$
    begin
      insert into audit_pending (event_id) select id from fresh;
      return null;
    end $$`,
  `create trigger audit_event_waits after insert on audit_event
    referencing new table as fresh for each statement execute function audit_event_waits()`,
  `create function audit_only_grows() returns trigger language plpgsql as $$
    begin
      raise exception 'The audit log only grows: % of % is refused.', lower(tg_op), tg_table_name
        using errcode = 'insufficient_privilege';
    end $$`,
  ...['audit_event', 'audit_chain'].flatMap((table) => [
    `create trigger ${table}_only_grows before update or delete or truncate on ${table}
      for each statement execute function audit_only_grows()`,
    `alter table ${table} enable always trigger ${table}_only_grows`,
  ]),
  `create table page_link (
    token_hash bytea primary key,
    email text not null,
    path text not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz)`,
  'create index page_link_email on page_link (email)',
  // A sign-in that waits for its code. Of an address that nobody here has it has no e-mail address, and no code fits.
  `create table page_sign_in (
    token_hash bytea primary key,
    email text,
    path text not null,
    started_by text not null check (started_by in ('link', 'address')),
    code_hash bytea,
    failures int not null default 0,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz)`,
  'create index page_sign_in_email on page_sign_in (email, made_at)',
  `create table page_session (
    id uuid primary key default gen_random_uuid(),
    token_hash bytea not null unique,
    email text not null,
    signed_in_by text not null check (signed_in_by in ('code', 'device', 'oidc')),
    came_from text not null,
    started_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz)`,
  'create index page_session_email on page_session (email)',
  `create table page_device (
    token_hash bytea not null,
    email text not null,
    since timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (token_hash, email))`,
  'create index page_device_email on page_device (email)',
  `create table form_once (
    key bytea primary key,
    at timestamptz not null,
    answer jsonb)`,
  'create index form_once_at on form_once (at)',
  // Which kinds of mail there are is a matter of the program.
  'alter table staff_mail drop constraint staff_mail_kind_check',
  `alter table staff_mail add constraint staff_mail_kind_check check (kind ~ '^[a-z]([a-z-]{0,28}[a-z])?$')`,
];
