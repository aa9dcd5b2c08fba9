import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { claimLetter } from '../../src/procedure/claim.ts';
import { dueAt } from '../../src/procedure/procedure.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { readKillSwitch, resumeSending, stopSending } from '../../src/store/kill-switch.ts';
import { postponeLetter } from '../../src/store/letter-changes.ts';
import { listPrintRuns } from '../../src/store/print-run-list.ts';
import { markTransmitting } from '../../src/store/send-protocol.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { manyLetters } from '../support/many-letters.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 7));
});
afterEach(() => office.close());

const states = async () => (await office.letters()).map(({ channel, state }) => `${channel} ${state}`);
const stop = () =>
  stopSending(office.db, { by: 'Dana Ruiz', because: 'wrong counts', now: office.moment().now });
const resume = () => resumeSending(office.db, { by: 'Dana Ruiz', because: null, now: office.moment().now });

/** The letter is frozen and in line, and the window is open. */
async function inLine(): Promise<string> {
  await office.day('2026-09-21', '17:00');
  office.at('2026-09-22');
  return (await office.letters())[0]?.id ?? '';
}

const LIMITS = { perMinute: 50, perDay: 50 };

async function claim(letterId: string) {
  const { db, owner, window } = office.jobs;
  const wanted = { letterId, owner: owner(), window, limits: LIMITS };
  return claimLetter(db, await office.jobs.procedure(), wanted, office.moment());
}

/** How many mails of the limits are used up. */
async function taken(): Promise<number> {
  const minutes = await office.db.selectFrom('sending_minute').select('mails').execute();
  return minutes.reduce((sum, { mails }) => sum + mails, 0);
}

test('a letter that is not claimed in the end uses up nothing of the limits', async () => {
  const letterId = await inLine();
  const { now } = office.moment();
  await postponeLetter(office.db, letterId, new Date(now.getTime() + 60_000));
  expect(await claim(letterId)).toEqual({ kind: 'not-due' });
  expect(await taken()).toBe(0);
  await postponeLetter(office.db, letterId, now);
  expect(await claim(letterId)).toMatchObject({ kind: 'claimed' });
  expect(await taken()).toBe(1);
});

describe('G22: while sending is stopped', () => {
  test('a letter in line stays there, nobody is asked again and again, and it leaves once after the end', async () => {
    await inLine();
    expect(await stop()).toBe(true);
    expect(await stop()).toBe(false);
    expect(await office.workOnce('send-letter')).toEqual([]);
    expect(await states()).toEqual(['email queued']);
    expect(await resume()).toMatchObject({ by: 'Dana Ruiz', because: 'wrong counts' });
    expect(await resume()).toBeNull();
    await office.work();
    expect(await states()).toEqual(['email sent']);
    expect(office.sink.delivered.filter(({ to }) => to[0]?.startsWith('mum'))).toHaveLength(1);
  });

  test('a job that was under way when the stop came gets no claim', async () => {
    const letterId = await inLine();
    await stop();
    expect(await claim(letterId)).toEqual({ kind: 'not-due' });
    expect(await states()).toEqual(['email queued']);
  });

  test('5,000 letters stay in line, take nothing of the day, and are all due again after the end', async () => {
    await inLine();
    await manyLetters(office, { count: 5000, cleared: true });
    const due = async () =>
      (await findDueWork(office.db, dueAt(await office.jobs.procedure(), office.moment()))).lettersToSend;
    const before = await due();
    expect(before.length).toBeGreaterThanOrEqual(5000);
    await stop();
    expect(await due()).toEqual([]);
    const claims = await Promise.all(before.slice(0, 100).map(claim));
    expect(new Set(claims.map(({ kind }) => kind))).toEqual(new Set(['not-due']));
    expect(await taken()).toBe(0);
    await resume();
    expect(await due()).toEqual(before);
  });

  test('what was claimed before the stop does not begin to leave', async () => {
    const id = await inLine();
    const { db, owner } = office.jobs;
    expect(await claim(id)).toMatchObject({ kind: 'claimed' });
    await stop();
    const mark = markTransmitting(db, 'letter', { id, owner: owner(), now: office.moment().now });
    await expect(mark).rejects.toThrow('was lost');
  });

  test('a stop between the claim and the first byte costs the letter nothing', async () => {
    await inLine();
    const { submit } = office.jobs;
    Object.assign(office.jobs, {
      submit: async (...mail: Parameters<typeof submit>) => {
        await stop();
        return submit(...mail);
      },
    });
    await office.workOnce('send-letter');
    expect(office.sink.events).not.toContain('bytes');
    const row = await office.db
      .selectFrom('letter')
      .select(['state', 'attempts', 'reason'])
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ state: 'queued', attempts: 0, reason: 'mark-failed' });
  });

  test('nothing is printed, and mails to staff go on', async () => {
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true })];
    await inLine();
    await stop();
    await office.work();
    expect(await states()).toEqual(['paper queued']);
    expect(await office.digests()).toBeGreaterThan(0);
    await office.work();
    expect(office.sink.delivered.length).toBeGreaterThan(0);
    await resume();
    await office.work();
    expect(await states()).toEqual(['paper printed']);
  });

  test('a stop while a run is being made takes the run back', async () => {
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true })];
    await inLine();
    const { buildPrintRun } = office.jobs.correspondence;
    Object.assign(office.jobs.correspondence, {
      buildPrintRun: async (...run: Parameters<typeof buildPrintRun>) => {
        await stop();
        return buildPrintRun(...run);
      },
    });
    await office.workOnce('print-letters');
    expect(await states()).toEqual(['paper queued']);
    expect(await listPrintRuns(office.db)).toEqual([]);
  });

  test('what is printed is named, and not recorded as posted unless it was in the post before', async () => {
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true })];
    await inLine();
    await office.work();
    const [run] = await listPrintRuns(office.db);
    const ref = run?.ref ?? '';
    const stopped = await office.rollcall('letters', 'stop', '--by', 'Dana Ruiz', '--why', 'wrong counts');
    const named = `Printed, and not to be posted while sending is stopped: ${ref} (1 letter)`;
    expect(stopped.out).toContain(named);
    expect((await office.rollcall('status')).out).toContain(named);
    expect((await office.rollcall('prints', 'show', ref)).out).toContain(
      'nothing of it is to be posted before',
    );
    const confirm = [
      'prints',
      'confirm',
      ref,
      '--by',
      'Clerk',
      '--posted-on',
      '2026-09-22',
      '--as-of',
      '2026-09-22',
    ];
    const refused = await office.rollcall(...confirm);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('Sending is stopped') });
    expect(await office.answer('print-letters', 'posted')).toEqual({ kind: 'sending-stopped' });
    expect(await states()).toEqual(['paper printed']);
    expect(await office.rollcall(...confirm, '--already-posted')).toMatchObject({ code: 0 });
    expect(await states()).toEqual(['paper posted']);
  });

  test('the supervisor and the IT contact have a task until a person resumes it; digests and explain say so', async () => {
    await inLine();
    await stop();
    for (const date of ['2026-09-22', '2026-09-23']) {
      office.at(date);
      await office.digests();
      const told = (await listOpenTasks(office.db)).filter(({ kind }) => kind === 'kill-switch');
      expect(told.map(({ role }) => role).sort()).toEqual(['it-contact', 'supervisor']);
      expect(told[0]?.detail).toBe('since 2026-09-22, by Dana Ruiz: wrong counts');
    }
    expect(await office.answer('kill-switch', 'done')).toEqual({ kind: 'brake', command: 'letters resume' });
    await office.work();
    const mails = office.sink.delivered.map(({ raw }) => raw.toString());
    expect(mails.length).toBeGreaterThan(0);
    for (const mail of mails) expect(mail).toContain('Sending is stopped since');
    const explained = (await office.rollcall('explain', 'ada')).out.replaceAll(/\s+/g, ' ');
    expect(explained).toContain('Sending is stopped since');
    expect(explained).toContain('Does not leave: sending is stopped');
    expect(explained).not.toContain('May leave from');
    await office.rollcall('letters', 'resume', '--by', 'Dana Ruiz');
    expect(await office.openTasks()).not.toContain('kill-switch');
  });
});

describe('G22: the stop file', () => {
  test('stops the process that sees it, stays in force without it, and ends by a person only', async () => {
    await inLine();
    await writeFile(office.config.stopFile, '');
    await office.workOnce('send-letter');
    expect(await states()).toEqual(['email queued']);
    expect(await readKillSwitch(office.db)).toMatchObject({ by: 'stop file' });
    const refused = await office.rollcall('letters', 'resume', '--by', 'Dana Ruiz');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(`The file ${office.config.stopFile} stops sending: remove it first`);
    await rm(office.config.stopFile);
    expect(await office.workOnce('send-letter')).toEqual([]);
    expect((await office.rollcall('letters', 'resume', '--by', 'Dana Ruiz')).code).toBe(0);
    await office.work();
    expect(await states()).toEqual(['email sent']);
  });
});

test('the command stops, is seen in the status, and says who did it when it is given again', async () => {
  await inLine();
  const words = ['letters', 'stop', '--by', 'Dana Ruiz', '--why', 'wrong counts'];
  const stopped = await office.rollcall(...words);
  expect(stopped).toMatchObject({
    code: 0,
    out: 'Stopped: no letter and no packet leaves. Mails to staff go on.\n',
  });
  const again = await office.rollcall(...words);
  expect(again.out).toMatch(
    /^It was stopped before\. Sending is stopped since .* by Dana Ruiz: wrong counts/,
  );
  expect((await office.rollcall('status')).out).toContain(
    'by Dana Ruiz: wrong counts (rollcall letters resume)',
  );
});
