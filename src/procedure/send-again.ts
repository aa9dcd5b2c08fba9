import { renderCopy } from '../documents/packet-copy.ts';
import { packetDifferences } from '../documents/packet-differences.ts';
import type { PacketFacts } from '../documents/packet-facts.ts';
import { manifestSchema, type PacketManifest } from '../documents/packet-manifest.ts';
import { underAbsoluteHoldNow } from '../store/absolute-hold.ts';
import type { Db } from '../store/database.ts';
import { readDocument } from '../store/documents.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { listPackets, type Packet } from '../store/packets.ts';
import { noteTooLarge, wasTooLarge } from '../store/referral-corrections.ts';
import { type Referral, readReferral } from '../store/referrals.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { decideLocked } from './decide.ts';
import { dispatchPacket, isTooLargeToMail, mailObstacle, markOf } from './dispatch-packet.ts';
import { keepDropFolder } from './drop-folder.ts';
import { factsHash, gatherPacket } from './gather-packet.ts';
import type { Letterbox } from './letterbox.ts';
import { keepPacket, type MadePacket, makePacket, withManifest } from './make-packet.ts';
import type { Noted } from './noted.ts';
import type { Moment, Procedure } from './procedure.ts';

export type SentAgain =
  | { readonly kind: 'on-its-way'; readonly number: number }
  | { readonly kind: 'no-case' }
  /** Nothing has left under this number, or what has left was not kept in a form that can be marked. */
  | { readonly kind: 'no-packet' }
  | { readonly kind: 'stopped'; readonly reason: string };

interface SentCopy {
  readonly studentId: number;
  readonly number: number;
}

/** The packet of a case once more, with the same pages, each marked as a copy. */
export async function copyPacket(
  letterbox: Letterbox,
  asked: { readonly ref: string; readonly by: string; readonly because: string },
  moment: Moment,
  noted: Noted<SentCopy> = async () => {},
): Promise<SentAgain> {
  const { db } = letterbox;
  const referral = await readReferral(db, { ref: asked.ref.toUpperCase() });
  if (referral === null) return { kind: 'no-case' };
  const { latest, next } = await packetsOf(db, referral);
  if (latest === null) return { kind: 'no-packet' };
  if (latest.withdrawnFor !== null) return { kind: 'stopped', reason: 'document-removed' };
  const { facts, manifest } = await readKept(db, latest);
  const mark = markOf('copy', next, referral.ref, moment);
  const pdf = (await readDocument(db, latest.documentId)).bytes;
  const created = new Date(`${moment.today}T12:00:00Z`);
  const rendered = await renderCopy(
    { pdf, pages: latest.pages, parts: manifest.parts, facts },
    mark,
    created,
  );
  const { policyVersion, schoolYear } = manifest;
  const purpose = { kind: 'copy', number: next, policyVersion, schoolYear, mark } as const;
  const made = withManifest({ ...facts, date: moment.today }, purpose, rendered);
  return send(letterbox, referral, made, { ...asked, noted }, moment);
}

/** The file as it stands now, as a packet that says on every page, and on one of its own, what it corrects. */
export async function correctPacket(
  letterbox: Letterbox,
  procedure: Procedure,
  referral: Referral,
  moment: Moment,
): Promise<SentAgain> {
  const { db } = letterbox;
  const { latest, next } = await packetsOf(db, referral);
  if (latest === null) return { kind: 'no-packet' };
  const reason = mailObstacle(letterbox) ?? (await stopOf(db, referral));
  if (reason !== null) return { kind: 'stopped', reason };
  const facts = await db.transaction().execute(async (tx) => {
    await lockStudent(tx, referral.studentId);
    const decided = await decideLocked(tx, procedure, referral.studentId, moment);
    return decided === null
      ? null
      : gatherPacket(tx, letterbox, procedure, { ...referral, referral }, decided, moment);
  });
  if (facts === null) return { kind: 'no-case' };
  const { delivery, largestAttachmentMegabytes: limit } = letterbox.config.truancyOfficer;
  const correction = `${limit} ${factsHash(facts)}`;
  // To make it takes long, and what was too large stays so.
  if (delivery === 'mail' && (await wasTooLarge(db, referral.id, correction)))
    return { kind: 'stopped', reason: 'packet-too-large' };
  const before = await readKept(db, latest);
  const differences = packetDifferences(before.facts, facts);
  const mark = markOf('correction', next, referral.ref, moment);
  const policyVersion = procedure.policy.version;
  const purpose = {
    kind: 'correction',
    number: next,
    policyVersion,
    schoolYear: facts.schoolYear,
    mark,
  } as const;
  const made = await makePacket(db, { ...facts, differences }, purpose, moment.now);
  if (isTooLargeToMail(letterbox, made)) await leaveTooLarge(db, procedure, referral, correction, moment);
  return send(letterbox, referral, made, null, moment);
}

/** The officer has the words of the correction; somebody has to see to it that the packet can follow. */
async function leaveTooLarge(
  db: Db,
  procedure: Procedure,
  referral: Referral,
  correction: string,
  { today, now }: Moment,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await noteTooLarge(tx, referral.id, correction);
    await openTask(
      tx,
      {
        key: tooLargeKey(referral),
        kind: 'packet-too-large',
        role: 'it-contact',
        openedOn: today,
        dueOn: procedure.calendarOf(null).addSchoolDays(today, 1) ?? today,
        referralId: referral.id,
        detail: `case ${referral.ref}`,
      },
      now,
    );
  });
}

function tooLargeKey({ id }: Referral): string {
  return `packet-too-large:${id}`;
}

async function packetsOf(db: Db, referral: Referral): Promise<{ latest: Packet | null; next: number }> {
  const packets = await listPackets(db, referral.id);
  const left = referral.state === 'delivered' || referral.state === 'delivering';
  const latest = packets.filter(({ kind }) => kind !== 'copy').at(-1) ?? null;
  return { latest: left ? latest : null, next: (packets.at(-1)?.number ?? 0) + 1 };
}

async function readKept(db: Db, packet: Packet): Promise<{ facts: PacketFacts; manifest: PacketManifest }> {
  const [facts, manifest] = await Promise.all([
    readDocument(db, packet.factsDocumentId),
    readDocument(db, packet.manifestDocumentId),
  ]);
  return {
    facts: JSON.parse(facts.bytes.toString('utf8')) as PacketFacts,
    manifest: manifestSchema.parse(JSON.parse(manifest.bytes.toString('utf8'))),
  };
}

async function send(
  letterbox: Letterbox,
  referral: Referral,
  made: MadePacket,
  asked: { readonly by: string; readonly because: string; readonly noted: Noted<SentCopy> } | null,
  moment: Moment,
): Promise<SentAgain> {
  const obstacle = mailObstacle(letterbox) ?? (isTooLargeToMail(letterbox, made) ? 'packet-too-large' : null);
  if (obstacle !== null) return { kind: 'stopped', reason: obstacle };
  const sent = await letterbox.db.transaction().execute(async (tx): Promise<SentAgain> => {
    await lockStudent(tx, referral.studentId);
    const reason = await stopOf(tx, referral);
    if (reason !== null) return { kind: 'stopped', reason };
    const kept = await keepPacket(tx, letterbox, made, referral, asked, moment);
    await dispatchPacket(tx, letterbox, { referral, made, kept }, moment);
    const closed = { reason: 'packet-sent', on: moment.today, now: moment.now };
    await closeTasks(tx, { keys: [tooLargeKey(referral)] }, closed);
    const { number } = made.purpose;
    await asked?.noted(tx, { studentId: referral.studentId, number });
    return { kind: 'on-its-way', number };
  });
  await keepDropFolder(letterbox.db, letterbox.config.truancyOfficer.folder, moment);
  return sent;
}

async function stopOf(db: Db, { studentId }: Referral): Promise<string | null> {
  if ((await readKillSwitch(db)) !== null) return 'sending-stopped';
  return (await underAbsoluteHoldNow(db, studentId)) ? 'absolute-hold' : null;
}
