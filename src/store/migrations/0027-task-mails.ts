import { type Kysely, sql } from 'kysely';

/**
 * Tasks that are put off, that were taken to somebody above, and whom each was told to; staff who are away; and the
 * figures of past weeks, which the summary of the next one is compared with.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table task
    add column snoozed_until date,
    add column snoozed_by text,
    add column snoozed_because text,
    add column escalated_on date`,
  `create table task_told (
    task_id uuid not null references task on delete cascade,
    person text not null,
    told_on date not null,
    told_at_once_on date,
    primary key (task_id, person))`,
  `create table staff_away (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    begins date not null,
    ends date not null check (ends >= begins),
    substitute text,
    recorded_by text not null,
    recorded_at timestamptz not null,
    ended_by text,
    ended_at timestamptz)`,
  'create index staff_away_current on staff_away (ends) where ended_at is null',
  `create table week_figures (
    week_begins date not null,
    school_id int not null references school,
    figures jsonb not null,
    kept_at timestamptz not null,
    primary key (week_begins, school_id))`,
  // The program's own list of kinds is the only one: parts that add one each need not know of each other.
  'alter table staff_mail drop constraint if exists staff_mail_kind_check',
  `alter table staff_mail add constraint staff_mail_kind_check check (kind ~ '^[a-z][a-z-]*$')`,
];
