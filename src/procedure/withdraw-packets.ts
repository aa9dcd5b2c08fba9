import type { PacketFacts } from '../documents/packet-facts.ts';
import { byItself } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Tx } from '../store/database.ts';
import { readDocument } from '../store/documents.ts';
import { homeSchoolOf } from '../store/home-school.ts';
import { listPackets, type Packet, withdrawPacket } from '../store/packets.ts';
import { type Referral, referralsOfStudent } from '../store/referrals.ts';
import { lockStudent } from '../store/student-locks.ts';
import { openTask } from '../store/tasks.ts';
import type { Upload } from '../store/uploads.ts';
import { packetsTold } from './case-desk.ts';
import type { Moment } from './procedure.ts';

/**
 * A document that was taken out of a file lies in packets that have left, or are leaving: nobody can fetch them any more,
 * and the administrator is asked to deal with a disclosure by mistake. The officer hears of it with the next look at what
 * is due.
 */
export async function withdrawPacketsWith(tx: Tx, upload: Upload, moment: Moment): Promise<void> {
  await lockStudent(tx, upload.studentId);
  for (const referral of await referralsOfStudent(tx, upload)) {
    const told = new Set((await packetsTold(tx, referral.id)).map(({ id }) => id));
    const holding: Packet[] = [];
    for (const packet of await listPackets(tx, referral.id)) {
      if (!(await holds(tx, packet, upload.ref))) continue;
      if (packet.withdrawnFor === null) await withdrawPacket(tx, packet.id, upload.ref);
      holding.push(packet);
    }
    if (holding.length === 0) continue;
    await recordAudit(tx, {
      at: moment.now,
      actor: byItself(),
      from: null,
      action: 'packet-withdrawn',
      studentId: referral.studentId,
      subject: referral.ref,
      detail: { document: upload.ref, packets: holding.map(({ number }) => number).join(' ') },
    });
    if (holding.some(({ id, delivery }) => told.has(id) || delivery === 'folder'))
      await askAdministrator(tx, referral, upload, moment);
  }
}

async function holds(tx: Tx, { factsDocumentId }: Packet, ref: string): Promise<boolean> {
  const { bytes } = await readDocument(tx, factsDocumentId);
  const { documents } = JSON.parse(bytes.toString('utf8')) as PacketFacts;
  return documents.some(({ reference }) => reference === ref);
}

async function askAdministrator(tx: Tx, referral: Referral, upload: Upload, moment: Moment): Promise<void> {
  const home = await homeSchoolOf(tx, referral.studentId, moment.today);
  await openTask(
    tx,
    {
      key: `sent-by-mistake:${referral.id}:${upload.ref}`,
      kind: 'sent-by-mistake',
      role: 'administrator',
      openedOn: moment.today,
      dueOn: moment.today,
      studentId: referral.studentId,
      schoolId: home?.id ?? referral.schoolId,
      schoolYear: referral.schoolYear,
      step: referral.step,
      referralId: referral.id,
      detail: `case ${referral.ref}, document ${upload.ref}`,
    },
    moment.now,
  );
}
