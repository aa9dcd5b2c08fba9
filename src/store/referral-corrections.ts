import { sql } from 'kysely';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import { killSwitchOn } from './kill-switch.ts';

/**
 * Delivered packets about which the officer may have to hear something: the count was corrected later and may not have been
 * told as it is now, the packet that puts it right has not followed the words, or a document was taken out of one that
 * had left.
 */
export async function referralsToCorrect(db: Db): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    select r.id from referral r
    where r.state = 'delivered' and not ${underAbsoluteHold(sql.ref('r.student_id'))}
      and (
        r.superseded and exists (select from ladder l where l.student_id = r.student_id
          and l.school_year = r.school_year and l.evaluation_id is distinct from r.told_evaluation_id)
        or not ${killSwitchOn} and ${correctionOwed}
        or exists (
        select from packet p where p.referral_id = r.id and p.withdrawn_for is not null and p.state = 'left'
          and not exists (select from staff_mail m where m.key = 'correction:' || r.id || ':' || p.withdrawn_for)))
    order by r.ref`.execute(db);
  return rows.rows.map((row) => row.id);
}

/** Of referral `r`: the officer was told in words, and no packet that says the same was put in line since. */
const correctionOwed = sql<boolean>`exists (
  select from staff_mail m where starts_with(m.key, 'correction:' || r.id)
    and not exists (select from packet p where p.referral_id = r.id and p.kind = 'correction'
      and p.state <> 'recalled' and p.withdrawn_for is null and p.built_at >= m.composed_at
      and not exists (select from staff_mail s where s.id = p.mail_id and s.state = 'cancelled'))
    and exists (select from packet p where p.referral_id = r.id and p.kind <> 'copy' and p.state <> 'recalled'))`;

/** The officer has heard what the count of an evaluation makes of a case. */
export async function noteToldEvaluation(tx: Db, referralId: string, evaluationId: string): Promise<void> {
  await tx
    .updateTable('referral')
    .set({ told_evaluation_id: evaluationId })
    .where('id', '=', referralId)
    .execute();
}

/** Whether a correction was found to be too large for a mail before, by what it is made of and the limit. */
export async function wasTooLarge(db: Db, referralId: string, correction: string): Promise<boolean> {
  const row = await db
    .selectFrom('referral')
    .select('id')
    .where('id', '=', referralId)
    .where('too_large_correction', '=', correction)
    .executeTakeFirst();
  return row !== undefined;
}

export async function noteTooLarge(tx: Db, referralId: string, correction: string): Promise<void> {
  await tx
    .updateTable('referral')
    .set({ too_large_correction: correction })
    .where('id', '=', referralId)
    .execute();
}

/** Whether the officer was told that something is corrected, and the packet that puts it right is not in line. */
export async function isCorrectionOwed(db: Db, referralId: string): Promise<boolean> {
  const { rows } = await sql`select from referral r where r.id = ${referralId} and ${correctionOwed}`.execute(
    db,
  );
  return rows.length === 1;
}

/** The packet has left and the count it rested on no longer stands, or stands again. */
export async function markReferralSuperseded(
  tx: Db,
  which: { studentId: number; schoolYear: string; step: string },
  superseded: boolean,
): Promise<void> {
  await tx
    .updateTable('referral')
    .set({ superseded })
    .where('student_id', '=', which.studentId)
    .where('school_year', '=', which.schoolYear)
    .where('step', '=', which.step)
    .where('state', 'in', ['delivering', 'delivered'])
    .execute();
}
