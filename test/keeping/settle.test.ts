import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compareSendEpoch, keepSendEpoch } from '../../src/procedure/keep-send-epoch.ts';
import { enterRestored } from '../../src/procedure/keeping/enter-restored.ts';
import { readDoubt, settleRestore } from '../../src/procedure/keeping/settle-restore.ts';
import { openBatches } from '../../src/store/batches.ts';
import { readKillSwitch, resumeSending } from '../../src/store/kill-switch.ts';
import { readSafeMode } from '../../src/store/safe-mode.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 7));
});
afterEach(() => office.close());

const states = async () => (await office.letters()).map(({ state }) => state);

/** A letter is frozen and in line; then the database becomes one that was restored. */
async function restoredWithALetterInLine(): Promise<string> {
  await office.day('2026-09-21', '17:00');
  expect(await states()).toEqual(['queued']);
  const { message_id } = await office.db.selectFrom('letter').select('message_id').executeTakeFirstOrThrow();
  office.at('2026-09-22');
  const { now } = office.moment();
  await office.db
    .transaction()
    .execute((tx) => enterRestored(tx, { madeAt: now, by: 'IT', file: 'a.backup', now }));
  return String(message_id).replace(/[<>]/g, '');
}

async function settle(evidence: { sent?: readonly string[]; complete?: boolean; holdsChecked?: boolean }) {
  return settleRestore(
    office.db,
    await office.jobs.procedure(),
    {
      dataDir: office.config.dataDir,
      secretKeys: [office.letterbox.secretKey],
      messageIdDomain: office.config.mail.messageIdDomain,
      sent: new Set(evidence.sent ?? []),
      complete: evidence.complete ?? false,
      holdsChecked: evidence.holdsChecked ?? true,
      by: 'IT',
      because: 'looked into the log',
    },
    office.moment(),
  );
}

test('G27: after a restore nothing leaves, neither letters nor mails to staff, and resuming does not end it', async () => {
  await restoredWithALetterInLine();
  await office.digests();
  await office.work();
  expect(await states()).toEqual(['queued']);
  expect(office.sink.delivered).toEqual([]);
  expect(await readKillSwitch(office.db)).toMatchObject({ by: 'IT' });
  const resumed = { by: 'IT', because: null, now: office.moment().now };
  expect(await resumeSending(office.db, resumed)).toBeNull();
  expect(await readKillSwitch(office.db)).not.toBeNull();
  expect((await readDoubt(office.db))?.letters).toHaveLength(1);
  const said = await office.rollcall('restore', 'settle');
  expect(said.out).toContain('1 letter was waiting or on the way then');
  expect((await office.rollcall('status')).out).toContain('rollcall restore settle');
});

test('a letter that the log of the mail server names has left: it counts as sent, and leaves no second time', async () => {
  const id = await restoredWithALetterInLine();
  expect(await settle({ sent: [id], complete: true })).toMatchObject({ found: 1, uncertain: 0, inLine: 0 });
  await office.work();
  expect(await states()).toEqual(['sent']);
  expect((await office.steps())['first-letter']).toBe('taken');
  expect(office.sink.delivered.filter(({ to }) => to[0]?.startsWith('mum'))).toEqual([]);
});

test('without evidence it is uncertain, and a person is asked', async () => {
  await restoredWithALetterInLine();
  expect(await settle({})).toMatchObject({ found: 0, uncertain: 1, inLine: 0 });
  await office.work();
  expect(await states()).toEqual(['uncertain']);
  expect((await listOpenTasks(office.db)).map(({ kind }) => kind)).toContain('resolve-letter');
  expect(office.sink.delivered.filter(({ to }) => to[0]?.startsWith('mum'))).toEqual([]);
});

test('what has not left waits for one yes; a mail that nobody knows is told', async () => {
  await restoredWithALetterInLine();
  const strange = `${'a'.repeat(40)}@${office.config.mail.messageIdDomain}`;
  expect(await settle({ sent: [strange], complete: true })).toMatchObject({
    found: 0,
    inLine: 1,
    unknown: 1,
  });
  await office.work();
  expect(await openBatches(office.db)).toMatchObject([{ reasons: ['restored'], letters: 1 }]);
  expect(office.sink.delivered.filter(({ to }) => to[0]?.startsWith('mum'))).toEqual([]);
  expect(await readSafeMode(office.db)).toBeNull();
});

test('a letter of a step that was reached since waits for a yes, too, up to the first read of the SIS', async () => {
  office.at('2026-09-21');
  await office.sync();
  const { now } = office.moment();
  await office.db.transaction().execute((tx) => enterRestored(tx, { madeAt: now, by: 'IT', file: 'a', now }));
  await settle({});
  await office.day('2026-09-22');
  expect(await openBatches(office.db)).toMatchObject([{ reasons: ['restored'] }]);
  expect(office.sink.delivered.filter(({ to }) => to[0]?.startsWith('mum'))).toEqual([]);
});

test('G27: an old database that was put back by other means is found out by the send epoch', async () => {
  office.at('2026-09-21');
  await office.sync();
  const { dataDir } = office.config;
  const clock = () => office.moment().now;
  expect(await compareSendEpoch(office.db, dataDir, clock())).toBe(false);
  const epoch = keepSendEpoch(office.db, dataDir, clock);
  await epoch.beforeSending();
  await epoch.beforeSending();
  expect((await readFile(join(dataDir, 'send-epoch'), 'utf8')).trim()).toBe('1');
  expect(await compareSendEpoch(office.db, dataDir, clock())).toBe(false);
  await writeFile(join(dataDir, 'send-epoch'), '5\n');
  // Also in a process that was running all the time.
  office.at('2026-09-21', '09:30');
  await expect(epoch.beforeSending()).rejects.toThrow(/older/);
  expect(await readSafeMode(office.db)).toMatchObject({ why: 'older-than-file', knowsUntil: null });
  await settle({});
  expect(await compareSendEpoch(office.db, dataDir, clock())).toBe(false);
  await epoch.beforeSending();
});

test('what such a database had in line for staff, and may have sent since, does not leave again; nobody is signed in', async () => {
  office.absent(weekdaysFrom('2026-09-08', 4));
  await office.day('2026-09-16', '17:00');
  office.at('2026-09-17', '07:30');
  expect(await office.digests()).toBeGreaterThan(0);
  await writeFile(join(office.config.dataDir, 'send-epoch'), '5\n');
  expect(await compareSendEpoch(office.db, office.config.dataDir, office.moment().now)).toBe(true);
  await settle({});
  const digests = office.db.selectFrom('staff_mail').select(['state', 'reason']).where('kind', '=', 'digest');
  expect(new Set((await digests.execute()).map(({ state }) => state))).toEqual(new Set(['cancelled']));
  expect(
    await office.db.selectFrom('page_link').select('path').where('revoked_at', 'is', null).execute(),
  ).toEqual([]);
  expect(office.sink.delivered).toEqual([]);
});
