import { sql } from 'kysely';
import type { Db } from './database.ts';
import { newReference } from './references.ts';

/** The school is live now: a referral of its own may be opened. */
export async function endShadowReferral(
  tx: Db,
  which: { studentId: number; schoolYear: string; step: string },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('referral')
    .set({ state: 'withdrawn', changed_at: now })
    .where('shadow', '=', true)
    .where('state', 'in', ['gathering', 'shadowed'])
    .where('student_id', '=', which.studentId)
    .where('school_year', '=', which.schoolYear)
    .where('step', '=', which.step)
    .execute();
}

/**
 * The count fell before the packet left: the referral is withdrawn, and a packet that still waits for the mail server
 * is stopped with it. One that is being handed over right now goes its way, marked as superseded.
 */
export async function withdrawReferral(
  tx: Db,
  which: { studentId: number; schoolYear: string; step: string },
  now: Date,
): Promise<void> {
  const ofStep = () =>
    tx
      .updateTable('referral')
      .where('student_id', '=', which.studentId)
      .where('school_year', '=', which.schoolYear)
      .where('step', '=', which.step);
  await tx
    .updateTable('staff_mail')
    .set({ state: 'cancelled', reason: 'count-fell', due_at: null })
    .where('state', '=', 'queued')
    .where('kind', '=', 'packet')
    .where('referral_id', 'in', (query) =>
      query
        .selectFrom('referral')
        .select('id')
        .where('student_id', '=', which.studentId)
        .where('school_year', '=', which.schoolYear)
        .where('step', '=', which.step)
        .where('state', '=', 'delivering'),
    )
    .execute();
  await ofStep()
    .set({ state: 'withdrawn', changed_at: now })
    .where((eb) =>
      eb.or([
        eb('state', '=', 'gathering'),
        eb.and([
          eb('state', '=', 'delivering'),
          eb.not(
            eb.exists(
              eb
                .selectFrom('staff_mail')
                .select('staff_mail.id')
                .whereRef('staff_mail.referral_id', '=', 'referral.id')
                .where('staff_mail.state', 'in', ['claimed', 'transmitting', 'uncertain', 'sent']),
            ),
          ),
        ]),
      ]),
    )
    .execute();
  await ofStep().set({ superseded: true, changed_at: now }).where('state', '=', 'delivering').execute();
}

/**
 * `delivering → gathering`: the packet may not leave as it is, so its mail is stopped and it is built afresh once the
 * referral is ready again. A mail that somebody else has claimed goes its way.
 */
export async function recallPacket(tx: Db, referralId: string, reason: string, now: Date): Promise<void> {
  // Key and reference are free for the mail with the packet that is built afresh.
  const stopped = await sql`
    update staff_mail
    set state = 'cancelled', reason = ${reason}, due_at = null, owner = null,
      key = key || ':recalled:' || id, ref = ${newReference('M')}
    where referral_id = ${referralId} and kind = 'packet' and state = 'queued'`.execute(tx);
  if (stopped.numAffectedRows !== 1n) return;
  await tx
    .updateTable('referral')
    .set({ state: 'gathering', packet_document_id: null, packet_sha256: null, changed_at: now })
    .where('id', '=', referralId)
    .where('state', '=', 'delivering')
    .execute();
}
