import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { takeStep } from '../store/evaluations.ts';
import type { Referral } from '../store/referrals.ts';
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
