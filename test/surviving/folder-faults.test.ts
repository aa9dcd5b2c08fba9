import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { examineUpload } from '../../src/documents/uploads/examine.ts';
import { openOutboxTransport } from '../../src/mail/outbox-transport.ts';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { keepDropFolder, prepareDrop } from '../../src/procedure/drop-folder.ts';
import { keepSendEpoch } from '../../src/procedure/keep-send-epoch.ts';
import { aMail } from '../mail/mails.ts';
import { type Office, openOffice } from '../support/office.ts';
import { mayMountDisks, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

const FULL = expect.objectContaining({ code: 'ENOSPC' });

(mayMountDisks() ? describe : describe.skip)('a full disk', () => {
  let disk: SmallDisk;
  let office: Office;
  beforeAll(async () => {
    disk = await mountSmallDisk(8);
    office = await openOffice();
    office.absent(['2026-09-08', '2026-09-09', '2026-09-10', '2026-09-11']);
    await office.day('2026-09-22');
  });
  afterEach(() => disk.makeRoom().catch(() => undefined));
  afterAll(async () => {
    await office.close();
    await disk.remove();
  });
  const folderOf = async (name: string) => {
    const folder = join(disk.folder, name);
    await mkdir(folder, { recursive: true });
    return folder;
  };

  test('G2, G3: where mails are files: nothing is there by half, and it is tried again', async () => {
    const folder = await folderOf('outbox');
    const outbox = openOutboxTransport(folder);
    await disk.fill();
    const marked = () => Promise.resolve();
    expect(await outbox.submit(await aMail(), marked)).toEqual({
      kind: 'try-later',
      reason: 'outbox-enospc',
      reply: null,
    });
    expect(await readdir(folder)).toEqual([]);
    await disk.makeRoom();
    expect((await outbox.submit(await aMail(), marked)).kind).toBe('sent');
  });

  test('G1: where it is kept what has left: nothing leaves, and nothing piles up', async () => {
    const folder = await folderOf('data');
    const minutes = [1, 2, 3, 4, 5, 6, 7, 8].values();
    // It is looked at once a minute.
    const epoch = keepSendEpoch(office.db, folder, () => new Date(60_000 * (minutes.next().value ?? 9)));
    const smtp = openSmtpTransport({ url: office.sink.url });
    const send = async () => smtp.submit(await aMail(), epoch.beforeSending);
    expect((await send()).kind).toBe('sent');
    const known = await readFile(join(folder, 'send-epoch'), 'utf8');
    const arrived = office.sink.delivered.length;
    await disk.fill();
    for (let mails = 0; mails < 3; mails += 1)
      expect(await send()).toEqual({ kind: 'not-started', reason: 'mark-failed', reply: null });
    expect(office.sink.delivered).toHaveLength(arrived);
    expect(await readdir(folder)).toEqual(['send-epoch']);
    expect(await readFile(join(folder, 'send-epoch'), 'utf8')).toBe(known);
    await disk.makeRoom();
    expect((await send()).kind).toBe('sent');
    await smtp.close();
  });

  test('where backups lie: the command says so, and those that are there stay as they are', async () => {
    const folder = await folderOf('backups');
    const backup = () => office.rollcall('backup', '--out', folder);
    expect((await backup()).code).toBe(0);
    const before = await readdir(folder);
    for (const leave of [0, 4 * 1024]) {
      await disk.fill(leave);
      const refused = await backup();
      expect(refused.code).toBeGreaterThan(0);
      expect(refused.err).toContain(`The disk of ${folder} is full: no backup was made.`);
      expect(await readdir(folder)).toEqual(before);
      await disk.makeRoom();
    }
  });

  test('where the officer’s packets lie: none is there by half', async () => {
    const folder = await folderOf('officer');
    await disk.fill(8 * 1024);
    const drop = {
      packetId: '00000000-0000-4000-8000-000000000001',
      folder,
      fileName: 'attendance-file-R-1',
    };
    const files = { 'manifest.json': Buffer.from('{}'), pdf: Buffer.alloc(100_000, '%PDF-1.7 ') };
    await expect(
      office.db.transaction().execute((tx) => prepareDrop(tx, drop, files, office.moment())),
    ).rejects.toEqual(FULL);
    await disk.makeRoom();
    await keepDropFolder(office.db, folder, office.moment());
    expect(await readdir(folder)).toEqual([]);
  });

  test('where uploads are looked at: nothing stays of one that did not fit', async () => {
    const folder = await folderOf('uploads');
    await disk.fill(8 * 1024);
    const rules = { maxMegabytes: 1, maxPages: 10, folder, clamav: null };
    const upload = Readable.from([Buffer.alloc(200_000, '%PDF-1.7 ')]);
    await expect(examineUpload(upload, rules, new Date())).rejects.toEqual(FULL);
    expect(await readdir(folder)).toEqual([]);
  });
});
