import { type Kysely, sql } from 'kysely';

/**
 * Every rule of a district as data: policies that are kept, rounds, approvals, shadow rows, holds with a source, medical
 * documentation, attendance contracts, terms and single days of the calendar, and the first look at a district.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const decisions = [
  `alter table evaluation add column input_hash text not null default '', add column inputs jsonb,
    add column mode text not null default 'live' check (mode in ('shadow', 'tasks', 'live'))`,
  `alter table ladder add column input_hash text not null default '',
    add column calendar_version text not null default ''`,
  `alter table ladder_step add column round int not null default 1, add column shadow boolean not null default false,
    add column reached_by text not null default 'count' check (reached_by in ('count', 'contract')),
    add column approval text check (approval in ('asked', 'given', 'refused')),
    add column approval_ref text unique, add column approval_by text, add column approval_because text,
    add column approval_at timestamptz, add column released_by text, add column released_because text,
    add column released_at timestamptz`,
  `create table policy_version (
    version text primary key,
    content_hash text not null,
    content jsonb not null,
    effective_from date not null,
    first_seen_at timestamptz not null)`,
  `create table baseline (
    school_year text primary key references school_year,
    run_id uuid not null references sync_run,
    as_of date not null,
    state text not null check (state in ('open', 'taken', 'not-needed')),
    taken_at timestamptz,
    students int,
    steps int)`,
];

const acting = [
  'alter table letter drop constraint letter_state_check',
  `alter table letter add constraint letter_state_check check (state in ('planned', 'held', 'queued', 'claimed',
      'transmitting', 'sent', 'rejected', 'uncertain', 'cancelled', 'printed', 'posted', 'shadowed')),
    add column round int not null default 1, add column shadow boolean not null default false`,
  'alter table referral drop constraint referral_state_check',
  `alter table referral add constraint referral_state_check
      check (state in ('gathering', 'delivering', 'delivered', 'withdrawn', 'shadowed')),
    add column round int not null default 1, add column shadow boolean not null default false,
    add column left_told_on date`,
  'alter table task add column person text, add column shadow boolean not null default false',
  `create table outside_letter (
    id uuid primary key default gen_random_uuid(),
    student_id int not null references student,
    school_year text not null references school_year,
    step text not null,
    sent_on date not null,
    source text not null check (source in ('import', 'by-hand')),
    recorded_by text not null,
    recorded_at timestamptz not null,
    unique (student_id, school_year, step, sent_on))`,
];

const calendar = [
  `create table term (
    school_year text not null references school_year,
    sourced_id text not null,
    title text not null,
    type text not null,
    begins date not null,
    ends date not null,
    primary key (school_year, sourced_id))`,
];

const holds = [
  `alter table student add column flags jsonb not null default '{}'`,
  `alter table stage_student add column flags jsonb not null default '{}'`,
  'alter table hold drop constraint hold_scope_check',
  `alter table hold add constraint hold_scope_check check (scope in ('letters', 'referral', 'everything', 'absolute')),
    add column ref text not null default 'H-' || substr(md5(gen_random_uuid()::text), 1, 8),
    add column source text not null default 'staff' check (source in ('sis', 'csv', 'staff')),
    add column source_key text, add column created_at timestamptz not null default now(), add column created_by text,
    add column ended_at timestamptz, add column ended_by text, add column ended_because text,
    add column reminded_on date`,
  'create unique index hold_ref on hold (ref)',
  `create unique index hold_source on hold (student_id, source, source_key)
    where source_key is not null and ended_at is null`,
  `create index hold_absolute on hold (student_id) where scope = 'absolute' and ended_at is null`,
];

const withTheFamily = [
  `create table medical_documentation (
    student_id int not null references student,
    school_year text not null references school_year,
    status text not null check (status in ('asked', 'on-file', 'not-given', 'ended')),
    since date not null,
    valid_until date,
    by_name text,
    note text,
    document_id uuid references document,
    changed_at timestamptz not null,
    primary key (student_id, school_year))`,
  `create table attendance_contract (
    id uuid primary key default gen_random_uuid(),
    ref text not null unique,
    student_id int not null references student,
    school_year text not null references school_year,
    begins date not null,
    ends date not null,
    allowed_days numeric(8,4) not null,
    basis text not null check (basis in ('all', 'unexcused')),
    grace_days int not null,
    except_codes jsonb not null default '[]',
    state text not null check (state in ('in-force', 'kept', 'ended')),
    signed_on date,
    refused boolean not null default false,
    agreed_by text not null,
    note text,
    ended_by text,
    ended_because text,
    changed_at timestamptz not null)`,
  'create index attendance_contract_student on attendance_contract (student_id, school_year)',
];

const statements = [...decisions, ...acting, ...calendar, ...holds, ...withTheFamily];
