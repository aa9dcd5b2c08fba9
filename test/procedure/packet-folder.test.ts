import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addHold } from '../../src/procedure/holds.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

/** Far beyond the eleven of the referral. */
const MANY = weekdaysFrom('2026-08-27', 17).filter((date) => date !== '2026-09-07');

let office: Office;
beforeEach(async () => {
  office = await openOffice({
    district: (text) => text.replace('delivery: mail', 'delivery: folder\n  folder: ../packets'),
  });
  office.absent(MANY);
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  await office.days('2026-09-23', '2026-09-28');
  office.at('2026-09-29');
  await office.sync();
  await office.decide();
  await office.workOnce('deliver-referral');
});
afterEach(() => office.close());

const folder = () => readdir(office.config.truancyOfficer.folder ?? '');
const referrals = () => office.db.selectFrom('referral').select(['ref', 'state']).execute();

describe('the folder of the officer', () => {
  test('keeps a packet that is on its way, and one that has left', async () => {
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
  });

  test('loses a packet that was stopped before its notice had left', async () => {
    expect(await folder()).toHaveLength(2);
    const desk = { db: office.db, procedure: await office.jobs.procedure(), people: [] };
    const hold = {
      student: 'ada',
      kind: 'missing',
      scope: null,
      from: null,
      until: null,
      owner: 'administrator',
      reason: 'the police have told us',
      by: 'Dana Ruiz',
    };
    expect((await addHold(desk, hold, office.moment())).kind).toBe('added');
    expect((await referrals())[0]?.state).toBe('withdrawn');
    await office.work();
    expect(await folder()).toEqual([]);
  });
});
