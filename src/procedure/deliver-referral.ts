import { maySend, type SendingWindow } from '../domain/sending-window.ts';
import type { Db, Tx } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import { lockStudent, takeStep } from '../store/evaluations.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { freezePacket, type Referral, readReferral, recordGaps, shadowPacket } from '../store/referrals.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { type DecidedLocked, decideLocked } from './decide.ts';
import { findGaps } from './find-gaps.ts';
import { leaveReferralToOffice } from './leave-to-office.ts';
import { nameGapsToOffice } from './own-work.ts';
import { gapsTaskKey } from './packet-delivery.ts';
import { type Moment, type Procedure, schoolCalendar } from './procedure.ts';
import { NOT_LIVE } from './recheck-letter.ts';

export interface ReferralDeps {
  readonly db: Db;
  readonly procedure: Procedure;
  readonly window: SendingWindow;
  /** Puts the attendance file into one PDF. */
  readonly buildPacket: (
    tx: Tx,
    referral: Referral,
    decided: DecidedLocked,
    moment: Moment,
  ) => Promise<Buffer>;
  /** Makes the frozen packet leave: a mail to the officer, or a file in the drop folder. */
  readonly dispatch: (
    tx: Tx,
    packet: { referral: Referral; pdf: Buffer; documentId: string; sha256: string },
    moment: Moment,
  ) => Promise<void>;
}

export type ReferralOutcome =
  | { readonly kind: 'dispatched' }
  /** Built and kept: the school was not live when it was decided. */
  | { readonly kind: 'shadowed' }
  | { readonly kind: 'gaps'; readonly gaps: readonly string[] }
  | { readonly kind: 'waits'; readonly reason: string }
  /** The office was asked to refer the student by itself. */
  | { readonly kind: 'left-to-school' }
  | { readonly kind: 'window-closed' | 'not-gathering' };

/**
 * Takes a referral as far as it can go: with every point of the checklist fulfilled, or released by a named person,
 * the packet is frozen and leaves; otherwise the administrator has one task that names each gap. The packet of a shadow
 * is built whatever it lacks, so that it can be looked at, and stays here.
 */
export async function deliverReferral(
  deps: ReferralDeps,
  referralId: string,
  moment: Moment,
): Promise<ReferralOutcome> {
  const { db, procedure } = deps;
  return db.transaction().execute(async (tx): Promise<ReferralOutcome> => {
    const before = await readReferral(tx, { id: referralId });
    if (before === null || before.state !== 'gathering') return { kind: 'not-gathering' };
    const calendar = await schoolCalendar(tx, procedure, before.schoolId);
    if (maySend(moment.now, procedure.timeZone, calendar, deps.window).kind === 'closed')
      return { kind: 'window-closed' };
    if (!before.shadow && (await readKillSwitch(tx)) !== null)
      return { kind: 'waits', reason: 'sending-stopped' };
    await lockStudent(tx, before.studentId);
    const decided = await decideLocked(tx, procedure, before.studentId, moment);
    const referral = await readReferral(tx, { id: referralId });
    if (decided === null || referral === null || referral.state !== 'gathering')
      return { kind: 'not-gathering' };
    const verdict = decided.assessment.evaluation.steps.find((step) => step.step === referral.step);
    if (verdict?.state !== 'owed') return { kind: 'not-gathering' };
    const block = verdict.blocks[0];
    if (block !== undefined) return { kind: 'waits', reason: block.kind };
    const { mode } = decided.assessment.evaluation;
    if (mode === 'shadow' && !referral.shadow) return { kind: 'waits', reason: NOT_LIVE };
    if (mode === 'tasks' && !referral.shadow) {
      await leaveReferralToOffice(tx, procedure, referral, moment);
      return { kind: 'left-to-school' };
    }
    const gaps = await findGaps(tx, procedure, referral, decided, moment);
    if (gaps.length > 0 && !referral.shadow) {
      await nameGaps(tx, procedure, referral, gaps, moment);
      return { kind: 'gaps', gaps };
    }
    const pdf = await deps.buildPacket(tx, referral, decided, moment);
    const document = await saveDocument(tx, {
      mediaType: 'application/pdf',
      kind: 'packet',
      bytes: pdf,
      students: [referral.studentId],
      now: moment.now,
    });
    if (referral.shadow) {
      const { id: documentId, sha256 } = document;
      const on = moment.today;
      await shadowPacket(tx, referral.id, { documentId, sha256, gaps, on, now: moment.now });
      const student = { studentId: referral.studentId, schoolYear: referral.schoolYear };
      await takeStep(tx, student, {
        step: referral.step,
        round: referral.round,
        on,
        reason: 'shadowed',
        now: moment.now,
      });
      await nameGapsToOffice(tx, procedure, referral, gaps, moment);
      return { kind: 'shadowed' };
    }
    const frozen = await freezePacket(tx, referral.id, {
      documentId: document.id,
      sha256: document.sha256,
      now: moment.now,
    });
    if (!frozen) return { kind: 'not-gathering' };
    // The packet may wait for the mail server for days, and nobody has anything to add to it.
    const closed = { reason: 'packet-composed', on: moment.today, now: moment.now };
    await closeTasks(tx, { keys: [gapsTaskKey(referral.id)] }, closed);
    await deps.dispatch(tx, { referral, pdf, documentId: document.id, sha256: document.sha256 }, moment);
    return { kind: 'dispatched' };
  });
}

async function nameGaps(
  tx: Tx,
  procedure: Procedure,
  referral: Referral,
  gaps: readonly string[],
  moment: Moment,
): Promise<void> {
  if (gaps.join() === referral.gaps.join()) return;
  await recordGaps(tx, referral.id, gaps, moment.now);
  const key = gapsTaskKey(referral.id);
  await closeTasks(tx, { keys: [key] }, { reason: 'gaps-changed', on: moment.today, now: moment.now });
  await openTask(
    tx,
    {
      key,
      kind: 'fix-referral-gaps',
      role: 'administrator',
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 2) ?? moment.today,
      studentId: referral.studentId,
      schoolId: referral.schoolId,
      schoolYear: referral.schoolYear,
      step: referral.step,
      referralId: referral.id,
      detail: gaps.join(', '),
    },
    moment.now,
  );
}
