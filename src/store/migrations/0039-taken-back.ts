import { type Kysely, sql } from 'kysely';

/**
 * Outcomes and signatures that were recorded by mistake and taken back: the entry of the file says who has. When a
 * signature was recorded is known from now on; an older one stays.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table file_entry add column taken_back_by text',
  'alter table attendance_contract add column signature_recorded_at timestamptz',
  'alter table case_event drop constraint case_event_kind_check',
  `alter table case_event add constraint case_event_kind_check check (kind in ('downloaded', 'receipt', 'outcome',
    'outcome-taken-back', 'question', 'answer', 'reminded', 'office-told'))`,
];
