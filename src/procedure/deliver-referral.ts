import type { PacketFacts } from '../documents/packet-facts.ts';
import { maySend, type SendingWindow } from '../domain/sending-window.ts';
import type { Db, Tx } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { takeStep } from '../store/ladder-steps.ts';
import { freezePacket, type Referral, readReferral, recordGaps, shadowPacket } from '../store/referrals.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { decideLocked } from './decide.ts';
import { findGaps } from './find-gaps.ts';
import { factsHash, type PacketSubject } from './gather-packet.ts';
import { leaveReferralToOffice } from './leave-to-office.ts';
import type { KeptPacket, MadePacket, PacketPurpose } from './make-packet.ts';
import { nameGapsToOffice } from './own-work.ts';
import { gapsTaskKey } from './packet-delivery.ts';
import type { Decision } from './plan-letters.ts';
import { type Moment, type Procedure, schoolCalendar } from './procedure.ts';
import { NOT_LIVE } from './recheck-letter.ts';

export interface ReferralDeps {
  readonly db: Db;
  readonly procedure: Procedure;
  readonly window: SendingWindow;
  readonly packets: PacketWork;
}

/** How packets are made and leave, bound to one district. */
export interface PacketWork {
  /** What keeps every packet here, whatever is in it; null: nothing does. */
  obstacle(): PacketObstacle | null;
  gather(
    tx: Tx,
    procedure: Procedure,
    subject: PacketSubject,
    decided: Decision,
    moment: Moment,
  ): Promise<PacketFacts>;
  make(facts: PacketFacts, purpose: PacketPurpose, moment: Moment): Promise<MadePacket>;
  /** Why this one cannot leave as it would. */
  tooLarge(made: MadePacket): boolean;
  keep(
    tx: Tx,
    made: MadePacket,
    referral: Referral,
    asked: { readonly by: string; readonly because: string } | null,
    moment: Moment,
  ): Promise<KeptPacket>;
  /** Makes a kept packet leave: a notice, a mail, or a file in the drop folder. */
  dispatch(
    tx: Tx,
    packet: { readonly referral: Referral; readonly made: MadePacket; readonly kept: KeptPacket },
    moment: Moment,
  ): Promise<void>;
  /** Once that is committed: gives files in the drop folder their names. */
  afterDispatch(moment: Moment): Promise<void>;
}

export type PacketObstacle = 'packet-password-missing' | 'packet-too-large';

export type ReferralOutcome =
  | { readonly kind: 'dispatched' }
  /** Built and kept: the school was not live when it was decided. */
  | { readonly kind: 'shadowed' }
  | { readonly kind: 'gaps'; readonly gaps: readonly string[] }
  | { readonly kind: 'waits'; readonly reason: string }
  /** The office was asked to refer the student by itself. */
  | { readonly kind: 'left-to-school' }
  | { readonly kind: 'window-closed' | 'not-gathering' };

/** A file that changes all the time while its packet is built is left for the next look. */
const MOST_ATTEMPTS = 3;

/**
 * Takes a referral as far as it can go: with every point of the checklist fulfilled, or released by a named person,
 * the packet is frozen and leaves; otherwise the administrator has one task that names each gap. The packet of a shadow
 * is built whatever it lacks, so that it can be looked at, and stays here.
 *
 * It is built outside any transaction, and leaves only if the file still says what it said before.
 */
export async function deliverReferral(
  deps: ReferralDeps,
  referralId: string,
  moment: Moment,
): Promise<ReferralOutcome> {
  let made: MadePacket | null = null;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const at = await deps.db
      .transaction()
      .execute(async (tx) => takeFurther(tx, deps, { referralId, made }, moment));
    if (at.kind === 'dispatched') await deps.packets.afterDispatch(moment);
    if (at.kind !== 'build') return at;
    made = await deps.packets.make(at.facts, at.purpose, moment);
  }
  return { kind: 'waits', reason: 'file-changes' };
}

type Stage =
  | ReferralOutcome
  | { readonly kind: 'build'; readonly facts: PacketFacts; readonly purpose: PacketPurpose };

async function takeFurther(
  tx: Tx,
  { procedure, packets, window }: ReferralDeps,
  { referralId, made }: { readonly referralId: string; readonly made: MadePacket | null },
  moment: Moment,
): Promise<Stage> {
  const before = await readReferral(tx, { id: referralId });
  if (before === null || before.state !== 'gathering') return { kind: 'not-gathering' };
  const calendar = await schoolCalendar(tx, procedure, before.schoolId);
  if (maySend(moment.now, procedure.timeZone, calendar, window).kind === 'closed')
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
  const obstacle = referral.shadow ? null : packets.obstacle();
  if (obstacle !== null) {
    await nameObstacle(tx, procedure, obstacle, referral, moment);
    return { kind: 'waits', reason: obstacle };
  }
  const facts = await packets.gather(tx, procedure, { ...referral, referral }, decided, moment);
  if (made === null || factsHash(made.facts) !== factsHash(facts)) {
    const { policyVersion } = referral;
    const schoolYear = facts.schoolYear;
    const purpose = { kind: 'original', number: 1, policyVersion, schoolYear, mark: null } as const;
    return { kind: 'build', facts, purpose };
  }
  if (referral.shadow) return keepInShadow(tx, procedure, { referral, made, gaps }, moment);
  if (packets.tooLarge(made)) {
    await nameObstacle(tx, procedure, 'packet-too-large', referral, moment);
    return { kind: 'waits', reason: 'packet-too-large' };
  }
  const kept = await packets.keep(tx, made, referral, null, moment);
  const { sha256 } = made.rendered;
  const frozen = await freezePacket(tx, referral.id, {
    documentId: kept.documentId,
    sha256,
    now: moment.now,
  });
  if (!frozen) return { kind: 'not-gathering' };
  // The packet may wait for the mail server for days, and nobody has anything to add to it.
  const closed = { reason: 'packet-composed', on: moment.today, now: moment.now };
  await closeTasks(tx, { keys: [gapsTaskKey(referral.id)] }, closed);
  await closeTasks(tx, { keys: ['packet-password-missing', `packet-too-large:${referral.id}`] }, closed);
  await packets.dispatch(tx, { referral, made, kept }, moment);
  return { kind: 'dispatched' };
}

async function keepInShadow(
  tx: Tx,
  procedure: Procedure,
  { referral, made, gaps }: { referral: Referral; made: MadePacket; gaps: readonly string[] },
  moment: Moment,
): Promise<ReferralOutcome> {
  const { id: documentId, sha256 } = await saveDocument(tx, {
    mediaType: 'application/pdf',
    kind: 'packet',
    bytes: made.rendered.pdf,
    students: [referral.studentId],
    now: moment.now,
  });
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

/** A packet is ready and cannot leave: once for all packets where none can, else for this one. */
async function nameObstacle(
  tx: Tx,
  procedure: Procedure,
  obstacle: PacketObstacle,
  referral: Referral,
  moment: Moment,
): Promise<void> {
  const ofAll = obstacle === 'packet-password-missing';
  await openTask(
    tx,
    {
      key: ofAll ? obstacle : `${obstacle}:${referral.id}`,
      kind: obstacle,
      role: 'it-contact',
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
      ...(ofAll ? {} : { referralId: referral.id }),
      detail: ofAll ? null : `case ${referral.ref}`,
    },
    moment.now,
  );
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
