import { isNoMailbox } from '../domain/email-address.ts';
import { type SubmitOutcome, TRANSPORT_CLOSED } from '../mail/mail-transport.ts';
import { keepOffAddress } from '../store/bounced-addresses.ts';
import { noteAnswer } from '../store/brakes.ts';
import type { Db, Tx } from '../store/database.ts';
import { turnIntoPaper } from '../store/letter-changes.ts';
import type { Letter } from '../store/letters.ts';
import { markPacketLeft } from '../store/packets.ts';
import { recordDelivery } from '../store/referrals.ts';
import {
  type Claim,
  type HandOver,
  recordHandOver,
  recordLateHandOver,
  type Sendable,
} from '../store/send-protocol.ts';
import type { StaffMail } from '../store/staff-mails.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks } from '../store/tasks.ts';
import { openStopTask } from './batch-task.ts';
import { settleMail } from './disclose.ts';
import { recordLetterLeft } from './hand-over.ts';
import { openLetterTask } from './letter-task.ts';
import { openMailTask } from './mail-task.ts';
import { tellOfficerNotReached } from './officer-not-reached.ts';
import { recordPacketLeft, recordSentAgain } from './packet-delivery.ts';
import type { Moment, Procedure } from './procedure.ts';
import { recordInvitationAnswer } from './recheck-invitation.ts';

const FIRST_WAIT_MS = 5 * 60_000;
const LONGEST_WAIT_MS = 4 * 3_600_000;

/** Records what became of a letter and does what follows from it, in one transaction. */
export async function recordLetterAnswer(
  db: Db,
  procedure: Procedure,
  letter: Letter,
  owner: number,
  answer: SubmitOutcome,
  moment: Moment,
): Promise<HandOver['kind'] | 'lost-claim'> {
  const handOver = asHandOver(answer, letter.attempts, moment);
  return db.transaction().execute(async (tx) => {
    // Before its row, as everybody who decides about the student does.
    await lockStudent(tx, letter.studentId);
    if (!(await keep(tx, 'letter', { ...letter, owner }, handOver, moment))) return 'lost-claim';
    if (handOver.kind !== 'later') {
      const at = { on: moment.today, now: moment.now };
      const stop = await noteAnswer(tx, handOver.kind, procedure.brakes, at);
      if (stop !== null) await openStopTask(tx, procedure, stop, moment);
    }
    if (handOver.kind === 'sent') await recordLetterLeft(tx, letter, moment);
    if (handOver.kind === 'rejected') {
      if (letter.envelopeTo !== null && refusesMailbox(handOver)) {
        const kept = { address: letter.envelopeTo, letterId: letter.id, status: null, now: moment.now };
        await keepOffAddress(tx, kept);
      }
      await turnIntoPaper(tx, letter.id, 'address-refused', moment.now);
      await openLetterTask(tx, procedure, letter, 'fix-address', handOver.reason, moment);
    }
    if (handOver.kind === 'uncertain') {
      const detail = `${letter.ref}: ${handOver.reason}`;
      await openLetterTask(tx, procedure, letter, 'resolve-letter', detail, moment);
    }
    return handOver.kind;
  });
}

/** The server knows no such mailbox: other letters need not try it either. */
function refusesMailbox({ reason, reply }: Extract<HandOver, { kind: 'rejected' }>): boolean {
  const [status] = /\b5\.\d{1,3}\.\d{1,3}\b/.exec(reply ?? '') ?? [];
  return reason.startsWith('rcpt-5') && status !== undefined && isNoMailbox(status);
}

/** The same for a mail to staff; a packet that has left takes its step. */
export async function recordStaffMailAnswer(
  db: Db,
  procedure: Procedure,
  mail: StaffMail,
  owner: number,
  answer: SubmitOutcome,
  moment: Moment,
): Promise<HandOver['kind'] | 'lost-claim'> {
  const handOver = asHandOver(answer, mail.attempts, moment);
  return db.transaction().execute(async (tx) => {
    if (!(await keep(tx, 'staff_mail', { ...mail, owner }, handOver, moment))) return 'lost-claim';
    if (handOver.kind === 'sent' && mail.referralId !== null) {
      const referral = await recordDelivery(tx, mail.referralId, { on: moment.today, now: moment.now });
      if (referral !== null) await recordPacketLeft(tx, referral, moment);
      else await recordSentAgain(tx, mail, moment);
    }
    if (handOver.kind === 'sent' || handOver.kind === 'uncertain') {
      await settleMail(tx, mail.id, handOver.kind === 'sent' ? 'made' : 'uncertain', moment);
    }
    if (handOver.kind === 'sent') await markPacketLeft(tx, mail.id, moment.today);
    if (handOver.kind === 'rejected') {
      await settleMail(tx, mail.id, 'not-made', moment);
      await tellOfficerNotReached(tx, mail, null, moment);
    }
    const isInvitation = await recordInvitationAnswer(tx, procedure, mail, handOver.kind, moment);
    if (!isInvitation && (handOver.kind === 'rejected' || handOver.kind === 'uncertain')) {
      await openMailTask(tx, procedure, mail.id, `${mail.ref} ${handOver.kind}`, moment);
    }
    return handOver.kind;
  });
}

/** Nothing has failed: it only had not had its turn when this process, or its configuration, came to an end. */
export function waitsAtClose(answer: SubmitOutcome): boolean {
  return answer.kind === 'not-started' && answer.reason === TRANSPORT_CLOSED;
}

/** A 2xx also answers what nobody knew to have a worker any more. @returns false when nothing may be changed by it */
async function keep(
  tx: Tx,
  table: Sendable,
  claim: Claim,
  handOver: HandOver,
  moment: Moment,
): Promise<boolean> {
  if (await recordHandOver(tx, table, claim, handOver)) return true;
  if (handOver.kind !== 'sent' || !(await recordLateHandOver(tx, table, claim.id, handOver))) return false;
  const asked = table === 'letter' ? 'resolve-letter' : 'resolve-mail';
  const closed = { reason: 'accepted-after-all', on: moment.today, now: moment.now };
  await closeTasks(tx, { keys: [`${asked}:${claim.id}`] }, closed);
  return true;
}

function asHandOver(answer: SubmitOutcome, attempts: number, moment: Moment): HandOver {
  switch (answer.kind) {
    case 'sent':
      return { kind: 'sent', reply: answer.reply, on: moment.today, at: moment.now };
    case 'try-later':
    case 'not-started': {
      const wait = waitsAtClose(answer)
        ? 0
        : Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, attempts - 1), LONGEST_WAIT_MS);
      return {
        kind: 'later',
        reason: answer.reason,
        reply: answer.reply,
        dueAt: new Date(moment.now.getTime() + wait),
        counts: answer.kind === 'try-later',
      };
    }
    case 'rejected':
    case 'uncertain':
      return answer;
  }
}
