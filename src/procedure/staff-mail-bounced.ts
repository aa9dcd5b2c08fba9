import type { Config } from '../config/config-types.ts';
import type { Role } from '../domain/policy.ts';
import type { Tx } from '../store/database.ts';
import { saveNotice } from '../store/delivery-notices.ts';
import { markPacketLeft } from '../store/packets.ts';
import { readReferral, recordDelivery } from '../store/referrals.ts';
import { settleAsRejected, settleAsSent } from '../store/send-protocol.ts';
import type { StaffMail } from '../store/staff-mails.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { settleMail } from './disclose.ts';
import type { BounceOutcome, Told } from './letter-bounced.ts';
import { tellOfficerNotReached } from './officer-not-reached.ts';
import { recordPacketLeft, recordSentAgain } from './packet-delivery.ts';
import type { Moment, Procedure } from './procedure.ts';
import { recordInvitationAnswer } from './recheck-invitation.ts';

/**
 * A mail to staff or to the officer did not arrive: somebody who can be reached is told. A packet that came back is
 * urgent, since the referral counts as delivered: the administrator hands it over in another way.
 */
export async function recordStaffMailBounced(
  tx: Tx,
  procedure: Procedure,
  config: Config,
  mail: StaffMail,
  { report, documentId, messageId }: Told,
  moment: Moment,
): Promise<BounceOutcome> {
  if (!MAY_HAVE_LEFT.has(mail.state)) return 'nothing-to-change';
  const referral = mail.referralId === null ? null : await readReferral(tx, { id: mail.referralId });
  if (referral !== null) await lockStudent(tx, referral.studentId);
  const saved = await saveNotice(tx, {
    mail: { kind: 'staff-mail', id: mail.id },
    kind: 'bounced',
    status: report.status,
    said: report.said,
    documentId,
    messageId,
    on: moment.today,
    now: moment.now,
  });
  if (!saved) return 'nothing-to-change';
  await settleAsRejected(tx, mail.id);
  if (await recordInvitationAnswer(tx, procedure, mail, 'rejected', moment)) return 'bounced';
  const code = report.status === null ? '' : ` (${report.status})`;
  await closeTasks(
    tx,
    { keys: [`resolve-mail:${mail.id}`] },
    { reason: 'bounced', on: moment.today, now: moment.now },
  );
  await openTask(
    tx,
    {
      key: `mail-bounced:${mail.id}`,
      kind: 'mail-bounced',
      role: whoCanBeReached(config, mail.toEmail),
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
      detail: `${mail.kind} ${mail.ref}${code}`,
    },
    moment.now,
  );
  await settleMail(tx, mail.id, 'came-back', moment);
  await tellOfficerNotReached(tx, mail, { documentId, code }, moment);
  return 'bounced';
}

/** A mail that may have left was delivered, as the receiving mail system says. */
export async function recordStaffMailDelivered(
  tx: Tx,
  { timeZone }: Pick<Procedure, 'timeZone'>,
  mail: StaffMail,
  { report, documentId, messageId }: Told,
  moment: Moment,
): Promise<'delivered' | 'nothing-to-change'> {
  const proved = { kind: 'staff-mail', id: mail.id } as const;
  const referral = mail.referralId === null ? null : await readReferral(tx, { id: mail.referralId });
  if (referral !== null) await lockStudent(tx, referral.studentId);
  const leftOn = await settleAsSent(tx, 'staff_mail', mail.id, { timeZone, now: moment.now });
  const notice = { mail: proved, status: report.status, said: report.said, documentId, messageId };
  const saved = await saveNotice(tx, {
    ...notice,
    kind: 'delivered',
    on: moment.today,
    now: moment.now,
  });
  if (!saved) return 'nothing-to-change';
  if (leftOn !== null && referral !== null) {
    const delivered = await recordDelivery(tx, referral.id, { on: leftOn, now: moment.now });
    const left = { now: moment.now, today: leftOn };
    if (delivered !== null) await recordPacketLeft(tx, delivered, left);
    else await recordSentAgain(tx, mail, left);
    await markPacketLeft(tx, mail.id, leftOn);
  }
  if (leftOn !== null) await settleMail(tx, mail.id, 'made', { now: moment.now, today: leftOn });
  if (leftOn !== null) {
    const closed = { reason: 'delivered', on: moment.today, now: moment.now };
    await closeTasks(tx, { keys: [`resolve-mail:${mail.id}`] }, closed);
  }
  return 'delivered';
}

const MAY_HAVE_LEFT: ReadonlySet<string> = new Set(['sent', 'uncertain', 'transmitting']);

/** The IT contact, unless the mail that came back was to the only one there is. */
function whoCanBeReached(config: Config, bounced: string): Role {
  const reached = config.staffFor('it-contact', null).some((one) => !sameAddress(one.email, bounced));
  return reached ? 'it-contact' : 'administrator';
}

function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
