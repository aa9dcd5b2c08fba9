import { sql } from 'kysely';
import { type Db, PREPARED } from './database.ts';

/** These students are decided about anew, whatever was known of them. */
export async function markEvaluationDue(
  tx: Db,
  studentIds: readonly number[],
  reason: string,
  now: Date,
): Promise<void> {
  if (studentIds.length === 0) return;
  await sql`
    ${PREPARED} insert into evaluation_due (student_id, reason, since)
    select id, ${reason}, ${now} from unnest(${[...studentIds]}::int[]) id
    on conflict (student_id) do update set reason = excluded.reason, since = excluded.since, attempts = 0`.execute(
    tx,
  );
}

/** Takes students off the list of due evaluations; what became due after the locks were taken stays. */
export async function clearEvaluationDue(tx: Db, studentIds: readonly number[]): Promise<void> {
  await sql`delete from evaluation_due where student_id = any(${studentIds}::int[])`.execute(tx);
}
