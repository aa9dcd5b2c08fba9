import { type Kysely, sql } from 'kysely';

/** Mails to staff know whom they name, so that one about a student whom nothing may be said of does not leave. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table staff_mail add column student_ids int[] not null default '{}'`,
  `create index hold_ends on hold (ends) where ended_at is null and ends is not null`,
];
