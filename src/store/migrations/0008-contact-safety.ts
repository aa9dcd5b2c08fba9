import { type Kysely, sql } from 'kysely';

/** What protects a family in a contacts file outlives a file that does not repeat it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Since when files of contacts no longer name this pair; whether a file contradicts itself about it; and whether a
  // contact of the same name may be this very guardian. The roster's own contradiction has a column of its own.
  `alter table guardianship add column contact_missing_since date,
    add column contact_contradictory boolean not null default false,
    add column name_doubt boolean not null default false`,
];
