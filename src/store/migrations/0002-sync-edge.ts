import { type Kysely, sql } from 'kysely';

/** Reads of changes, reads that wait for a person, the district's own contacts, and persons who change their ids. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const runs = [
  'alter table sync_run drop constraint sync_run_state_check',
  `alter table sync_run add constraint sync_run_state_check
    check (state in ('running', 'applied', 'quarantined', 'failed', 'tried'))`,
  // What a stopped run needs to be applied later, and why it was stopped; when the absences were right.
  `alter table sync_run add column plan jsonb, add column evidence jsonb not null default '[]',
    add column source_as_of timestamptz, add column released_by text, add column released_because text,
    add column released_at timestamptz`,
  "create index sync_run_applied on sync_run (started_at desc) where state = 'applied'",
  `create table sync_cursor (
    source text primary key,
    position text not null,
    run_id uuid not null references sync_run)`,
];

const mirror = [
  `create table demographics (
    sourced_id text primary key,
    birth_date date,
    address jsonb,
    phone text)`,
  // What each side says; a guardianship is the union of both.
  `create table roster_link (
    student_sourced_id text not null,
    guardian_sourced_id text not null,
    side text not null check (side in ('student', 'guardian')),
    relationship text,
    is_guardian boolean,
    contradictory boolean not null,
    primary key (student_sourced_id, guardian_sourced_id, side))`,
  'create index roster_link_guardian on roster_link (guardian_sourced_id)',
  // What the district's own file says about this contact of this student; it goes before the roster's word.
  'alter table guardianship add column contact jsonb',
  'create index guardianship_missing on guardianship (missing_since) where missing_since is not null',
  `create index guardianship_contact_email on guardianship (lower(contact ->> 'email')) where contact is not null`,
  `alter table guardian add column origin text not null default 'roster' check (origin in ('roster', 'contacts'))`,
  'alter table student add column merged_into int references student',
  // The SIS gave no dates and then another school: the student has left this one, as far as we saw.
  'alter table enrolment add column ended_on_sight boolean not null default false',
];

const ledger = [
  'alter table absence_record drop constraint absence_record_end_reason_check',
  `alter table absence_record add constraint absence_record_end_reason_check
    check (end_reason in ('corrected', 'deleted', 'gone', 'renamed'))`,
  // Rows come from one set-based statement that joins these very tables: checking a million of them again one by one
  // would cost more than all the rest.
  `alter table absence_record drop constraint absence_record_school_year_fkey,
    drop constraint absence_record_recorded_by_fkey, drop constraint absence_record_ended_by_fkey`,
  // The history of a row is found by its current index and this one; the first is enough for what is in force.
  'drop index absence_record_history',
  'create index absence_record_ended on absence_record (sourced_id, recorded_at) where ended_at is not null',
  'create index absence_record_day on absence_record (school_id, date) where ended_at is null',
  'create index absence_record_missing on absence_record (missing_since) where missing_since is not null',
];

/** What the guards compare the next run with. */
const tallies = [
  `create table school_tally (
    school_id int primary key references school,
    students int not null,
    guardians int not null,
    links int not null,
    absence_rows int not null)`,
  `create table absent_per_day (
    school_id int not null references school,
    date date not null,
    students int not null,
    primary key (school_id, date))`,
  'create index absent_per_day_date on absent_per_day (date)',
];

const staging = [
  `alter table stage_link add column side text not null default 'student'`,
  `create unlogged table stage_contact (
    run_id uuid not null, student_sourced_id text not null, person_ids jsonb not null, given_name text not null,
    family_name text not null, contact jsonb not null)`,
];

const statements = [...runs, ...mirror, ...ledger, ...tallies, ...staging];
