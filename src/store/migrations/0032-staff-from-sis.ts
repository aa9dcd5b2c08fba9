import { type Kysely, sql } from 'kysely';

/** Who works at schools by the SIS, where the district wants it, and when that was read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table sis_staff (
    sourced_id text primary key,
    given_name text not null,
    family_name text not null,
    email text,
    roles jsonb not null,
    active boolean not null
  )`,
  // One row at most. The version tells every process that the staff has changed.
  `create table sis_staff_read (
    single boolean primary key default true check (single),
    version integer not null,
    read_at timestamptz,
    roles text not null,
    position text,
    doubt text,
    accepted_by text
  )`,
];
