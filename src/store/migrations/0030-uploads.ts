import { type Kysely, sql } from 'kysely';

/** Documents that people bring into a student's file. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table upload (
    id uuid primary key default gen_random_uuid(),
    ref text not null unique,
    student_id int not null references student,
    school_year text not null references school_year,
    document_id uuid not null references document,
    kind text not null,
    on_date date not null,
    file_name text not null,
    note text,
    pages int not null,
    bytes int not null,
    received_sha256 text not null,
    added_on date not null,
    added_at timestamptz not null,
    added_by text not null,
    removed_on date,
    removed_by text,
    removed_because text,
    check ((removed_on is null) = (removed_because is null) and (removed_on is null) = (removed_by is null)))`,
  'create index upload_student on upload (student_id, school_year, on_date)',
  'create index upload_document on upload (document_id)',
];
