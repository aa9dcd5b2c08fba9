import type { NotTakenBack } from '../domain/undo-words.ts';
import { underAbsoluteHoldNow } from '../store/absolute-hold.ts';
import { addToFile, type FileEntry } from '../store/attendance-files.ts';
import { listCaseEvents } from '../store/case-events.ts';
import { findContract } from '../store/contracts.ts';
import type { Db, Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { inviteesOf } from '../store/meeting-invitees.ts';
import { openTaskWithKey } from '../store/meeting-tasks.ts';
import { findMeeting } from '../store/meetings.ts';
import type { Referral } from '../store/referrals.ts';
import { lockStudent } from '../store/student-locks.ts';
import {
  giveBackPapers,
  hasHeardOff,
  hasPacketLeftSince,
  outcomeRecordedAt,
  removeSignature,
  reopenClosedAt,
  reopenMeeting,
  signatureRecordedAt,
  strikeEntry,
  takeOutcomeBack,
} from '../store/taken-back.ts';
import { closeTasks } from '../store/tasks.ts';
import { askedAgainKey, handOverKey, outcomeKey, undeliveredKey } from './meeting-tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

export type TakenBack =
  | { readonly kind: 'taken-back'; readonly studentId: number; readonly ref: string }
  | { readonly kind: 'unknown' }
  | NotTakenBack;

interface Asked {
  readonly ref: string;
  readonly by: string;
  readonly because: string | null;
}

/**
 * What was recorded of a meeting was a mistake: it is scheduled as before, and what came of it is asked again. It stays
 * where somebody outside knows of it, or has gone on from it.
 */
export async function undoMeetingOutcome(
  tx: Tx,
  procedure: Procedure,
  asked: Asked,
  moment: Moment,
): Promise<TakenBack> {
  const known = await findMeeting(tx, asked.ref);
  if (known === null) return { kind: 'unknown' };
  await lockStudent(tx, known.studentId);
  const meeting = (await findMeeting(tx, asked.ref)) ?? known;
  const at = await outcomeRecordedAt(tx, meeting.id);
  const obstacle = await obstacleTo(tx, procedure, meeting, at, moment);
  if (at === null || obstacle !== null) return obstacle ?? { kind: 'nothing-recorded' };
  const wasOff = meeting.state === 'refused' && meeting.outcomeOn !== null && meeting.on >= meeting.outcomeOn;
  if (wasOff && (await hasHeardOff(tx, meeting.id))) return { kind: 'invited-told' };
  if (meeting.state === 'parent-absent' && meeting.step !== null) {
    const key = askedAgainKey(meeting, meeting.step);
    const isAsked = await wasAskedAgain(tx, key, meeting.ref);
    if (isAsked && (await openTaskWithKey(tx, key)) === null) return { kind: 'followed' };
    const closed = { reason: 'taken-back', on: moment.today, now: moment.now };
    if (isAsked) await closeTasks(tx, { keys: [key] }, closed);
  }
  if (!(await reopenMeeting(tx, { id: meeting.id, wasOff }, moment.now))) return { kind: 'nothing-recorded' };
  await reopenClosedAt(tx, [outcomeKey(meeting.id)], at, moment.now);
  if (wasOff) await putBackInvited(tx, meeting.id, at, moment);
  await file(
    tx,
    meeting,
    asked,
    { ref: meeting.ref, at, kind: 'meeting', what: `What was recorded of meeting ${meeting.ref}` },
    moment,
  );
  return { kind: 'taken-back', studentId: meeting.studentId, ref: meeting.ref };
}

/** The signature of a contract was recorded by mistake: the contract is watched on, and no referral rests on it. */
export async function undoSignature(
  tx: Tx,
  procedure: Procedure,
  asked: Asked,
  moment: Moment,
): Promise<TakenBack> {
  const contract = await findContract(tx, asked.ref);
  if (contract === null) return { kind: 'unknown' };
  await lockStudent(tx, contract.studentId);
  const { signedOn } = (await findContract(tx, asked.ref)) ?? contract;
  if (signedOn === null) return { kind: 'nothing-recorded' };
  const at = (await signatureRecordedAt(tx, contract.id)) ?? new Date(0);
  const obstacle = await obstacleTo(tx, procedure, contract, at, moment);
  if (obstacle !== null) return obstacle;
  await removeSignature(tx, contract.id, moment.now);
  await file(
    tx,
    contract,
    asked,
    { ref: contract.ref, at, kind: 'decision', what: `The signature of attendance contract ${contract.ref}` },
    moment,
  );
  await markEvaluationDue(tx, [contract.studentId], 'contract', moment.now);
  return { kind: 'taken-back', studentId: contract.studentId, ref: contract.ref };
}

/** The last outcome of a case was recorded by mistake: the one before it counts again, if there is one. */
export async function undoCaseOutcome(
  tx: Tx,
  procedure: Procedure,
  asked: { readonly referral: Referral } & Omit<Asked, 'ref'>,
  moment: Moment,
): Promise<TakenBack> {
  const { referral } = asked;
  await lockStudent(tx, referral.studentId);
  const last = (await listCaseEvents(tx, referral.id)).findLast(({ kind }) => kind === 'outcome');
  const obstacle = await obstacleTo(tx, procedure, referral, last?.at ?? null, moment, referral.id);
  if (last === undefined || obstacle !== null) return obstacle ?? { kind: 'nothing-recorded' };
  if (!(await takeOutcomeBack(tx, last.id))) return { kind: 'nothing-recorded' };
  await file(
    tx,
    referral,
    asked,
    { ref: referral.ref, at: last.at, kind: 'referral', what: `Outcome of case ${referral.ref}` },
    moment,
  );
  return { kind: 'taken-back', studentId: referral.studentId, ref: referral.ref };
}

/** Whether there is still time to take back what was recorded then. */
export function isInTime(
  at: Date | null,
  { contactLog }: Pick<Procedure, 'contactLog'>,
  { now }: Pick<Moment, 'now'>,
): boolean {
  return at !== null && now.getTime() - at.getTime() < contactLog.undoHours * HOUR_MS;
}

const HOUR_MS = 3_600_000;

/** Why what was recorded then stays. @param own the case whose own packets keep nothing; null: any packet does */
export async function obstacleTo(
  tx: Tx,
  procedure: Procedure,
  student: StudentYear,
  at: Date | null,
  moment: Moment,
  own: string | null = null,
): Promise<NotTakenBack | null> {
  if (at === null) return { kind: 'nothing-recorded' };
  if (await underAbsoluteHoldNow(tx, student.studentId)) return { kind: 'absolute-hold' };
  if (!isInTime(at, procedure, moment)) return { kind: 'too-late', hours: procedure.contactLog.undoHours };
  return (await hasPacketLeftSince(tx, student, at, own)) ? { kind: 'sent-to-officer' } : null;
}

/** Whether another meeting was asked for because of this one, whatever has become of that. */
async function wasAskedAgain(tx: Db, key: string, ref: string): Promise<boolean> {
  const row = await tx
    .selectFrom('task')
    .select('id')
    .where('key', '=', key)
    .where('detail', 'like', `${ref}: %`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Sheets that lay ready for the invited are to be handed over again. */
async function putBackInvited(tx: Tx, meetingId: string, at: Date, { now }: Moment): Promise<void> {
  const handOver: string[] = [];
  for (const { id } of await inviteesOf(tx, meetingId)) {
    if ((await reopenClosedAt(tx, [handOverKey(id)], at, now)) > 0) handOver.push(id);
    await reopenClosedAt(tx, [undeliveredKey(id)], at, now);
  }
  await giveBackPapers(tx, handOver);
}

async function file(
  tx: Tx,
  student: StudentYear,
  { by, because }: Omit<Asked, 'ref'>,
  recorded: {
    readonly ref: string;
    readonly at: Date;
    readonly kind: FileEntry['kind'];
    readonly what: string;
  },
  { today, now }: Moment,
): Promise<void> {
  const { ref, at, kind, what } = recorded;
  await strikeEntry(tx, student, { ref, kind, at, by });
  const title = `${what} taken back by ${by}: it was recorded by mistake`;
  const { studentId, schoolYear } = student;
  await addToFile(tx, { studentId, schoolYear, now }, { onDate: today, kind, title, detail: because });
}
