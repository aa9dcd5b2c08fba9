import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import type { FaultName } from '../../src/demo/faults/catalogue.ts';
import { readDocument } from '../../src/store/documents.ts';
import { type ServedDistrict, serveDistrict } from '../support/served-district.ts';

let served: ServedDistrict;
afterEach(() => served.close());

/** One night: the SIS moves on by a day, the extracts are dropped, and everything is read. */
async function night(fault: FaultName | null = null): Promise<string> {
  const { faults } = served.sis;
  served.nextDay();
  if (fault !== null) faults.turnOn(fault);
  await served.dropExtracts();
  const { out } = await served.rollcall(`sync --full --as-of ${served.morning()}`);
  if (fault !== null) faults.turnOff(fault);
  return out;
}

/** The mails about the sync that staff have got so far, in order. */
async function told(): Promise<string[]> {
  const mails = await served.db
    .selectFrom('staff_mail')
    .select('message_document_id')
    .where('kind', '=', 'alert')
    .orderBy('composed_at')
    .execute();
  return Promise.all(
    mails.map(async ({ message_document_id: id }) => {
      const document = id === null ? null : await readDocument(served.db, id);
      const mail = await PostalMime.parse(document?.bytes ?? Buffer.alloc(0));
      return `${mail.subject} ${mail.text}`.replace(/\s+/g, ' ');
    }),
  );
}

describe('a run that was stopped', () => {
  beforeEach(async () => {
    served = await serveDistrict('oneroster-service');
    expect(await night()).toContain('was applied');
  });

  test('is told once, not every night', async () => {
    const out = await night('school-without-absences');
    const [mail = ''] = await told();
    expect(mail).toContain(/quarantined: (no absences at all of school \S+)/.exec(out)?.[1] ?? 'a reason');
    expect(mail).toMatch(/rollcall runs release [0-9a-f]{8} --by NAME --why/);
    await night('school-without-absences');
    await night('school-without-absences');
    expect(await told()).toHaveLength(1);
  });

  test('is told again when its cause changes, and not when the first one comes back', async () => {
    await night('school-without-absences');
    await night('attendance-forbidden');
    const mails = await told();
    expect(mails).toHaveLength(2);
    expect(mails[1]).toContain('offers no attendance');
    await night('school-without-absences');
    await night('attendance-forbidden');
    expect(await told()).toHaveLength(2);
  });

  test('is over when a good run overtakes it: the same cause is news again', async () => {
    await night('school-without-absences');
    expect(await night()).toContain('was applied');
    await night('school-without-absences');
    expect(await told()).toHaveLength(2);
  });

  test('is over when a person releases it', async () => {
    const out = await night('growth');
    const run = /Run ([0-9a-f]{8}) was quarantined/.exec(out)?.[1] ?? '';
    await night('attendance-forbidden');
    expect(await told()).toHaveLength(2);
    const { code } = await served.rollcall(`runs release ${run} --by Sam --why right`);
    expect(code).toBe(0);
    await night('attendance-forbidden');
    expect(await told()).toHaveLength(3);
  });

  test('a dry run tells nobody', async () => {
    served.sis.faults.turnOn('attendance-forbidden');
    await served.rollcall(`sync --dry-run --as-of ${served.morning()}`);
    expect(await told()).toEqual([]);
  });
});

describe('extract files', () => {
  beforeEach(async () => {
    served = await serveDistrict('data-extract');
    expect(await night()).toContain('was applied');
  });

  test('one that is put aside is told once, with the reason, until a whole one comes', async () => {
    const out = await night('file-no-trailer');
    expect(out).toMatch(/^Put aside: attendance-\d{8}\.csv: nothing proves that it is complete/m);
    const [mail = ''] = await told();
    expect(mail).toContain('nothing proves that it is complete');
    expect(mail).toContain('“refused” of the drop folder');
    await night('file-no-trailer');
    expect(asideOf(await told())).toHaveLength(1);
    await night();
    await night('file-no-trailer');
    expect(asideOf(await told())).toHaveLength(2);
  });

  test('a dry run says what it would put aside, and leaves it there for the sync', async () => {
    served.nextDay();
    served.sis.faults.turnOn('file-no-trailer');
    await served.dropExtracts();
    const dry = await served.rollcall(`sync --dry-run --as-of ${served.morning()}`);
    expect(dry.out).toMatch(/^Would be put aside: attendance-\d{8}\.csv: nothing proves/m);
    expect(await told()).toEqual([]);
    const { out } = await served.rollcall(`sync --as-of ${served.morning()}`);
    expect(out).toMatch(/^Put aside: attendance-\d{8}\.csv: nothing proves/m);
    expect(asideOf(await told())).toHaveLength(1);
  });

  test('absences that grow too old are told once, on a school day', async () => {
    // Two days are older than the 36 hours of the configuration; of five, some are school days.
    for (let count = 0; count < 5; count += 1) {
      expect(await night('file-missing')).toContain('was applied');
    }
    const mails = await told();
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('older than the 36 hours of sis.freshHours');
  });
});

function asideOf(mails: readonly string[]): string[] {
  return mails.filter((mail) => mail.includes('put aside'));
}
