import type { Config } from '../config/config-types.ts';
import { type CaseOutcome, outcomeInWords } from '../domain/case-outcomes.ts';
import { underAbsoluteHoldNow } from '../store/absolute-hold.ts';
import { addToFile } from '../store/attendance-files.ts';
import { findQuestion, isCaseOfOfficer, noteCaseEvent } from '../store/case-events.ts';
import { closeTasksOfReferral } from '../store/case-tasks.ts';
import type { Db, Tx } from '../store/database.ts';
import { recordDisclosure } from '../store/disclosures.ts';
import { readDocument } from '../store/documents.ts';
import { homeSchoolOf } from '../store/home-school.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { listPackets, markPacketLeft, type Packet } from '../store/packets.ts';
import { type Referral, readReferral, recordDelivery } from '../store/referrals.ts';
import { settleAsSent } from '../store/send-protocol.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { mailAboutCase } from './case-mail.ts';
import { packetDisclosure } from './disclose.ts';
import type { Letterbox } from './letterbox.ts';
import { packetName } from './make-packet.ts';
import { recordPacketLeft } from './packet-delivery.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Who speaks or fetches. */
export interface AtCase {
  readonly referral: Referral;
  readonly by: string;
  /** The packets that were addressed to it are theirs. */
  readonly email: string;
  /** The district’s. */
  readonly timeZone: string;
}

/** A case that the officer has, by its number. */
export async function caseOfOfficer(db: Db, ref: string, email: string): Promise<Referral | null> {
  const referral = await readReferral(db, { ref: ref.toUpperCase() });
  return referral !== null && (await isCaseOfOfficer(db, referral.id, email)) ? referral : null;
}

export type Fetched =
  | {
      readonly kind: 'fetched';
      readonly fileName: string;
      readonly mediaType: string;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'not-found' }
  /** A person has stopped all packets, or nothing may be said about the student. */
  | { readonly kind: 'stopped' };

/** Hands a packet or its manifest to the officer, and puts that on record as a disclosure before the first byte leaves. */
export async function fetchPacket(
  tx: Tx,
  config: Config,
  { referral, by, email }: AtCase,
  wanted: { readonly number: number; readonly what: 'packet' | 'manifest' },
  moment: Moment,
): Promise<Fetched> {
  const packet = (await packetsOnPage(tx, referral.id, email)).find(({ number }) => number === wanted.number);
  if (packet === undefined) return { kind: 'not-found' };
  if ((await readKillSwitch(tx)) !== null || (await underAbsoluteHoldNow(tx, referral.studentId)))
    return { kind: 'stopped' };
  const isPacket = wanted.what === 'packet';
  const { bytes, mediaType, sha256 } = await readDocument(
    tx,
    isPacket ? packet.documentId : packet.manifestDocumentId,
  );
  const name = packetName(referral.ref, packet);
  const fileName = isPacket ? `${name}.pdf` : `${name}.manifest.json`;
  const what = isPacket ? 'attendance file' : 'manifest of the attendance file';
  const version = packet.number === 1 ? what : `${what}, ${packet.kind} ${packet.number}`;
  const disclosed = {
    referral,
    packetId: packet.id,
    sha256,
    what: version,
    how: 'fetched from the page',
    by,
  };
  await recordDisclosure(tx, packetDisclosure(config, disclosed), { on: moment.today, now: moment.now });
  if (isPacket) {
    const event = { referralId: referral.id, kind: 'downloaded', packetId: packet.id, by } as const;
    await noteCaseEvent(tx, event, { on: moment.today, now: moment.now });
  }
  return { kind: 'fetched', fileName, mediaType, bytes };
}

/** What lies on this officer’s page: what has left, and what a mail tells of that may have arrived. */
export async function packetsOnPage(db: Db, referralId: string, email: string): Promise<Packet[]> {
  const told = await packetsTold(db, referralId);
  return told.filter((packet) => packet.withdrawnFor === null && isTo(packet, email));
}

function isTo({ officer }: Packet, email: string): boolean {
  return officer.email.toLowerCase() === email.toLowerCase();
}

/** What has left or may have arrived, to whomever, with those that were withdrawn since. */
export async function packetsTold(db: Db, referralId: string): Promise<Packet[]> {
  const packets = await listPackets(db, referralId);
  const mails = packets.flatMap(({ mailId }) => (mailId === null ? [] : [mailId]));
  if (mails.length === 0) return packets.filter(({ state }) => state === 'left');
  const rows = await db
    .selectFrom('staff_mail')
    .select('id')
    .where('id', 'in', mails)
    .where('state', 'in', ['transmitting', 'uncertain', 'sent'])
    .execute();
  const told = new Set(rows.map(({ id }) => id));
  return packets.filter(({ state, mailId }) => state === 'left' || (mailId !== null && told.has(mailId)));
}

/**
 * The officer has found the way to the page: a mail of which nobody knew whether it had arrived has, and nobody need be
 * told that the packet lies there.
 */
async function heardFrom(
  tx: Tx,
  { referral, timeZone, email }: AtCase,
  reason: string,
  moment: Moment,
): Promise<void> {
  await lockStudent(tx, referral.studentId);
  const closed = { reason, on: moment.today, now: moment.now };
  for (const packet of await packetsTold(tx, referral.id)) {
    if (packet.mailId === null || packet.state !== 'waiting' || !isTo(packet, email)) continue;
    const settled = { timeZone, now: moment.now };
    const leftOn = await settleAsSent(tx, 'staff_mail', packet.mailId, settled);
    if (leftOn === null) continue;
    const delivered = await recordDelivery(tx, referral.id, { on: leftOn, now: moment.now });
    if (delivered !== null) await recordPacketLeft(tx, delivered, { now: moment.now, today: leftOn });
    await markPacketLeft(tx, packet.mailId, leftOn);
    await closeTasks(tx, { keys: [`resolve-mail:${packet.mailId}`] }, closed);
  }
  await closeTasksOfReferral(tx, referral.id, ['packet-not-fetched', 'officer-not-reached'], closed);
}

/** @returns false when it was confirmed before: nothing changes then */
export async function confirmReceipt(tx: Tx, at: AtCase, moment: Moment): Promise<boolean> {
  const { referral, by } = at;
  const event = { referralId: referral.id, kind: 'receipt', by } as const;
  if ((await noteCaseEvent(tx, event, { on: moment.today, now: moment.now })) === null) return false;
  await file(tx, referral, `${by} confirmed the receipt of case ${referral.ref}`, null, moment);
  await heardFrom(tx, at, 'receipt-confirmed', moment);
  return true;
}

export async function recordOutcome(
  tx: Tx,
  at: AtCase,
  said: { readonly outcome: CaseOutcome; readonly note: string | null },
  moment: Moment,
): Promise<void> {
  const { referral, by } = at;
  const event = {
    referralId: referral.id,
    kind: 'outcome',
    outcome: said.outcome,
    says: said.note,
    by,
  } as const;
  await noteCaseEvent(tx, event, { on: moment.today, now: moment.now });
  const title = `Outcome of case ${referral.ref}, by ${by}: ${outcomeInWords(said.outcome)}`;
  await file(tx, referral, title, said.note, moment);
  await heardFrom(tx, at, 'outcome-recorded', moment);
}

/** The administrator answers on the page of the task: the mail says only that there is a question. */
export async function askSchool(
  tx: Tx,
  procedure: Procedure,
  at: AtCase,
  question: string,
  moment: Moment,
): Promise<string> {
  const { referral, by } = at;
  await heardFrom(tx, at, 'question-asked', moment);
  const event = await noteCaseEvent(
    tx,
    { referralId: referral.id, kind: 'question', says: question, by },
    { on: moment.today, now: moment.now },
  );
  if (event === null) throw new Error('a question could not be kept');
  await file(tx, referral, `${by} asks about case ${referral.ref} (question ${event.ref})`, question, moment);
  await openTask(
    tx,
    {
      key: questionKey(event.ref),
      kind: 'officer-question',
      role: 'administrator',
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 2) ?? moment.today,
      studentId: referral.studentId,
      schoolYear: referral.schoolYear,
      schoolId: (await homeSchoolOf(tx, referral.studentId, moment.today))?.id ?? referral.schoolId,
      step: referral.step,
      referralId: referral.id,
      detail: `case ${referral.ref}, question ${event.ref}`,
    },
    moment.now,
  );
  return event.ref;
}

export type Answered = 'answered' | 'answered-before' | 'not-found' | 'stopped';

/** What the school tells the officer about a student is a disclosure as well. */
export async function answerQuestion(
  tx: Tx,
  letterbox: Letterbox,
  answer: { readonly question: string; readonly by: string; readonly says: string },
  moment: Moment,
): Promise<Answered> {
  const question = await findQuestion(tx, answer.question.toUpperCase());
  const referral = question === null ? null : await readReferral(tx, { id: question.referralId });
  if (question === null || referral === null) return 'not-found';
  if (await underAbsoluteHoldNow(tx, referral.studentId)) return 'stopped';
  const { by, says } = answer;
  const event = await noteCaseEvent(
    tx,
    { referralId: referral.id, kind: 'answer', says, answers: question.id, by },
    { on: moment.today, now: moment.now },
  );
  if (event === null) return 'answered-before';
  await file(tx, referral, `${by} answered question ${question.ref} of case ${referral.ref}`, says, moment);
  const what = `answer to question ${question.ref}`;
  const disclosed = { referral, packetId: null, sha256: null, what, how: 'written on the page', by };
  await recordDisclosure(tx, packetDisclosure(letterbox.config, disclosed), {
    on: moment.today,
    now: moment.now,
  });
  const closed = { reason: 'answered', on: moment.today, now: moment.now };
  await closeTasks(tx, { keys: [questionKey(question.ref)] }, closed);
  await mailAboutCase(
    tx,
    letterbox,
    referral,
    {
      key: `case-answer:${event.ref}`,
      subject: `Case ${referral.ref}: your question is answered`,
      says: 'the answer to your question stands on the page of the case.',
    },
    moment,
  );
  return 'answered';
}

function questionKey(ref: string): string {
  return `officer-question:${ref}`;
}

/** The question of a task, by what the task says of it. */
export function questionOfTask(detail: string | null): string | null {
  return /question (Q-[0-9A-Z]{4}-[0-9A-Z]{4})/.exec(detail ?? '')?.[1] ?? null;
}

async function file(
  tx: Tx,
  referral: Referral,
  title: string,
  detail: string | null,
  moment: Moment,
): Promise<void> {
  const student = { studentId: referral.studentId, schoolYear: referral.schoolYear, now: moment.now };
  await addToFile(tx, student, { onDate: moment.today, kind: 'referral', title, detail });
}
