import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addHold } from '../../src/procedure/holds.ts';
import { removeDocument } from '../../src/procedure/keep-documents-right.ts';
import { BY_CLERK, fileAPage, MISSING_HOLD } from '../support/asked.ts';
import { type Office, openOffice } from '../support/office.ts';
import { MANY } from '../support/sis-records.ts';

let office: Office;
let document: string;
beforeEach(async () => {
  office = await openOffice({
    district: (text) => text.replace('delivery: mail', 'delivery: folder\n  folder: ../packets'),
  });
  office.absent(MANY);
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  document = await fileAPage(office);
  await office.days('2026-09-23', '2026-09-28');
  office.at('2026-09-29');
  await office.sync();
  await office.decide();
});
afterEach(() => office.close());

const path = () => office.config.truancyOfficer.folder ?? '';
const folder = async () => (await readdir(path())).sort();
const disclosures = async () =>
  (await office.db.selectFrom('disclosure').select('state').orderBy('id').execute()).map(
    ({ state }) => state,
  );
const referrals = () => office.db.selectFrom('referral').select(['ref', 'state']).execute();

describe('the folder of the officer', () => {
  test('keeps a packet that is on its way, and one that has left; who took it before it was withdrawn has to be called', async () => {
    await office.workOnce('deliver-referral');
    const [referral] = await referrals();
    const file = ['manifest.json', 'pdf'].map((ending) => `attendance-file-${referral?.ref}.${ending}`);
    expect(referral?.state).toBe('delivering');
    expect(await folder()).toEqual(file);
    const disclosed = await office.db
      .selectFrom('audit_event')
      .select('subject')
      .where('action', '=', 'packet-disclosed')
      .execute();
    expect(disclosed).toEqual([{ subject: referral?.ref }]);
    await office.work();
    expect((await referrals())[0]?.state).toBe('delivered');
    expect(await folder()).toEqual(file);
    for (const name of file) await rm(join(path(), name));
    await removed();
    expect(await office.openTasks()).toContain('packet-taken');
    expect((await disclosures())[0]).toBe('made');
  });

  test('loses a packet that was stopped before its notice had left', async () => {
    await office.workOnce('deliver-referral');
    expect(await folder()).toHaveLength(2);
    await missing();
    expect((await referrals())[0]?.state).toBe('withdrawn');
    await office.work();
    expect(await folder()).toEqual([]);
    expect(await disclosures()).toEqual(['taken-back']);
  });

  test('gets a packet whose process ended before its file had its name, once it takes it, and its notice waits', async () => {
    await endBeforeTheName();
    expect(await folder()).toEqual([
      expect.stringMatching(/^\.attendance-file-.*\.part$/),
      expect.stringMatching(/^\.attendance-file-.*\.part$/),
    ]);
    expect(await disclosures()).toEqual(['planned']);
    const [draft = ''] = (await folder()).filter((name) => name.endsWith('.pdf.part'));
    const inTheWay = join(path(), draft.replace(/^\.(attendance-file-R-.{9})\..*/, '$1.pdf'));
    await mkdir(inTheWay);
    await office.work();
    expect((await referrals())[0]?.state).toBe('delivering');
    expect(await office.openTasks()).toContain('packet-not-dropped');
    await rm(inTheWay, { recursive: true });
    office.at('2026-09-29', '12:30');
    await office.work();
    expect((await referrals())[0]?.state).toBe('delivered');
    expect((await folder()).map((name) => name.startsWith('.'))).toEqual([false, false]);
    expect(await disclosures()).toEqual(['made']);
    expect(await office.openTasks()).not.toContain('packet-not-dropped');
  });

  test('never gets one that was stopped before its file had its name', async () => {
    await endBeforeTheName();
    await missing();
    await office.work();
    expect(await folder()).toEqual([]);
    expect(await disclosures()).toEqual(['not-made']);
  });

  test('loses a packet with a document that did not belong there', async () => {
    await office.work();
    expect(await folder()).toHaveLength(2);
    await removed();
    expect(await folder()).toEqual([
      expect.stringContaining('-correction-2'),
      expect.stringContaining('-correction-2'),
    ]);
    expect(await office.openTasks()).not.toContain('packet-taken');
  });
});

/** The process ends between what is on record and the name of the file. */
async function endBeforeTheName(): Promise<void> {
  const jobs = office.jobs as { correspondence: typeof office.jobs.correspondence };
  const whole = jobs.correspondence;
  const ended = new Error('ended');
  const afterDispatch = async () => {
    throw ended;
  };
  jobs.correspondence = { ...whole, packets: { ...whole.packets, afterDispatch } };
  await expect(office.workOnce('deliver-referral')).rejects.toBe(ended);
  jobs.correspondence = whole;
}

/** A document of the packet is taken out of the file. */
async function removed(): Promise<void> {
  const removal = { ref: document, because: 'It is about another child.', by: BY_CLERK };
  expect(await removeDocument(office.db, removal, office.moment())).toEqual({ kind: 'changed' });
  await office.work();
}

async function missing(): Promise<void> {
  const desk = { db: office.db, procedure: await office.jobs.procedure(), people: [] };
  expect((await addHold(desk, MISSING_HOLD, office.moment())).kind).toBe('added');
}
