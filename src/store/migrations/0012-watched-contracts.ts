import { type Kysely, sql } from 'kysely';

/** When a contract was recorded and ended, so that the past can be played, and the violation that staff were told of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table attendance_contract
    add column created_at timestamptz not null default now(),
    add column ended_on date,
    add column ended_at timestamptz,
    add column violated_on date`,
];
