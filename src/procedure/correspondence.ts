import { renderPrintRun } from '../documents/print-run.ts';
import type { Inbox } from '../mail/inbound/inbox.ts';
import { type AlertOccasion, composeSyncAlert } from './compose-alert.ts';
import { composeCopies } from './compose-copies.ts';
import { composeCorrection } from './compose-correction.ts';
import { composeDigests } from './compose-digests.ts';
import { composeLeft } from './compose-left.ts';
import { composeUrgent } from './compose-urgent.ts';
import { composeWeekly } from './compose-weekly.ts';
import type { PacketWork } from './deliver-referral.ts';
import { dispatchPacket, isTooLargeToMail, mailObstacle } from './dispatch-packet.ts';
import { keepDropFolder } from './drop-folder.ts';
import { gatherPacket } from './gather-packet.ts';
import { keepCases } from './keep-cases.ts';
import { keepPrintRuns } from './keep-print-runs.ts';
import type { Letterbox } from './letterbox.ts';
import { keepPacket, makePacket } from './make-packet.ts';
import { prepareLetter } from './prepare-letter.ts';
import type { PrintDeps } from './print-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import { type MailboxOutcome, readMailbox } from './read-mailbox.ts';
import type { SyncOutcome } from './sync-district.ts';

/** Everything that leaves in writing, and what comes back, bound to one district's configuration. */
export interface Correspondence {
  prepareLetter(procedure: Procedure, letterId: string, moment: Moment): Promise<string>;
  readonly buildPrintRun: PrintDeps['buildRun'];
  /** How letters lie in a print run. */
  readonly envelopes: PrintDeps['envelopes'];
  /**
   * Looks after what is printed and not posted yet and after the files in the officer’s folder, and
   * reminds the officer of what was not fetched.
   */
  keepPaper(procedure: Procedure, moment: Moment): Promise<void>;
  readonly packets: PacketWork;
  composeDigests(procedure: Procedure, moment: Moment): Promise<number>;
  /** The figures of the week before; once a week. */
  composeWeekly(procedure: Procedure, moment: Moment): Promise<number>;
  /** Referrals, safety and failures do not wait for the digest. */
  composeUrgent(procedure: Procedure, moment: Moment): Promise<number>;
  composeCopies(moment: Moment): Promise<number>;
  composeCorrection(procedure: Procedure, referralId: string, moment: Moment): Promise<boolean>;
  composeLeft(referralId: string, moment: Moment): Promise<boolean>;
  composeSyncAlert(outcome: SyncOutcome, moment: Moment, occasion: AlertOccasion): Promise<number>;
  readMailbox(procedure: Procedure, inbox: Inbox, moment: Moment): Promise<MailboxOutcome>;
}

export function createCorrespondence(letterbox: Letterbox): Correspondence {
  return {
    prepareLetter: (procedure, letterId, moment) => prepareLetter(letterbox, procedure, letterId, moment),
    envelopes: {
      order: letterbox.config.mail.paper.envelopeOrder,
      siblingsTogether: letterbox.config.mail.paper.siblingsTogether,
    },
    keepPaper: async (procedure, moment) => {
      const { mail, truancyOfficer } = letterbox.config;
      const setting = { window: mail.sendingWindow, remindAfterDays: mail.paper.remindAfterDays };
      await keepPrintRuns(letterbox.db, procedure, setting, moment);
      await keepDropFolder(letterbox.db, truancyOfficer.folder, moment);
      await keepCases(letterbox, procedure, moment);
    },
    buildPrintRun: (run) =>
      renderPrintRun({
        reference: run.ref,
        schoolName: run.schoolName,
        districtName: letterbox.config.district.name,
        date: run.moment.today,
        letters: run.letters.map(({ ref: reference, ...letter }) => ({ reference, ...letter })),
      }),
    packets: {
      obstacle: () => mailObstacle(letterbox),
      gather: (tx, procedure, subject, decided, moment) =>
        gatherPacket(tx, letterbox, procedure, subject, decided, moment),
      make: (facts, purpose, moment) => makePacket(letterbox.db, facts, purpose, moment.now),
      tooLarge: (made) => isTooLargeToMail(letterbox, made),
      keep: (tx, made, referral, asked, moment) => keepPacket(tx, letterbox, made, referral, asked, moment),
      dispatch: (tx, packet, moment) => dispatchPacket(tx, letterbox, packet, moment),
      afterDispatch: (moment) => keepDropFolder(letterbox.db, letterbox.config.truancyOfficer.folder, moment),
    },
    composeCopies: (moment) => composeCopies(letterbox, moment),
    composeCorrection: (procedure, referralId, moment) =>
      composeCorrection(letterbox, procedure, referralId, moment),
    composeLeft: (referralId, moment) => composeLeft(letterbox, referralId, moment),
    composeDigests: (procedure, moment) => composeDigests(letterbox, procedure, moment),
    composeWeekly: (procedure, moment) => composeWeekly(letterbox, procedure, moment),
    composeUrgent: (procedure, moment) => composeUrgent(letterbox, procedure, moment),
    composeSyncAlert: (outcome, moment, occasion) => composeSyncAlert(letterbox, outcome, moment, occasion),
    readMailbox: (procedure, inbox, moment) => readMailbox(letterbox, procedure, inbox, moment),
  };
}
