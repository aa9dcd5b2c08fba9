import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { takeStep } from '../store/ladder-steps.ts';
import { packetOfMail } from '../store/packets.ts';
import { type Referral, readReferral } from '../store/referrals.ts';
import type { StaffMail } from '../store/staff-mails.ts';
import { closeTasks } from '../store/tasks.ts';
import type { Moment } from './procedure.ts';

/** The key of the one task that names the gaps of a referral. */
export function gapsTaskKey(referralId: string): string {
  return `fix-referral-gaps:${referralId}`;
}

/** The packet has left: the step is taken, the file says so, and the task about gaps is over. */
export async function recordPacketLeft(tx: Tx, referral: Referral, moment: Moment): Promise<void> {
  const student = { studentId: referral.studentId, schoolYear: referral.schoolYear };
  await addToFile(
    tx,
    { ...student, now: moment.now },
    {
      onDate: moment.today,
      kind: 'referral',
      title: `Attendance file sent to the truancy officer as case ${referral.ref}`,
      detail: referral.packetSha256 === null ? null : `SHA-256 ${referral.packetSha256}`,
      documentId: referral.packetDocumentId,
    },
  );
  await takeStep(tx, student, {
    step: referral.step,
    round: referral.round,
    on: moment.today,
    reason: 'packet-delivered',
    now: moment.now,
  });
  await closeTasks(
    tx,
    { keys: [gapsTaskKey(referral.id)] },
    { reason: 'packet-delivered', on: moment.today, now: moment.now },
  );
}

/** A copy or a correction has left: the file says so. The step was taken by the original. */
export async function recordSentAgain(tx: Tx, mail: StaffMail, moment: Moment): Promise<void> {
  const packet = await packetOfMail(tx, mail.id);
  const referral = packet === null ? null : await readReferral(tx, { id: packet.referralId });
  if (packet === null || referral === null || packet.kind === 'original') return;
  const what = packet.kind === 'copy' ? 'Copy' : 'Correction';
  await addToFile(
    tx,
    { studentId: referral.studentId, schoolYear: referral.schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'referral',
      title: `${what} ${packet.number} of case ${referral.ref} sent to the truancy officer`,
      detail: `SHA-256 ${packet.sha256}`,
      documentId: packet.documentId,
    },
  );
}
