import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { byItself } from '../domain/audit.ts';
import { renameForGood, writeToDisk } from '../ops/durable-file.ts';
import { recordAudit } from '../store/audit-log.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { settleFolderDisclosure, takeDisclosuresBack } from '../store/disclosures.ts';
import { readDocument } from '../store/documents.ts';
import {
  dropsOfSameName,
  haveFolderAlone,
  lockDrop,
  markDrop,
  type PacketDrop,
  packetsBeingDropped,
  planDrop,
  shareFolder,
  unsettledDrops,
} from '../store/packet-drops.ts';
import { recallPacketRow } from '../store/packets.ts';
import { readReferral } from '../store/referrals.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import type { Moment } from './procedure.ts';

/** The packet comes last: whoever sees it finds its manifest. */
const ENDINGS = ['manifest.json', 'pdf'] as const;

/**
 * Writes the files of a packet into the officer’s folder under names that nobody reads, and notes that they are on their
 * way there. They get their names once that is on record.
 */
export async function prepareDrop(
  tx: Tx,
  drop: { readonly packetId: string; readonly folder: string; readonly fileName: string },
  files: Readonly<Record<(typeof ENDINGS)[number], Buffer>>,
  moment: Moment,
): Promise<void> {
  await shareFolder(tx);
  await mkdir(drop.folder, { recursive: true, mode: 0o700 });
  for (const ending of ENDINGS) await writeToDisk(draftPath(drop.folder, drop, ending), files[ending]);
  await planDrop(tx, { ...drop, now: moment.now });
}

/**
 * Brings the officer’s folder to what is on record: what is on its way there gets its name, and what was stopped or
 * withdrawn is taken away. A file that is not there any more was taken by somebody, and the administrator hears so.
 */
export async function keepDropFolder(db: Db, configured: string | null, moment: Moment): Promise<void> {
  for (const packetId of await unsettledDrops(db))
    await inTransaction(db, (tx) => settle(tx, packetId, configured, moment));
  if (configured !== null) await sweepDrafts(db, configured);
}

async function settle(tx: Tx, packetId: string, configured: string | null, moment: Moment): Promise<void> {
  const drop = await lockDrop(tx, packetId);
  const folder = drop?.folder ?? configured;
  if (drop === null || folder === null) return;
  if (drop.stopped) await takeAway(tx, drop, folder, moment);
  else if (drop.state === 'dropping' && !drop.waits) await finish(tx, drop, folder, configured, moment);
}

async function finish(
  tx: Tx,
  drop: PacketDrop,
  folder: string,
  configured: string | null,
  moment: Moment,
): Promise<void> {
  for (const other of await dropsOfSameName(tx, drop)) await settle(tx, other, configured, moment);
  // One that could not be taken away would be overwritten, and what became of it forgotten.
  if ((await dropsOfSameName(tx, drop)).length > 0) return;
  const asked = `packet-not-dropped:${drop.packetId}`;
  const contents = { pdf: drop.documentId, 'manifest.json': drop.manifestDocumentId };
  for (const ending of ENDINGS) {
    const bytes = async () => (await readDocument(tx, contents[ending])).bytes;
    const named = await giveName(draftPath(folder, drop, ending), pathOf(folder, drop, ending), bytes);
    if (!named) return askItContact(tx, { key: asked, kind: 'packet-not-dropped' }, drop, moment);
  }
  await closeTasks(tx, { keys: [asked] }, { reason: 'packet-dropped', on: moment.today, now: moment.now });
  await markDrop(tx, drop.packetId, 'dropped', moment.now);
  await becameKnown(tx, drop, moment);
}

/** @returns false where the folder does not take it */
async function giveName(draft: string, path: string, bytes: () => Promise<Buffer>): Promise<boolean> {
  const isDrafted = await isFile(draft);
  if (!isDrafted && (await isFile(path))) return true;
  try {
    if (!isDrafted) {
      const content = await bytes();
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeToDisk(draft, content);
    }
    await renameForGood(draft, path);
    return true;
  } catch {
    return false;
  }
}

/** Whatever lies in the folder under its name can be read there. */
async function becameKnown(tx: Tx, drop: PacketDrop, moment: Moment): Promise<void> {
  const made = { on: moment.today, now: moment.now };
  const referral = await readReferral(tx, { id: drop.referralId });
  for (const { what, by } of await settleFolderDisclosure(tx, drop.packetId, 'made', made))
    await recordAudit(tx, {
      at: moment.now,
      actor: byItself(by),
      from: null,
      action: 'packet-disclosed',
      studentId: referral?.studentId ?? null,
      subject: drop.ref,
      detail: { what, how: 'folder' },
    });
}

async function takeAway(tx: Tx, drop: PacketDrop, folder: string, moment: Moment): Promise<void> {
  const asked = { key: `remove-packet:${drop.packetId}`, kind: 'remove-packet' };
  if (!(await isFolder(folder))) return askItContact(tx, asked, drop, moment);
  const lay = await isFile(pathOf(folder, drop, 'pdf'));
  const waited = await isFile(draftPath(folder, drop, 'pdf'));
  try {
    for (const ending of ENDINGS) {
      await rm(draftPath(folder, drop, ending), { force: true });
      await rm(pathOf(folder, drop, ending), { force: true });
    }
  } catch {
    // The folder is somebody else’s, too, and may not let us: then a person has to.
    return askItContact(tx, asked, drop, moment);
  }
  const { packetId } = drop;
  const { now, today: on } = moment;
  await closeTasks(
    tx,
    { keys: [asked.key, `packet-not-dropped:${packetId}`] },
    { reason: 'packet-removed', on, now },
  );
  if (lay || waited) {
    await markDrop(tx, packetId, 'removed', now);
    if (!lay) await settleFolderDisclosure(tx, packetId, 'not-made', { on, now });
    else if (!drop.told) await takeDisclosuresBack(tx, packetId);
  } else {
    await markDrop(tx, packetId, 'taken', now);
    await becameKnown(tx, drop, moment);
    await tellOfTaken(tx, drop, moment);
  }
  if (!drop.told) await recallUntold(tx, drop);
}

/** A referral that was stopped has no packet; one of a case that goes on is recalled with its mail. */
async function recallUntold(tx: Tx, { packetId, referralId }: PacketDrop): Promise<void> {
  const referral = await readReferral(tx, { id: referralId });
  if (referral?.state === 'withdrawn' || referral?.state === 'gathering') await recallPacketRow(tx, packetId);
}

async function askItContact(
  tx: Tx,
  task: { readonly key: string; readonly kind: string },
  drop: PacketDrop,
  moment: Moment,
): Promise<void> {
  await openTask(
    tx,
    {
      ...task,
      role: 'it-contact',
      openedOn: moment.today,
      dueOn: moment.today,
      detail: `${drop.fileName}.pdf`,
    },
    moment.now,
  );
}

async function tellOfTaken(tx: Tx, drop: PacketDrop, moment: Moment): Promise<void> {
  const referral = await readReferral(tx, { id: drop.referralId });
  if (referral === null) return;
  await openTask(
    tx,
    {
      key: `packet-taken:${drop.packetId}`,
      kind: 'packet-taken',
      role: 'administrator',
      openedOn: moment.today,
      dueOn: moment.today,
      studentId: referral.studentId,
      schoolId: referral.schoolId,
      schoolYear: referral.schoolYear,
      step: referral.step,
      referralId: referral.id,
      detail: `case ${drop.ref}, file ${drop.fileName}.pdf`,
    },
    moment.now,
  );
}

/** Drafts of which nothing is on record: what had begun to put them there was undone. */
async function sweepDrafts(db: Db, folder: string): Promise<void> {
  const drafts = (await readdir(folder).catch(() => [])).filter((name) => DRAFT.test(name));
  if (drafts.length === 0) return;
  await inTransaction(db, async (tx) => {
    if (!(await haveFolderAlone(tx))) return;
    const underWay = await packetsBeingDropped(tx);
    for (const name of drafts)
      if (!underWay.some((packetId) => name.includes(packetId)))
        await rm(join(folder, name), { force: true }).catch(() => undefined);
  });
}

const DRAFT = /^\.attendance-file-R-.*\.part$/;

type Named = Pick<PacketDrop, 'packetId' | 'fileName'>;

function pathOf(folder: string, { fileName }: Named, ending: string): string {
  return join(folder, `${fileName}.${ending}`);
}

function draftPath(folder: string, { fileName, packetId }: Named, ending: string): string {
  return join(folder, `.${fileName}.${packetId}.${ending}.part`);
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
