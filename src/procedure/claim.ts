import type { SchoolCalendar } from '../domain/calendar.ts';
import { addDays, instantInZone, type SchoolDate } from '../domain/school-date.ts';
import { maySend, type SendingWindow } from '../domain/sending-window.ts';
import type { OutgoingMail } from '../mail/mail-transport.ts';
import type { Db, Tx } from '../store/database.ts';
import { readDocument } from '../store/documents.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { holdLetter, postponeLetter } from '../store/letter-changes.ts';
import { type Letter, readLetterInLine } from '../store/letters.ts';
import { isOutOfFolder } from '../store/packet-drops.ts';
import { packetOfMail } from '../store/packets.ts';
import { type Claim, claimRow, giveBack, postponeRow, type Sendable } from '../store/send-protocol.ts';
import {
  forLetters,
  nextPermit,
  returnPermit,
  type SendingLimits,
  takePermit,
} from '../store/sending-pace.ts';
import { readStaffMail, type StaffMail } from '../store/staff-mails.ts';
import type { PacketWork } from './deliver-referral.ts';
import type { Moment, Procedure } from './procedure.ts';
import { recheckInvitation } from './recheck-invitation.ts';
import { recheckLetter } from './recheck-letter.ts';
import { recheckPacket } from './recheck-packet.ts';

export type LetterClaim =
  | { readonly kind: 'claimed'; readonly letter: Letter; readonly mail: OutgoingMail }
  | { readonly kind: 'window-closed' }
  /** As many mails have been handed over as may be. */
  | { readonly kind: 'paced'; readonly until: Date }
  | { readonly kind: 'waits'; readonly reason: string }
  /** A brake keeps it back; who lets it go puts it in line again. */
  | { readonly kind: 'braked' }
  | { readonly kind: 'cancelled'; readonly reason: string }
  /** To another school with its student; it is due there. */
  | { readonly kind: 'moved' }
  /** Somebody else has it, or it is not due. */
  | { readonly kind: 'not-due' };

/**
 * `queued → claimed` in one transaction that also looks once more at everything that could forbid it: the kill switch,
 * the sending window, the count on current records, holds, the recipient, how many mails may go.
 */
export async function claimLetter(
  db: Db,
  procedure: Procedure,
  claim: { letterId: string; owner: number; window: SendingWindow; limits: SendingLimits },
  moment: Moment,
): Promise<LetterClaim> {
  const claimed = await db.transaction().execute(async (tx): Promise<LetterClaim | Letter> => {
    const letter = await readLetterInLine(tx, claim.letterId);
    if (
      letter === null ||
      letter.shadow ||
      letter.channel !== 'email' ||
      (letter.state !== 'queued' && letter.state !== 'held')
    )
      return { kind: 'not-due' };
    if (letter.sendingStopped) return { kind: 'not-due' };
    if (!letter.mayPassBrakes) return { kind: 'braked' };
    const { letterId } = claim;
    const calendar = procedure.calendarOf(letter.schoolSourcedId);
    const window = maySend(moment.now, procedure.timeZone, calendar, claim.window);
    if (window.kind === 'closed') {
      if (window.until !== null) await postponeLetter(tx, letterId, window.until);
      return { kind: 'window-closed' };
    }
    const limits = forLetters(claim.limits);
    const full = await nextPermit(tx, limits, moment.now);
    if (full !== null) return waitForPermit(tx, 'letter', letterId, full);
    const recheck = await recheckLetter(tx, procedure, letter, moment);
    if (recheck.kind === 'cancelled' || recheck.kind === 'moved') return recheck;
    if (recheck.kind === 'waits') {
      await holdLetter(tx, letterId, {
        reason: recheck.reason,
        dueAt: nextOpening(procedure, calendar, claim.window, moment.today),
      });
      return recheck;
    }
    const until = await takePermit(tx, limits, moment.now);
    if (until !== null) return waitForPermit(tx, 'letter', letterId, until);
    if (await claimRow(tx, 'letter', { id: letterId, owner: claim.owner, now: moment.now }))
      return recheck.letter;
    await returnPermit(tx, limits, moment.now);
    return { kind: 'not-due' };
  });
  if ('kind' in claimed) return claimed;
  const letter = { ...claimed, claimedAt: moment.now };
  const held = { id: letter.id, owner: claim.owner, claimedAt: moment.now };
  return { kind: 'claimed', letter, mail: await frozenMail(db, 'letter', held, claimed) };
}

export type StaffMailClaim =
  | { readonly kind: 'claimed'; readonly mail: OutgoingMail; readonly staffMail: StaffMail }
  | { readonly kind: 'paced'; readonly until: Date }
  | { readonly kind: 'not-due' };

/**
 * Mails to staff have no window and nothing to re-check: what they say was true when they were composed. A packet is
 * different: the student is decided about once more, and what would have stopped its building stops it. So is an
 * invitation to a meeting: whether it stands, and whether its reader may be written to, is looked up once more.
 */
export async function claimStaffMail(
  db: Db,
  procedure: Procedure,
  claim: {
    mailId: string;
    owner: number;
    limits: SendingLimits;
    /** What a file says now, to be compared with the packet of it. */
    gather: PacketWork['gather'];
  },
  moment: Moment,
): Promise<StaffMailClaim> {
  const staffMail = await db.transaction().execute(async (tx) => {
    const waiting = await readStaffMail(tx, claim.mailId);
    if (waiting?.state !== 'queued') return null;
    const leavesDistrict = waiting.kind === 'packet' || waiting.kind === 'meeting';
    if (leavesDistrict && (await readKillSwitch(tx)) !== null) return null;
    const full = await nextPermit(tx, claim.limits, moment.now);
    if (full !== null) return waitForPermit(tx, 'staff_mail', claim.mailId, full);
    if (waiting.kind === 'packet' && !(await recheckPacket(tx, procedure, waiting, claim.gather, moment)))
      return null;
    if (waiting.kind === 'packet' && (await waitsForFolder(tx, claim.mailId, moment))) return null;
    if (waiting.kind === 'meeting' && !(await recheckInvitation(tx, procedure, waiting, moment))) return null;
    const until = await takePermit(tx, claim.limits, moment.now);
    if (until !== null) return waitForPermit(tx, 'staff_mail', claim.mailId, until);
    if (await claimRow(tx, 'staff_mail', { id: claim.mailId, owner: claim.owner, now: moment.now }))
      return readStaffMail(tx, claim.mailId);
    await returnPermit(tx, claim.limits, moment.now);
    return null;
  });
  if (staffMail === null) return { kind: 'not-due' };
  if ('until' in staffMail) return staffMail;
  const held = { id: staffMail.id, owner: claim.owner, claimedAt: moment.now };
  return {
    kind: 'claimed',
    staffMail: { ...staffMail, claimedAt: moment.now },
    mail: await frozenMail(db, 'staff_mail', held, staffMail),
  };
}

/** No notice tells of a file that is not in the officer’s folder. */
async function waitsForFolder(tx: Tx, mailId: string, { now }: Moment): Promise<boolean> {
  const packet = await packetOfMail(tx, mailId);
  if (packet === null || !(await isOutOfFolder(tx, packet.id))) return false;
  await postponeRow(tx, 'staff_mail', mailId, new Date(now.getTime() + FOLDER_WAIT_MS));
  return true;
}

const FOLDER_WAIT_MS = 300_000;

/** The row stays in line for when there is room. */
async function waitForPermit(
  tx: Tx,
  table: Sendable,
  id: string,
  until: Date,
): Promise<{ kind: 'paced'; until: Date }> {
  await postponeRow(tx, table, id, until);
  return { kind: 'paced', until };
}

/** A blocked letter is looked at again when the sending window opens on the next school day. */
export function nextOpening(
  procedure: Procedure,
  calendar: SchoolCalendar,
  window: SendingWindow,
  today: SchoolDate,
): Date {
  return instantInZone(calendar.nextSchoolDay(today) ?? addDays(today, 1), window.from, procedure.timeZone);
}

/** What cannot be read is given back: nobody would hand it over under this claim. */
async function frozenMail(
  db: Db,
  table: Sendable,
  claim: Claim,
  row: { messageDocumentId: string | null; envelopeFrom: string | null; envelopeTo: string | null },
): Promise<OutgoingMail> {
  try {
    if (row.messageDocumentId === null || row.envelopeFrom === null || row.envelopeTo === null) {
      throw new Error('a queued mail has no frozen message: it should never have been queued');
    }
    const document = await readDocument(db, row.messageDocumentId);
    return { raw: document.bytes, envelope: { from: row.envelopeFrom, to: row.envelopeTo } };
  } catch (error) {
    await giveBack(db, table, { ...claim, reply: null });
    throw error;
  }
}
