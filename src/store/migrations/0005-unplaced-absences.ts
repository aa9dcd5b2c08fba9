import { type Kysely, sql } from 'kysely';

/** A row whose student or school is not known yet waits for them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table unplaced_absence (
    sourced_id text not null, student_sourced_id text not null, school_sourced_id text not null, date date not null,
    kind text not null, period text, status text not null, excuse text not null, day_fraction numeric(5,4),
    minutes_absent int, minutes_scheduled int, code_sourced_id text)`,
];
