import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderStaffMail } from '../documents/staff-mail.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Referral, stoppedReferrals } from '../store/referrals.ts';
import { openTask } from '../store/tasks.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';
import { queueStaffMessage } from './staff-message.ts';

/** Sends the frozen packet to the designated officer: attached to a mail, or as a file in the drop folder with a notice. */
export async function dispatchPacket(
  tx: Tx,
  letterbox: Letterbox,
  packet: { referral: Referral; pdf: Buffer; sha256: string },
  moment: Moment,
): Promise<void> {
  const { config } = letterbox;
  const { truancyOfficer: officer } = config;
  const { referral, pdf, sha256 } = packet;
  const fileName = packetFileName(referral.ref);
  if (officer.delivery === 'folder' && officer.folder !== null) await drop(officer.folder, fileName, pdf);
  const school = await readSchoolFacts(tx, config, referral.schoolId);
  const rendered = renderStaffMail(
    letterbox.templates,
    'packet',
    {
      case: referral.ref,
      'officer.name': officer.name,
      'school.name': school.name,
      delivery:
        officer.delivery === 'folder'
          ? `It lies in the agreed folder as ${fileName}.`
          : `It is attached as ${fileName}.`,
      legalBasis: officer.legalBasis,
      sha256,
      'contact.name': school.contact.name,
      'contact.phone': school.contact.phone,
    },
    {},
    { district: config.district.name, reference: referral.ref },
  );
  const attachments =
    officer.delivery === 'mail' ? [{ fileName, contentType: 'application/pdf', content: pdf }] : [];
  await queueStaffMessage(
    tx,
    letterbox,
    {
      kind: 'packet',
      ref: referral.ref,
      key: `packet:${referral.id}`,
      to: { name: officer.name, email: officer.email },
      rendered,
      attachments,
      referralId: referral.id,
      contentOf: [referral.studentId],
    },
    moment,
  );
}

/**
 * Takes packets out of the drop folder that were stopped after they had been put there: a referral that is withdrawn, or
 * gathers again, has no file there.
 * @returns how many were taken away
 */
export async function clearDropFolder(db: Db, folder: string, moment: Moment): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => PACKET_FILE.test(name));
  if (names.length === 0) return 0;
  return db.transaction().execute(async (tx) => {
    const stopped = await stoppedReferrals(
      tx,
      names.map((name) => PACKET_FILE.exec(name)?.[1] ?? ''),
    );
    let removed = 0;
    for (const ref of stopped) {
      const gone = await rm(join(folder, packetFileName(ref)), { force: true }).then(
        () => true,
        () => false,
      );
      if (gone) removed += 1;
      else await askToRemove(tx, ref, moment);
    }
    return removed;
  });
}

/** The folder is somebody else's, too, and may not let us: then a person has to. */
async function askToRemove(tx: Tx, ref: string, moment: Moment): Promise<void> {
  await openTask(
    tx,
    {
      key: `remove-packet:${ref}`,
      kind: 'remove-packet',
      role: 'it-contact',
      openedOn: moment.today,
      dueOn: moment.today,
      detail: packetFileName(ref),
    },
    moment.now,
  );
}

const PACKET_FILE = /^attendance-file-(R-[0-9A-Z-]+)\.pdf$/;

function packetFileName(ref: string): string {
  return `attendance-file-${ref}.pdf`;
}

/** Whole or not at all; writing it again after a rolled back transaction writes the same file. */
async function drop(folder: string, fileName: string, pdf: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${fileName}.part`);
  await writeFile(draft, pdf, { mode: 0o600 });
  await rename(draft, join(folder, fileName));
}
