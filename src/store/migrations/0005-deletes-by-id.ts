import { type Kysely, sql } from 'kysely';

/** A deleted row needs no more than its id; a row whose student or school is not known yet waits for them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table stage_absence alter column student_sourced_id drop not null,
    alter column school_sourced_id drop not null, alter column date drop not null, alter column kind drop not null,
    alter column status drop not null, alter column excuse drop not null,
    add constraint stage_absence_says check (deleted or (student_sourced_id is not null
      and school_sourced_id is not null and date is not null and kind is not null and status is not null
      and excuse is not null))`,
  `create unlogged table stage_deleted_person (
    run_id uuid not null,
    kind text not null check (kind in ('student', 'guardian')),
    sourced_id text not null)`,
  `create table unplaced_absence (
    sourced_id text not null, student_sourced_id text not null, school_sourced_id text not null, date date not null,
    kind text not null, period text, status text not null, excuse text not null, day_fraction numeric(5,4),
    minutes_absent int, minutes_scheduled int, code_sourced_id text)`,
];
