import { type Kysely, sql } from 'kysely';

/**
 * Packets that nobody may fetch any more, since a document in them was taken out of the file; and up to which count the
 * officer has heard of corrections.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table packet add column withdrawn_for text',
  'alter table referral add column told_evaluation_id uuid',
  `update referral r set told_evaluation_id = l.evaluation_id from ladder l
    where l.student_id = r.student_id and l.school_year = r.school_year
      and exists (select from staff_mail m where m.key = 'correction:' || r.id)`,
  'create index packet_referral on packet (referral_id)',
];
