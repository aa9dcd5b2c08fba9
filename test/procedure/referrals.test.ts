import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { composeCorrection } from '../../src/procedure/compose-correction.ts';
import { readDocument } from '../../src/store/documents.ts';
import { releaseReferral } from '../../src/store/referrals.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aDeletedAbsence, MANY } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(MANY);
});
afterEach(() => office.close());

async function referrals() {
  return office.db
    .selectFrom('referral')
    .select([
      'id',
      'ref',
      'state',
      'gaps',
      'delivered_on',
      'superseded',
      'packet_document_id',
      'packet_sha256',
    ])
    .orderBy('changed_at')
    .execute();
}

const packets = () =>
  office.sink.delivered.filter((mail) => /^X-Rollcall-Kind: packet\r?$/m.test(String(mail.raw)));

/** The medical letter leaves on the 21st; five school days later, on the 29th, the referral is opened. */
async function opened(): Promise<void> {
  await office.days('2026-09-21', '2026-09-29');
  expect(await office.steps()).toMatchObject({ 'medical-letter': 'taken', referral: 'owed' });
}

test('no referral before a letter has been out for five school days', async () => {
  await office.days('2026-09-21', '2026-09-28');
  expect(await office.steps()).toMatchObject({ 'medical-letter': 'taken', referral: 'owed' });
  expect(await referrals()).toEqual([]);
  await office.day('2026-09-29');
  expect(await referrals()).toHaveLength(1);
});

test('gaps make one task that names them; with a contact on record the packet leaves and takes the step', async () => {
  await opened();
  expect(await referrals()).toMatchObject([{ state: 'gathering', gaps: ['no-contact-attempted'] }]);
  await office.days('2026-09-30', '2026-10-02');
  const gapTasks = await office.db
    .selectFrom('task')
    .select(['state', 'role', 'detail'])
    .where('kind', '=', 'fix-referral-gaps')
    .execute();
  expect(gapTasks).toEqual([{ state: 'open', role: 'administrator', detail: 'no-contact-attempted' }]);
  expect(packets()).toHaveLength(0);

  await office.answer('contact-family', 'left-message');
  await office.day('2026-10-05');
  const [referral] = await referrals();
  expect(referral).toMatchObject({ state: 'delivered', gaps: [], delivered_on: '2026-10-05' });
  expect(await office.steps()).toMatchObject({ referral: 'taken' });
  expect(await office.openTasks()).not.toContain('fix-referral-gaps');
  expect(packets().map((mail) => mail.to)).toEqual([[office.config.truancyOfficer.email]]);
  const packet = await readDocument(office.db, referral?.packet_document_id ?? '');
  expect(packet.sha256).toBe(referral?.packet_sha256);
  expect(packet.bytes.subarray(0, 5).toString()).toBe('%PDF-');

  await office.days('2026-10-06', '2026-10-09');
  expect(packets()).toHaveLength(1);
});

test('nobody is asked for what the file has, while its packet waits for the mail server', async () => {
  await opened();
  expect(await office.openTasks()).toContain('fix-referral-gaps');
  await office.answer('contact-family', 'left-message');
  office.sink.fault = () => ({ at: 'mail', does: 'drop' });
  await office.day('2026-09-30');
  expect(await referrals()).toMatchObject([{ state: 'delivering', gaps: [] }]);
  expect(await office.openTasks()).not.toContain('fix-referral-gaps');
  office.sink.fault = null;
  await office.day('2026-10-01');
  expect(await referrals()).toMatchObject([{ state: 'delivered', delivered_on: '2026-10-01' }]);
});

test('a named person sends it in spite of gaps', async () => {
  await opened();
  const [referral] = await referrals();
  const release = {
    ref: referral?.ref ?? '',
    by: 'Principal',
    because: 'family moved',
    now: office.moment().now,
  };
  expect(await releaseReferral(office.db, release)).toBe(true);
  await office.day('2026-09-30');
  expect(await referrals()).toMatchObject([{ state: 'delivered' }]);
  expect(packets()).toHaveLength(1);
});

test('an open hold makes the referral wait, and the hold is named as a gap', async () => {
  await opened();
  await office.answer('contact-family', 'reached');
  await office.hold({ scope: 'letters', begins: '2026-09-29', ends: '2026-10-01' });
  await office.days('2026-09-30', '2026-10-01');
  expect(await referrals()).toMatchObject([{ state: 'gathering', gaps: ['open-hold'] }]);
  await office.day('2026-10-02');
  expect(await referrals()).toMatchObject([{ state: 'delivered' }]);
});

test('nothing leaves on a day on which the counts were not read', async () => {
  await opened();
  await office.answer('contact-family', 'reached');
  office.at('2026-09-30');
  await office.work();
  expect(await referrals()).toMatchObject([{ state: 'gathering', gaps: ['counts-not-read-today'] }]);
  expect(packets()).toHaveLength(0);
  await office.day('2026-09-30');
  expect(await referrals()).toMatchObject([{ state: 'delivered' }]);
});

test('packets keep to the sending window', async () => {
  await opened();
  await office.answer('contact-family', 'reached');
  await office.day('2026-10-03');
  expect(packets()).toHaveLength(0);
  await office.day('2026-10-05', '17:00');
  expect(packets()).toHaveLength(0);
  await office.day('2026-10-06');
  expect(packets()).toHaveLength(1);
});

test('a count that falls before the packet left withdraws the referral and closes its tasks', async () => {
  await opened();
  office.absent(MANY.slice(0, 10));
  for (const date of MANY.slice(10)) {
    office.sis.absences.push(aDeletedAbsence('ada', date));
  }
  await office.day('2026-09-30');
  expect(await referrals()).toMatchObject([{ state: 'withdrawn' }]);
  expect(await office.steps()).toMatchObject({ 'medical-letter': 'taken', referral: 'withdrawn' });
  expect(await office.openTasks()).not.toContain('fix-referral-gaps');
  await office.answer('contact-family', 'reached');
  await office.day('2026-10-01');
  expect(packets()).toHaveLength(0);

  // Rising again opens a new case.
  office.absent(MANY);
  await office.day('2026-10-02');
  expect((await referrals()).map((referral) => referral.state).sort()).toEqual(['delivered', 'withdrawn']);
  expect(packets()).toHaveLength(1);
});

test('a count that falls after the packet left supersedes the referral', async () => {
  await opened();
  await office.answer('contact-family', 'reached');
  await office.day('2026-09-30');
  office.absent(MANY.slice(0, 9));
  for (const date of MANY.slice(9)) {
    office.sis.absences.push(aDeletedAbsence('ada', date));
  }
  await office.day('2026-10-01');
  expect(await referrals()).toMatchObject([{ state: 'delivered', superseded: true }]);
  expect(await office.steps()).toMatchObject({
    'medical-letter': 'taken, superseded',
    referral: 'taken, superseded',
  });
});

test('a referral whose only letter is superseded is not ready', async () => {
  await office.day('2026-09-21');
  const kept = MANY.slice(0, 9);
  office.absent(kept);
  for (const date of MANY.slice(9)) {
    office.sis.absences.push(aDeletedAbsence('ada', date));
  }
  await office.answer('contact-family', 'reached');
  for (let date = schoolDate('2026-09-22'); date <= '2026-10-02'; date = addDays(date, 1))
    await office.day(date);
  expect(await office.steps()).toMatchObject({ 'medical-letter': 'taken, superseded' });
  expect(await referrals()).toEqual([]);
  expect(packets()).toHaveLength(0);
});

describe('a packet that waits for the mail server', () => {
  /** Built on the 30th, and not yet handed over. */
  async function waiting(): Promise<void> {
    await opened();
    await office.answer('contact-family', 'reached');
    office.at('2026-09-30', '08:00');
    await office.sync();
    await office.workOnce('evaluate-students');
    await office.workOnce('deliver-referral');
    expect(await referrals()).toMatchObject([{ state: 'delivering' }]);
    office.at('2026-09-30');
  }

  test('is stopped by a hold, and leaves when the hold is over, built afresh', async () => {
    await waiting();
    const [before] = await referrals();
    await office.hold({ scope: 'everything', begins: '2026-09-30', ends: '2026-10-01' });
    await office.work();
    expect(packets()).toHaveLength(0);
    expect(await referrals()).toMatchObject([{ state: 'gathering', packet_sha256: null }]);
    await office.day('2026-10-01');
    expect(packets()).toHaveLength(0);
    await office.day('2026-10-02');
    expect(packets()).toHaveLength(1);
    const [after] = await referrals();
    expect(after).toMatchObject({ ref: before?.ref, state: 'delivered' });
    expect(after?.packet_sha256).not.toBe(before?.packet_sha256);
  });

  test('is stopped by a gap of the checklist, which the administrator is told of', async () => {
    await waiting();
    await office.hold({ scope: 'letters', begins: '2026-09-30', ends: null });
    await office.work();
    expect(packets()).toHaveLength(0);
    expect(await referrals()).toMatchObject([{ state: 'gathering', gaps: ['open-hold'] }]);
    expect(await office.openTasks()).toContain('fix-referral-gaps');
  });

  test('is built afresh with the counts of the day on which it leaves', async () => {
    await waiting();
    const [before] = await referrals();
    office.absent([...MANY, '2026-09-30']);
    await office.day('2026-10-01');
    const [after] = await referrals();
    expect(packets()).toHaveLength(1);
    expect(after).toMatchObject({ state: 'delivered' });
    expect(after?.packet_sha256).not.toBe(before?.packet_sha256);
    const mails = await office.db
      .selectFrom('staff_mail')
      .select(['state', 'reason'])
      .where('kind', '=', 'packet')
      .orderBy('composed_at')
      .execute();
    expect(mails).toMatchObject([{ state: 'cancelled' }, { state: 'sent' }]);
  });

  test('leaves as it is when nothing has changed', async () => {
    await waiting();
    const [before] = await referrals();
    await office.work();
    expect(packets()).toHaveLength(1);
    expect(await referrals()).toMatchObject([{ state: 'delivered', packet_sha256: before?.packet_sha256 }]);
  });
});

test('a correction that is too large for a mail is a task, and is not made again before something changes', async () => {
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  await office.days('2026-09-28', '2026-09-29');
  office.absent(MANY.slice(0, 9));
  for (const date of MANY.slice(9)) office.sis.absences.push(aDeletedAbsence('ada', date));
  office.at('2026-09-30');
  await office.sync();
  await office.decide();
  const [referral] = await referrals();
  expect(referral).toMatchObject({ state: 'delivered', superseded: true });
  const read: string[] = [];
  const db = office.db.withPlugin({
    transformQuery({ node }) {
      if (/from document d/.test(JSON.stringify(node))) read.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const correct = async (megabytes: number) => {
    read.length = 0;
    const truancyOfficer = { ...office.config.truancyOfficer, largestAttachmentMegabytes: megabytes };
    const letterbox = { ...office.letterbox, db, config: { ...office.config, truancyOfficer } };
    await composeCorrection(letterbox, await office.jobs.procedure(), referral?.id ?? '', office.moment());
    const sent = await office.db.selectFrom('packet').select('number').orderBy('number').execute();
    return { made: read.length > 0, packets: sent.map(({ number }) => number) };
  };
  expect(await correct(0.001)).toEqual({ made: true, packets: [1] });
  expect(await office.openTasks()).toContain('packet-too-large');
  expect(await correct(0.001)).toEqual({ made: false, packets: [1] });
  expect(await correct(15)).toEqual({ made: true, packets: [1, 2] });
  expect(await office.openTasks()).not.toContain('packet-too-large');
});
