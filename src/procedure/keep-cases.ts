import { OURSELVES } from '../domain/audit.ts';
import { noteCaseEvent, type UnfetchedPacket, unfetchedPackets } from '../store/case-events.ts';
import { closeFetched } from '../store/case-tasks.ts';
import type { Tx } from '../store/database.ts';
import { homeSchoolOf } from '../store/home-school.ts';
import { type Referral, readReferral } from '../store/referrals.ts';
import { openTask } from '../store/tasks.ts';
import { mailAboutCase } from './case-mail.ts';
import type { Letterbox } from './letterbox.ts';
import { type Moment, type Procedure, schoolCalendar } from './procedure.ts';

/**
 * Looks after packets that lie on the officer’s page: after some school days the officer is reminded, and after some more
 * the administrator hears of it. Each once per packet.
 */
export async function keepCases(letterbox: Letterbox, procedure: Procedure, moment: Moment): Promise<void> {
  await closeFetched(letterbox.db, { reason: 'fetched', on: moment.today, now: moment.now });
  const { remindAfterDays, tellSchoolAfterDays } = letterbox.config.truancyOfficer;
  for (const packet of await unfetchedPackets(letterbox.db)) {
    if (packet.reminded && packet.officeTold) continue;
    const calendar = await schoolCalendar(letterbox.db, procedure, packet.schoolId);
    const days = calendar.schoolDaysAfter(packet.leftOn, moment.today);
    await letterbox.db.transaction().execute(async (tx) => {
      const referral = await readReferral(tx, { id: packet.referralId });
      if (referral === null) return;
      // Who is named since has no such packet; the office hears that nobody has fetched it.
      const isTheirs =
        packet.officerEmail.toLowerCase() === letterbox.config.truancyOfficer.email.toLowerCase();
      if (isTheirs && !packet.reminded && days >= remindAfterDays)
        await remind(tx, letterbox, referral, packet, moment);
      if (!packet.officeTold && days >= tellSchoolAfterDays) await tellOffice(tx, referral, packet, moment);
    });
  }
}

async function remind(
  tx: Tx,
  letterbox: Letterbox,
  referral: Referral,
  { packetId }: UnfetchedPacket,
  moment: Moment,
): Promise<void> {
  const news = {
    key: `case-reminder:${packetId}`,
    subject: `Case ${referral.ref}: the attendance file waits for you`,
    says: 'an attendance file was sent to you some days ago and has not been fetched.',
  };
  await mailAboutCase(tx, letterbox, referral, news, moment);
  const event = { referralId: referral.id, packetId, kind: 'reminded', by: OURSELVES } as const;
  await noteCaseEvent(tx, event, { on: moment.today, now: moment.now });
}

async function tellOffice(
  tx: Tx,
  referral: Referral,
  { packetId }: UnfetchedPacket,
  moment: Moment,
): Promise<void> {
  await openTask(
    tx,
    {
      key: `packet-not-fetched:${packetId}`,
      kind: 'packet-not-fetched',
      role: 'administrator',
      openedOn: moment.today,
      dueOn: moment.today,
      studentId: referral.studentId,
      schoolYear: referral.schoolYear,
      schoolId: (await homeSchoolOf(tx, referral.studentId, moment.today))?.id ?? referral.schoolId,
      referralId: referral.id,
      detail: `case ${referral.ref}`,
    },
    moment.now,
  );
  const event = { referralId: referral.id, packetId, kind: 'office-told', by: OURSELVES } as const;
  await noteCaseEvent(tx, event, { on: moment.today, now: moment.now });
}
