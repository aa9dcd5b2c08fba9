import { type Kysely, sql } from 'kysely';

/**
 * What keeps the data: backups and the drills that prove them, restores and the safe mode that follows, legal holds, and
 * what was destroyed when its time was over.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Rises with every minute in which mail leaves; a file outside of the database keeps it, too.
  `create table send_epoch (
    only_one boolean primary key default true check (only_one),
    epoch bigint not null)`,
  'insert into send_epoch (epoch) values (0)',
  // While one is open nothing leaves: what the database says of what has left is too old.
  `create table safe_mode (
    id int generated always as identity primary key,
    why text not null check (why in ('restored', 'older-than-file')),
    -- The moment up to which the database knows what has left; null: nobody knows.
    knows_until timestamptz,
    since timestamptz not null,
    by_name text not null,
    settled_at timestamptz,
    settled_by text,
    settled_because text,
    found jsonb)`,
  'create unique index safe_mode_open on safe_mode ((true)) where settled_at is null',
  `create table backup_run (
    id int generated always as identity primary key,
    begun_at timestamptz not null,
    ended_at timestamptz,
    file_name text,
    bytes bigint,
    rows bigint,
    sha256 text,
    failure text)`,
  `create table drill_run (
    id int generated always as identity primary key,
    at timestamptz not null,
    backup_made_at timestamptz not null,
    file_name text not null,
    good boolean not null,
    report jsonb not null)`,
  `create table legal_hold (
    id int generated always as identity primary key,
    ref text not null unique,
    student_id int not null references student,
    reason text not null,
    placed_at timestamptz not null,
    placed_by text not null,
    ended_at timestamptz,
    ended_by text,
    ended_because text)`,
  'create index legal_hold_open on legal_hold (student_id) where ended_at is null',
  `create table destruction (
    id int generated always as identity primary key,
    ref text not null unique,
    at timestamptz not null,
    by_name text not null,
    certificate jsonb not null,
    certificate_sha256 text not null,
    pdf bytea not null)`,
];
