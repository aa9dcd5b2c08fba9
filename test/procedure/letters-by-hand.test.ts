import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { takeBackAbandoned } from '../../src/procedure/take-back-abandoned.ts';
import { holdLetter } from '../../src/store/letter-changes.ts';
import { MOST_ATTEMPTS } from '../../src/store/send-protocol.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aDeletedAbsence, weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
const PERSON = ['--by', 'Dana Ruiz', '--why', 'the log of the mail server'];
let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(SEVEN);
});
afterEach(() => office.close());

const states = async () => (await office.letters()).map(({ channel, state }) => `${channel} ${state}`);
const refs = async () => (await office.letters()).map(({ ref }) => ref);
const letters = (...words: string[]) => office.rollcall('letters', ...words);

/** The mail server has it, and nobody learns of it. */
async function uncertain(): Promise<string> {
  office.sink.fault = () => ({ at: 'dot', does: 'keep-and-drop' });
  await office.day('2026-09-21');
  office.sink.fault = null;
  expect(await states()).toEqual(['email uncertain']);
  return (await refs())[0] ?? '';
}

describe('an uncertain letter', () => {
  test('that has arrived takes its step as of the day on which it left, and its task is done', async () => {
    const ref = await uncertain();
    const resolved = await letters('resolve', ref, '--delivered', ...PERSON, '--as-of', '2026-09-23');
    expect(resolved).toMatchObject({ code: 0, err: '' });
    office.at('2026-09-23');
    expect(await office.letters()).toMatchObject([{ state: 'sent', handedOverOn: '2026-09-21' }]);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await office.openTasks()).not.toContain('resolve-letter');
    const again = await letters('resolve', ref, '--delivered', ...PERSON);
    expect(again).toMatchObject({ code: 2 });
    expect(again.err).toContain(`The letter ${ref} is sent: only an uncertain one can be resolved.`);
    await office.work();
    expect(office.sink.delivered.filter(({ to }) => to[0]?.startsWith('mum'))).toHaveLength(1);
  });

  test('that had arrived before a correction is superseded with its step, and stands when the count rises again', async () => {
    const ref = await uncertain();
    office.absent(SEVEN.slice(1));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
    await office.day('2026-09-22');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
    const resolved = await letters('resolve', ref, '--delivered', ...PERSON, '--as-of', '2026-09-23');
    expect(resolved.out).toContain('and its step as taken with it');
    office.at('2026-09-23');
    await office.work();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
    expect(await office.openTasks()).toContain('count-corrected');
    office.absent([...SEVEN.slice(1), '2026-09-17']);
    await office.days('2026-09-24', '2026-09-25');
    expect(await office.letters()).toMatchObject([{ state: 'sent', superseded: false }]);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
  });

  test('that has not arrived is followed by a new one with an id of its own; nothing else sends it again', async () => {
    const ref = await uncertain();
    await office.days('2026-09-22', '2026-09-23');
    expect(await states()).toEqual(['email uncertain']);
    const resolved = await letters('resolve', ref, '--not-delivered', ...PERSON, '--as-of', '2026-09-23');
    expect(resolved.out).toMatch(/recorded as not delivered\. Issued once more as L-\S+ by e-mail/);
    await office.work();
    expect((await states()).sort()).toEqual(['email cancelled', 'email sent']);
    const rows = await office.db
      .selectFrom('letter')
      .select(['message_id', 'reissue_of', 'reissued_by'])
      .orderBy('planned_at')
      .execute();
    expect(new Set(rows.map(({ message_id }) => message_id)).size).toBe(2);
    expect(rows[1]).toMatchObject({ reissue_of: expect.any(String), reissued_by: 'Dana Ruiz' });
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
  });

  test('goes on paper where that is asked for', async () => {
    const ref = await uncertain();
    await letters('resolve', ref, '--not-delivered', '--paper', ...PERSON, '--as-of', '2026-09-22');
    office.at('2026-09-22');
    await office.work();
    expect((await states()).sort()).toEqual(['email cancelled', 'paper printed']);
  });

  test('gets no successor when its step does not stand any more', async () => {
    const ref = await uncertain();
    office.absent(SEVEN.slice(1));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
    await office.day('2026-09-22');
    const resolved = await letters('resolve', ref, '--not-delivered', ...PERSON, '--as-of', '2026-09-22');
    expect(resolved.out).toContain('Its step does not stand any more');
    await office.work();
    expect(await states()).toEqual(['email cancelled']);
  });

  test('is not resolved as a task, and its task comes back when it is lost', async () => {
    const ref = await uncertain();
    expect(await office.answer('resolve-letter', 'delivered')).toEqual({ kind: 'uncertain-letter' });
    expect(await letters('reissue', ref, ...PERSON)).toMatchObject({
      code: 2,
      err: expect.stringContaining('It may have arrived: find out'),
    });
    await office.db
      .updateTable('task')
      .set({ state: 'closed' })
      .where('kind', '=', 'resolve-letter')
      .execute();
    await takeBackAbandoned(office.db, await office.jobs.procedure(), office.moment());
    expect(await office.openTasks()).toContain('resolve-letter');
  });
});

describe('a letter issued once more', () => {
  test('is a new row with a reason, once; its story names both', async () => {
    await office.day('2026-09-21');
    const [first = ''] = await refs();
    const reissued = await letters('reissue', first, ...PERSON, '--as-of', '2026-09-22');
    const second = /as (L-\S+) by/.exec(reissued.out)?.[1] ?? '';
    expect(second).not.toBe(first);
    expect((await letters('reissue', first, ...PERSON)).err).toContain(`issued once more as ${second}`);
    office.at('2026-09-22');
    await office.work();
    expect(await states()).toEqual(['email sent', 'email sent']);
    const story = (await letters('show', second)).out;
    expect(story).toContain(`in place of ${first} by Dana Ruiz: the log of the mail server`);
    expect(story).toMatch(/mail {2}\d+ bytes, SHA-256 [0-9a-f]{64}, unchanged since/);
    expect(story).toMatch(/claimed 2026-09-22 08:30, first byte .*, sent: 250/);
    expect(story).toContain('2026-09-08  1');
    expect((await letters('show', first)).out).toContain(`replaced  by ${second}`);
  });

  test('is refused while the first one is on its way, and for one that was never written', async () => {
    await office.day('2026-09-21', '17:00');
    const [ref = ''] = await refs();
    expect((await letters('reissue', ref, ...PERSON)).err).toContain(
      'It is queued, and goes its way by itself.',
    );
    expect((await letters('reissue', 'L-0000-0000', ...PERSON)).err).toContain('No letter has the reference');
  });
});

describe('a letter that has used up its attempts', () => {
  const exhausted = async () => {
    await office.day('2026-09-21', '17:00');
    await office.db.updateTable('letter').set({ attempts: MOST_ATTEMPTS }).execute();
    office.at('2026-09-22');
    await takeBackAbandoned(office.db, await office.jobs.procedure(), office.moment());
    expect(await states()).toEqual(['email held']);
    expect(await office.openTasks()).toContain('letter-held');
  };

  test('G16: is held with a task, is not tried again, and leaves once it is issued once more', async () => {
    await exhausted();
    await office.work();
    expect(office.sink.events).not.toContain('bytes');
    const [ref = ''] = await refs();
    expect((await listOpenTasks(office.db)).find(({ kind }) => kind === 'letter-held')?.detail).toBe(
      `${ref}: too-many-attempts`,
    );
    expect((await letters('reissue', ref, ...PERSON, '--as-of', '2026-09-22')).code).toBe(0);
    await office.work();
    expect((await states()).sort()).toEqual(['email cancelled', 'email sent']);
    expect(await office.openTasks()).not.toContain('letter-held');
  });

  test('may be sent by hand: its step is taken by that', async () => {
    await exhausted();
    expect(await office.answer('letter-held', 'posted')).toMatchObject({ kind: 'bad-outcome' });
    expect(await office.answer('letter-held', 'sent')).toMatchObject({ kind: 'done' });
    await office.work();
    expect(await states()).toEqual(['email cancelled']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(office.sink.events).not.toContain('bytes');
  });

  test('one that is held with nobody asked is asked about', async () => {
    await office.day('2026-09-21', '17:00');
    const [letter] = await office.letters();
    await holdLetter(office.db, letter?.id ?? '', { reason: 'unknown', dueAt: null });
    await takeBackAbandoned(office.db, await office.jobs.procedure(), office.moment());
    expect(await office.openTasks()).toContain('letter-held');
  });
});

test('letters are listed by state, school, step and student, without names where ids are asked for', async () => {
  await office.day('2026-09-21');
  const [ref = ''] = await refs();
  const all = await letters('list', '--as-of', '2026-09-21');
  expect(all.out).toContain(ref);
  const list = async (...words: string[]) =>
    JSON.parse((await letters('list', '--json', '--as-of', '2026-09-21', ...words)).out);
  expect(await list('--state', 'sent', '--school', office.school, '--step', 'first-letter')).toEqual([
    {
      ref,
      student: 'ada',
      step: 'first-letter',
      round: 1,
      channel: 'email',
      state: 'sent',
      reason: null,
      left: '2026-09-21',
    },
  ]);
  expect(await list('--student', 'nobody')).toEqual([]);
  expect(await list('--state', 'uncertain')).toEqual([]);
  expect((await letters('list', '--state', 'lost')).err).toContain('--state takes one of planned, held');
  expect((await letters('show', ref, '--json')).out).not.toMatch(/Zephyrine|Quillon|family\.example/);
});
