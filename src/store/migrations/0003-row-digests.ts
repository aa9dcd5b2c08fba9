import { type Kysely, sql } from 'kysely';

/** Rows that come as they are in force are told by their digests; each run has a stage of its own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** Null: the row has to be read again, since not everything it says is in force. */
const digests = [
  'alter table student add column digest bytea',
  'alter table guardian add column digest bytea',
  'alter table demographics add column digest bytea',
  'alter table absence_record add column digest bytea',
];

/** As above: rows of a night come from joins with these very tables, from which nothing is ever deleted. */
const ledger = [
  `alter table absence_record drop constraint absence_record_student_id_fkey,
    drop constraint absence_record_school_id_fkey`,
  `alter table guardianship drop constraint guardianship_student_id_fkey,
    drop constraint guardianship_guardian_id_fkey`,
  `alter table enrolment drop constraint enrolment_student_id_fkey, drop constraint enrolment_school_id_fkey`,
  // Every night asks whether anybody is missing.
  'create index student_missing on student (missing_since) where missing_since is not null',
];

/**
 * A partition per run and table: a night of changes does not wade through what a whole read has left behind, and
 * dropping a run costs nothing. Partitions are unlogged; those of a stopped run, which a person may release, are not.
 */
const STAGE_COLUMNS: Readonly<Record<string, string>> = {
  school: 'sourced_id text not null, active boolean not null, name text not null, number text',
  student: `sourced_id text not null, active boolean not null, given_name text not null, family_name text not null,
    grade text, number text, email text, digest bytea`,
  alias: 'kind text not null, sourced_id text not null, alias text not null',
  enrolment: `student_sourced_id text not null, school_sourced_id text not null, is_primary boolean not null,
    begins date, ends date`,
  // Null: the server did not say, which is something else than no.
  guardian: `sourced_id text not null, active boolean not null, role text not null, given_name text not null,
    family_name text not null, email text, phone text, language text, address jsonb,
    address_private boolean, mail_allowed boolean, no_contact boolean, wants_paper boolean, digest bytea`,
  link: `student_sourced_id text not null, guardian_sourced_id text not null, relationship text,
    is_guardian boolean, side text not null`,
  demographics: 'sourced_id text not null, birth_date date, address jsonb, phone text, digest bytea',
  contact: `student_sourced_id text not null, person_ids jsonb not null, given_name text not null,
    family_name text not null, contact jsonb not null`,
  code: `sourced_id text not null, active boolean not null, title text not null, description text,
    status text not null, excuse text not null, school_sourced_id text`,
  // A deleted row needs no more than its id.
  absence: `sourced_id text not null, deleted boolean not null, student_sourced_id text, school_sourced_id text,
    date date, kind text, period text, status text, excuse text, day_fraction numeric(5,4), minutes_absent int,
    minutes_scheduled int, code_sourced_id text, digest bytea,
    check (deleted or (student_sourced_id is not null and school_sourced_id is not null and date is not null
      and kind is not null and status is not null and excuse is not null))`,
  deleted_person: "kind text not null check (kind in ('student', 'guardian')), sourced_id text not null",
  // Known rows that did not come.
  unmet: 'collection text not null, digest bytea not null',
};

const staging = Object.entries(STAGE_COLUMNS).flatMap(([name, columns]) => [
  `drop table if exists stage_${name}`,
  `create table stage_${name} (run_id uuid not null, ${columns}) partition by list (run_id)`,
]);

const statements = [
  ...digests,
  ...ledger,
  ...staging,
  // The rows of stopped runs went with the old stage.
  `update sync_run set plan = null`,
];
