import { renderPrintRun } from '../documents/print-run.ts';
import type { Tx } from '../store/database.ts';
import type { Referral } from '../store/referrals.ts';
import { buildPacket } from './build-packet.ts';
import { type AlertOccasion, composeSyncAlert } from './compose-alert.ts';
import { composeCopies } from './compose-copies.ts';
import { composeCorrection } from './compose-correction.ts';
import { composeDigests } from './compose-digests.ts';
import { composeLeft } from './compose-left.ts';
import type { DecidedLocked } from './decide.ts';
import type { ReferralDeps } from './deliver-referral.ts';
import { dispatchPacket } from './dispatch-packet.ts';
import type { Letterbox } from './letterbox.ts';
import { prepareLetter } from './prepare-letter.ts';
import type { PrintDeps } from './print-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import type { SyncOutcome } from './sync-district.ts';

/** Everything that leaves in writing, bound to one district's configuration. */
export interface Correspondence {
  prepareLetter(procedure: Procedure, letterId: string, moment: Moment): Promise<string>;
  readonly buildPrintRun: PrintDeps['buildRun'];
  buildPacket(
    tx: Tx,
    procedure: Procedure,
    referral: Referral,
    decided: DecidedLocked,
    moment: Moment,
  ): Promise<Buffer>;
  readonly dispatchPacket: ReferralDeps['dispatch'];
  composeDigests(procedure: Procedure, moment: Moment): Promise<number>;
  composeCopies(moment: Moment): Promise<number>;
  composeCorrection(referralId: string, moment: Moment): Promise<boolean>;
  composeLeft(referralId: string, moment: Moment): Promise<boolean>;
  composeSyncAlert(outcome: SyncOutcome, moment: Moment, occasion: AlertOccasion): Promise<number>;
}

export function createCorrespondence(letterbox: Letterbox): Correspondence {
  return {
    prepareLetter: (procedure, letterId, moment) => prepareLetter(letterbox, procedure, letterId, moment),
    buildPrintRun: (run) =>
      renderPrintRun({
        reference: run.ref,
        schoolName: run.schoolName,
        districtName: letterbox.config.district.name,
        date: run.moment.today,
        letters: run.letters.map((letter) => ({
          reference: letter.ref,
          pages: letter.pages,
          pdf: letter.pdf,
        })),
      }),
    buildPacket: (tx, procedure, referral, decided, moment) =>
      buildPacket(tx, letterbox, procedure, referral, decided, moment),
    dispatchPacket: (tx, packet, moment) => dispatchPacket(tx, letterbox, packet, moment),
    composeCopies: (moment) => composeCopies(letterbox, moment),
    composeCorrection: (referralId, moment) => composeCorrection(letterbox, referralId, moment),
    composeLeft: (referralId, moment) => composeLeft(letterbox, referralId, moment),
    composeDigests: (procedure, moment) => composeDigests(letterbox, procedure, moment),
    composeSyncAlert: (outcome, moment, occasion) => composeSyncAlert(letterbox, outcome, moment, occasion),
  };
}
