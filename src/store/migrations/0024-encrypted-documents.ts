import { type Kysely, sql } from 'kysely';

/**
 * Documents encrypted at rest: a data key per student, and a key of its own for what names several students or none.
 * What lies here in plain from before stays readable until it is encrypted, piece by piece, by the program.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table document_vault (
    only_one boolean primary key default true check (only_one),
    mark text not null,
    since timestamptz not null default now())`,
  `create table document_key (
    id uuid primary key,
    student_id int not null references student,
    wrapped bytea,
    made_at timestamptz not null,
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null)))`,
  'create unique index document_key_current on document_key (student_id) where destroyed_at is null',
  `alter table document
    add column key_id uuid references document_key,
    add column own_key bytea,
    add column student_ids int[] not null default '{}',
    add column destroyed_at timestamptz,
    add column was_plain boolean not null default true`,
  // Nothing new is ever kept in plain.
  `alter table document
    alter column was_plain set default false,
    add check (was_plain or key_id is not null or own_key is not null or destroyed_at is not null)`,
  // Nothing that is encrypted can be compressed.
  'alter table document alter column bytes set storage external',
  'create unique index document_once on document (key_id, sha256, kind) where key_id is not null and not was_plain',
  `create index document_in_plain on document (id)
    where was_plain and key_id is null and own_key is null and destroyed_at is null`,
];
