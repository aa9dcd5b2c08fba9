import type { PacketFacts } from '../documents/packet-facts.ts';
import { dateInZone } from '../domain/school-date.ts';
import { underAbsoluteHoldNow } from '../store/absolute-hold.ts';
import type { Tx } from '../store/database.ts';
import { readKeptEvaluation } from '../store/evaluations.ts';
import { type Packet, packetOfMail, recallCorrection } from '../store/packets.ts';
import { type Referral, readReferral } from '../store/referrals.ts';
import type { StaffMail } from '../store/staff-mails.ts';
import { lockStudent } from '../store/student-locks.ts';
import { recallPacket } from '../store/withdraw-referral.ts';
import { type DecidedLocked, decideLocked } from './decide.ts';
import type { PacketWork } from './deliver-referral.ts';
import { findGaps } from './find-gaps.ts';
import { factsHash } from './gather-packet.ts';
import type { Moment, Procedure } from './procedure.ts';
import { NOT_LIVE } from './recheck-letter.ts';

/**
 * The last look before a packet leaves, inside the transaction that claims its mail. What has come in its way since it
 * was built stops it as it would have stopped its building: the referral goes back to gathering, where the gaps are
 * named to the administrator and the packet is built afresh. So does one whose numbers are no longer those of today.
 * @returns whether the mail may leave
 */
export async function recheckPacket(
  tx: Tx,
  procedure: Procedure,
  mail: StaffMail,
  gather: PacketWork['gather'],
  moment: Moment,
): Promise<boolean> {
  if (mail.referralId === null) return true;
  const before = await readReferral(tx, { id: mail.referralId });
  if (before === null) return true;
  await lockStudent(tx, before.studentId);
  const packet = await packetOfMail(tx, mail.id);
  const decided = await decideLocked(tx, procedure, before.studentId, moment);
  // What goes out once more, or puts right what the officer has, goes out though the count may have fallen.
  if (packet !== null && packet.kind !== 'original') {
    const isSame = () =>
      decided === null
        ? Promise.resolve(false)
        : saysTheSame(packet, () => gather(tx, procedure, { ...before, referral: before }, decided, moment));
    const reason = (await underAbsoluteHoldNow(tx, before.studentId))
      ? 'absolute-hold'
      : packet.withdrawnFor !== null
        ? 'document-removed'
        : packet.kind === 'correction' && !(await isSame())
          ? 'file-changed'
          : null;
    if (reason !== null) await recallCorrection(tx, { id: packet.id, mailId: mail.id }, reason);
    return reason === null;
  }
  const referral = await readReferral(tx, { id: before.id });
  // The decision has withdrawn it, and its mail with it.
  if (decided === null || referral?.state !== 'delivering') return false;
  const obstacle =
    (await findObstacle(tx, procedure, { mail, referral, decided }, moment)) ??
    ((await saysTheSame(packet, () => gather(tx, procedure, { ...referral, referral }, decided, moment)))
      ? null
      : 'file-changed');
  if (obstacle === null) return true;
  await recallPacket(tx, referral.id, obstacle, moment.now);
  return false;
}

/** Whatever has come into the file, or was taken out of it, since it was built is not in it, or still is. */
async function saysTheSame(packet: Packet | null, gather: () => Promise<PacketFacts>): Promise<boolean> {
  return packet === null || factsHash(await gather()) === packet.factsHash;
}

/** @returns as a code word why the packet may not leave as it is; null when it may */
async function findObstacle(
  tx: Tx,
  procedure: Procedure,
  packet: { mail: StaffMail; referral: Referral; decided: DecidedLocked },
  moment: Moment,
): Promise<string | null> {
  const { mail, referral, decided } = packet;
  const { evaluation } = decided.assessment;
  if (evaluation.mode !== 'live') return NOT_LIVE;
  const verdict = evaluation.steps.find(({ step }) => step === referral.step);
  if (verdict?.state !== 'owed') return 'no-longer-owed';
  const [block] = verdict.blocks;
  if (block !== undefined) return block.kind;
  const [gap] = await findGaps(tx, procedure, referral, decided, moment);
  if (gap !== undefined) return gap;
  if (dateInZone(mail.composedAt, procedure.timeZone) !== moment.today) return 'built-before-today';
  const kept = await readKeptEvaluation(tx, decided.evaluationId);
  return kept !== null && kept.evaluatedAt > mail.composedAt ? 'counts-changed' : null;
}
