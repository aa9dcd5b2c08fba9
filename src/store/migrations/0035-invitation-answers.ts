import { type Kysely, sql } from 'kysely';

/** What one of the invited has answered, to which state of the meeting. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table meeting_invitee
    add column answer text check (answer in ('accepted', 'declined', 'tentative', 'wrote')),
    add column answered_on date,
    add column answered_sequence integer`,
];
