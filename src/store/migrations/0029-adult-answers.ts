import { type Kysely, sql } from 'kysely';

/** Whom letters about a student of 18 go to, where a person has said so. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table adult_answer (
      student_id int primary key references student on delete cascade,
      letters_to text not null check (letters_to in ('student', 'guardians', 'both')),
      answered_on date not null,
      answered_at timestamptz not null,
      answered_by text not null,
      because text)`.execute(db);
}
