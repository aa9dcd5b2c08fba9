import { type Kysely, sql } from 'kysely';

/** Which policy held from when on: one may come to hold again, and what held between is not forgotten. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table policy_period (
    id int generated always as identity primary key,
    version text not null references policy_version,
    begins date not null,
    seen_on date not null)`,
  // Until now each version held once, from its day on.
  `insert into policy_period (version, begins, seen_on)
    select version, effective_from, least(effective_from, first_seen_at::date) from policy_version
    order by effective_from, first_seen_at`,
];
