import { type Kysely, sql } from 'kysely';

/**
 * What Rollcall knows of itself: the processes that run, what is wrong and whether it was told, how each night ended,
 * whether what a slot of the schedule asks for was begun, and from which version on the database can be worked with.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table running_process (
    id uuid primary key,
    host text not null,
    version text not null,
    roles text[] not null,
    leads boolean not null default false,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    stopped_at timestamptz,
    jobs_done bigint not null default 0,
    stalled_ms integer not null default 0,
    config_read_at timestamptz not null,
    config_problems jsonb)`,
  `create table incident (
    id uuid primary key default gen_random_uuid(),
    cause text not null,
    opened_at timestamptz not null,
    seen_at timestamptz not null,
    told_at timestamptz,
    closed_at timestamptz,
    figures jsonb not null default '{}')`,
  'create unique index incident_open on incident (cause) where closed_at is null',
  `create table night (
    slot timestamptz primary key,
    outcome text not null check (outcome in ('good', 'bad')),
    judged_at timestamptz not null,
    pinged_at timestamptz)`,
  `create table served_from (
    one boolean primary key default true check (one),
    migration text not null)`,
  `insert into served_from (migration) values ('0033-watching')`,
  'alter table schedule_slot add column done_at timestamptz',
  'update schedule_slot set done_at = claimed_at',
];
