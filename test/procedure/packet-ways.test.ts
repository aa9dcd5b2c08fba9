import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PDFDocument } from '@cantoo/pdf-lib';
import { afterEach, expect, test } from '@jest/globals';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import PostalMime from 'postal-mime';
import sharp from 'sharp';
import { saveDocument } from '../../src/store/documents.ts';
import { insertUpload, newUploadReference } from '../../src/store/uploads.ts';
import { type Office, type OfficeChanges, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { MANY } from '../support/sis-records.ts';

const PASSWORD = 'a long password agreed with the officer';

let office: Office;
afterEach(() => office.close());

/** On the 28th everything is there but the days since the letter. */
async function nearlyReferred(changes: OfficeChanges): Promise<void> {
  office = await openOffice(changes);
  office.absent(MANY);
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  await office.days('2026-09-23', '2026-09-28');
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const referral = () => office.db.selectFrom('referral').selectAll().executeTakeFirstOrThrow();

async function packetMail() {
  const sent = office.sink.delivered.filter(({ raw }) => /^X-Rollcall-Kind: packet\r$/m.test(raw.toString()));
  expect(sent).toHaveLength(1);
  return PostalMime.parse(sent[0]?.raw ?? Buffer.of());
}

async function unzipped(zip: Uint8Array, password: string): Promise<Map<string, Uint8Array>> {
  const reader = new ZipReader(new Uint8ArrayReader(zip), { password });
  const files = new Map<string, Uint8Array>();
  for (const entry of await reader.getEntries())
    if (!entry.directory) files.set(entry.filename, await entry.getData(new Uint8ArrayWriter()));
  return files;
}

test('an attached packet opens with the agreed password only, and is what was kept; `packet` shows it before, marked', async () => {
  await nearlyReferred({
    env: { ROLLCALL_PACKET_PASSWORD: PASSWORD },
    district: (text) => text.replace('attachment: unencrypted', 'attachment: encrypted'),
  });
  const out = join(office.config.dataDir, 'look.pdf');
  const looked = await office.rollcall(
    'packet',
    'ada',
    '--out',
    out,
    '--by',
    'Pat',
    '--why',
    'to see',
    '--as-of',
    '2026-09-28',
  );
  expect([looked.code, looked.err]).toEqual([0, '']);
  expect(looked.out).toContain(`SHA-256 ${sha256(await readFile(out))}`);
  expect((await readPdf(await readFile(out))).text).toMatch(/not (been )?sent/i);
  await office.day('2026-09-29');
  const { ref, state, packet_sha256: kept } = await referral();
  expect(state).toBe('delivered');
  const { attachments, text } = await packetMail();
  expect(attachments.map(({ filename }) => filename)).toEqual([`attendance-file-${ref}.zip`]);
  expect(text).toMatch(/It\s+opens\s+with\s+the\s+agreed\s+password\./);
  expect(text).not.toContain(PASSWORD);
  const zip = new Uint8Array(attachments[0]?.content as ArrayBuffer);
  const files = await unzipped(zip, PASSWORD);
  expect([...files.keys()].sort()).toEqual([
    `attendance-file-${ref}.manifest.json`,
    `attendance-file-${ref}.pdf`,
  ]);
  expect(sha256(files.get(`attendance-file-${ref}.pdf`) ?? Buffer.of())).toBe(kept);
  await expect(unzipped(zip, 'another password')).rejects.toThrow();
});

test('a packet that is too large to be mailed waits, and the IT contact is told; with a smaller one it leaves', async () => {
  await nearlyReferred({
    district: (text) =>
      text.replace('attachment: unencrypted', 'attachment: unencrypted\n  largestAttachmentMegabytes: 1'),
  });
  const bytes = await largePdf();
  const student = { studentId: await office.studentId(), schoolYear: '2027' };
  const { today, now } = office.moment();
  const stored = await saveDocument(office.db, {
    mediaType: 'application/pdf',
    kind: 'upload',
    bytes,
    students: [student.studentId],
    now,
  });
  const ref = newUploadReference();
  await insertUpload(office.db, {
    ...student,
    ref,
    documentId: stored.id,
    kind: 'other',
    onDate: today,
    fileName: 'scan.pdf',
    note: null,
    pages: 1,
    bytes: bytes.length,
    receivedSha256: stored.sha256,
    addedOn: today,
    addedAt: now,
    addedBy: 'Ana',
  });
  await office.day('2026-09-29');
  expect((await referral()).state).not.toBe('delivered');
  expect(await office.openTasks()).toContain('packet-too-large');
  await office.db
    .updateTable('upload')
    .set({ removed_on: today, removed_by: 'Ana', removed_because: 'wrong' })
    .where('ref', '=', ref)
    .execute();
  await office.day('2026-09-30');
  expect((await referral()).state).toBe('delivered');
  expect(await office.openTasks()).not.toContain('packet-too-large');
});

test('a copy lies in the folder beside the original, marked, under the same case', async () => {
  await nearlyReferred({
    district: (text) => text.replace('delivery: mail', 'delivery: folder\n  folder: ../packets'),
  });
  await office.day('2026-09-29');
  const { ref } = await referral();
  const copied = await office.rollcall(
    'referrals',
    'copy',
    ref,
    '--by',
    'Pat',
    '--why',
    'the first was lost',
    '--as-of',
    '2026-09-30',
  );
  expect([copied.code, copied.err]).toEqual([0, '']);
  const folder = office.config.truancyOfficer.folder ?? '';
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pdf')).sort();
  expect(names).toHaveLength(2);
  const [first, copy] = await Promise.all(
    names.map(async (name) => (await readPdf(await readFile(join(folder, name)))).text),
  );
  const marked = [first, copy].filter((text) => text?.includes(`Copy 2 of case ${ref}`));
  expect(marked).toHaveLength(1);
});

/** One page of noise, which nothing makes smaller. */
async function largePdf(): Promise<Buffer> {
  const raw = Buffer.alloc(1_600 * 1_200 * 3);
  let seed = 7;
  for (let index = 0; index < raw.length; index += 1) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    raw[index] = seed >> 16;
  }
  const photo = await sharp(raw, { raw: { width: 1_600, height: 1_200, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const pdf = await PDFDocument.create();
  const image = await pdf.embedJpg(photo);
  pdf.addPage([612, 792]).drawImage(image, { x: 0, y: 0, width: 600, height: 450 });
  return Buffer.from(await pdf.save());
}
