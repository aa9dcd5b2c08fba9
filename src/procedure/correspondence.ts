import type { Config } from '../config/config-types.ts';
import type { Templates } from '../documents/template.ts';
import type { Db, Tx } from '../store/database.ts';
import type { Referral } from '../store/referrals.ts';
import { composeDigests } from './compose-digests.ts';
import type { DecidedLocked } from './decide.ts';
import { dispatchPacket } from './dispatch-packet.ts';
import { prepareLetter } from './prepare-letter.ts';
import type { PrintDeps } from './print-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import type { ReferralDeps } from './deliver-referral.ts';
import { renderPrintRun } from '../documents/print-run.ts';
import { buildPacket } from './build-packet.ts';

/** What everything that is written needs: who writes, from which templates, under which key. */
export interface Letterbox {
  readonly db: Db;
  readonly config: Config;
  readonly templates: Templates;
  /** Makes Message-IDs that nobody outside can guess. */
  readonly secretKey: string;
}

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
        letters: run.letters.map((letter) => ({ reference: letter.ref, pages: letter.pages, pdf: letter.pdf })),
      }),
    buildPacket: (tx, procedure, referral, decided, moment) =>
      buildPacket(tx, letterbox, procedure, referral, decided, moment),
    dispatchPacket: (tx, packet, moment) => dispatchPacket(tx, letterbox, packet, moment),
    composeDigests: (procedure, moment) => composeDigests(letterbox, procedure, moment),
  };
}
