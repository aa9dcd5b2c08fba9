import { afterEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { sendLetter } from '../../jobs/send-letter.ts';
import { answerBatch, type BatchAnswer } from '../../src/procedure/batches.ts';
import { claimLetter } from '../../src/procedure/claim.ts';
import { dueAt } from '../../src/procedure/procedure.ts';
import { recordLetterAnswer } from '../../src/procedure/record-answer.ts';
import { weighLetters } from '../../src/procedure/weigh-letters.ts';
import { openBatches } from '../../src/store/batches.ts';
import { noteBounce, openStops } from '../../src/store/brakes.ts';
import { saveDocument } from '../../src/store/documents.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { readLetter } from '../../src/store/letters.ts';
import { lettersToPrint, savePrintRun } from '../../src/store/print-runs.ts';
import { markTransmitting } from '../../src/store/send-protocol.ts';
import { manyLetters } from '../support/many-letters.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

const MANY = 5_000;
/** Where what is tested does not depend on how many. */
const FEW = 200;
const REACHED = '2026-09-21';
const SEVEN = weekdaysFrom('2026-09-08', 7);

let office: Office;
afterEach(() => office.close());

/** An office whose Ada has a letter of her own, on a day on which as many others as wanted have one too. */
async function openWith(
  brakes: string,
  many: Partial<Parameters<typeof manyLetters>[1]> | null,
): Promise<void> {
  office = await openOffice({
    district: (text) =>
      text.replace('brakes:\n  canaryLetters: 0\n  recallMinutes: 0\n', `brakes: ${brakes}\n`),
  });
  office.absent(SEVEN);
  office.at(REACHED);
  await office.sync();
  if (many === null) return;
  await office.workOnce('evaluate-students');
  await office.workOnce('prepare-letter');
  await manyLetters(office, { count: MANY, ...many });
}

const OFF = '{ canaryLetters: 0, recallMinutes: 0 }';
const procedure = () => office.jobs.procedure();

async function toSend(): Promise<string[]> {
  return [...(await findDueWork(office.db, dueAt(await procedure(), office.moment()))).lettersToSend];
}

async function ofKind(
  kind: string,
): Promise<{ to: string; subject: string; text: string; files: string[] }[]> {
  const mails = await Promise.all(
    office.sink.delivered.map(async (mail) => ({
      to: mail.to[0] ?? '',
      mail: await PostalMime.parse(mail.raw),
    })),
  );
  return mails
    .filter(({ mail }) => mail.headers.some(({ key, value }) => key === 'x-rollcall-kind' && value === kind))
    .map(({ to, mail }) => ({
      to,
      subject: mail.subject ?? '',
      text: (mail.text ?? '').replace(/\s+/g, ' '),
      files: mail.attachments.map(({ filename }) => filename ?? ''),
    }));
}

async function states(): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; n: number }>`
    select state || coalesce(' ' || reason, '') as state, count(*)::int as n from letter group by 1`.execute(
    office.db,
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

async function theBatch() {
  const batches = await openBatches(office.db);
  expect(batches).toHaveLength(1);
  return batches[0] as NonNullable<(typeof batches)[0]>;
}

const YES: BatchAnswer = { answer: 'approve', by: 'Supervisor', because: 'looked through', except: [] };
const answer = async (ref: string, said: Partial<BatchAnswer> = {}) =>
  answerBatch(office.db, await procedure(), ref, { ...YES, ...said }, office.moment());

async function adasLetter() {
  const letter = (await office.letters())[0];
  if (letter === undefined) throw new Error('Ada has no letter');
  return letter;
}

describe('a run of 5,000 letters', () => {
  test('G9: waits for one yes; then all go but the exceptions, and what comes later waits for its own', async () => {
    await openWith(OFF, {});
    await office.work();
    expect(await ofKind('letter')).toEqual([]);
    expect(await states()).toEqual({ 'held volume': MANY + 1 });
    expect((await office.openTasks()).filter((kind) => kind === 'approve-batch')).toHaveLength(1);
    const { ref, letters, planned, volumeLimit } = await theBatch();
    // 2 % of 5,001 students are more than 20.
    expect({ letters, planned, volumeLimit }).toEqual({
      letters: MANY + 1,
      planned: MANY + 1,
      volumeLimit: 100,
    });

    expect((await office.rollcall('batches')).out).toMatch(
      new RegExp(`${ref} +more letters than a usual day .* first-letter +5001 `),
    );
    const status = (await office.rollcall('status')).out;
    expect(status).toContain(
      `Wait for one yes: 5001 letters are more than a usual day has (rollcall batches show ${ref})`,
    );
    expect(status).toMatch(/first-letter +volume +5001\n/);
    expect((await office.rollcall('explain', 'ada', '--as-of', REACHED)).out).toContain(
      `batches show ${ref}`,
    );
    expect((await office.rollcall('tasks', 'done', ref, '--by', 'Eve', '--outcome', 'ok')).err).toContain(
      `rollcall batches approve ${ref}`,
    );

    const stranger = await office.rollcall(
      'batches',
      'approve',
      ref,
      '--by',
      'A',
      '--why',
      'b',
      '--except',
      'L-NONE',
    );
    expect(stranger.code).toBe(2);
    expect(stranger.err).toContain('--except names L-NONE, expected letters of');
    expect(await toSend()).toEqual([]);

    const said = ['--by', 'Sam Supervisor', '--why', 'flu week, checked', '--as-of', REACHED];
    const approved = await office.rollcall('batches', 'approve', ref, ...said, '--except', 'L-M0007,L-M4999');
    expect(approved).toMatchObject({ code: 0, err: '' });
    expect(approved.out).toContain(
      '4999 letters may leave, in the next sending window and once the time to call them back is over. 2 letters called back.',
    );
    const due = await toSend();
    expect(due).toHaveLength(MANY - 1);
    const excepted = await office.db
      .selectFrom('letter')
      .select(['id', 'state', 'reason', 'recalled_by'])
      .where('ref', 'in', ['L-M0007', 'L-M4999'])
      .execute();
    expect(excepted.map(({ state, reason, recalled_by }) => [state, reason, recalled_by])).toEqual([
      ['cancelled', 'recalled', 'Sam Supervisor'],
      ['cancelled', 'recalled', 'Sam Supervisor'],
    ]);
    expect(due).not.toContain(excepted[0]?.id);
    expect(await office.openTasks()).not.toContain('approve-batch');
    await sendLetter.run({ letterId: (await adasLetter()).id }, office.jobs, { last: true });
    expect((await ofKind('letter')).map(({ to }) => to)).toEqual(['mum@family.example.org']);

    await office.workOnce('evaluate-students');
    await manyLetters(office, { count: 2, mark: 'L' });
    // One of the two is written in place of a letter that came back; it goes with the yes to that one.
    await sql`update letter set state = 'bounced', due_at = null where ref = 'L-M0001'`.execute(office.db);
    await sql`update letter set student_id = (select student_id from letter where ref = 'L-M0001')
      where ref = 'L-L0001'`.execute(office.db);
    await weighLetters(office.db, await procedure(), office.moment());
    expect(await theBatch()).toMatchObject({ letters: 1, planned: MANY });
    expect(await toSend()).toHaveLength(MANY - 2);
    expect((await office.rollcall('batches', 'approve', ref, '--by', 'A', '--why', 'b')).err).toContain(
      `${ref} was approved by Sam Supervisor on ${REACHED}: “flu week, checked”`,
    );
  }, 60_000);

  test('a set that has changed is refused, and another batch asks about what is left', async () => {
    await openWith(OFF, {});
    await weighLetters(office.db, await procedure(), office.moment());
    const { ref } = await theBatch();
    await sql`update letter set state = 'cancelled', reason = 'count-fell' where ref = 'L-M0100'`.execute(
      office.db,
    );
    const refused = await office.rollcall(
      'batches',
      'approve',
      ref,
      '--by',
      'A',
      '--why',
      'b',
      '--as-of',
      REACHED,
    );
    expect(refused.code).toBe(2);
    const next = await theBatch();
    expect(refused.err).toContain(
      `${ref} asked about 5001 letters, and since then its set has changed. ${next.ref} asks about the 5000 letters that wait now`,
    );
    expect(await toSend()).toEqual([]);
    await manyLetters(office, { count: 1, mark: 'L' });
    await weighLetters(office.db, await procedure(), office.moment());
    const last = await theBatch();
    expect(last.letters).toBe(MANY + 1);
    const replaced = await answer(next.ref);
    expect(replaced).toMatchObject({ kind: 'not-open', batch: { state: 'replaced', replacedBy: last.ref } });
    expect((await office.openTasks()).filter((kind) => kind === 'approve-batch')).toHaveLength(1);
    expect(await answer(last.ref)).toEqual({ kind: 'answered', letters: MANY + 1, calledBack: 0 });
  });

  test('a no calls all of them back, skips their steps, and nothing is planned once more', async () => {
    await openWith(OFF, {});
    await weighLetters(office.db, await procedure(), office.moment());
    const { ref } = await theBatch();
    expect(await answer(ref, { answer: 'refuse', because: 'a broken feed' })).toEqual({
      kind: 'answered',
      letters: 0,
      calledBack: MANY + 1,
    });
    expect(await states()).toEqual({ 'cancelled recalled': MANY + 1 });
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ladder_step where step = 'first-letter' and approval = 'refused'`.execute(
      office.db,
    );
    expect(rows).toEqual([{ n: MANY + 1 }]);
    await office.decide();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'skipped' });
    expect(await office.letters()).toHaveLength(1);
    const explained = (await office.rollcall('explain', 'ada', '--as-of', REACHED)).out;
    expect(explained).toMatch(/called back by Supervisor/);
    expect(explained).toContain('a broken feed');
  }, 30_000);

  test('that has grown while letters of it were let go takes them back before they leave', async () => {
    await openWith(OFF, null);
    await office.workOnce('evaluate-students');
    await office.workOnce('prepare-letter');
    await weighLetters(office.db, await procedure(), office.moment());
    const letterId = (await adasLetter()).id;
    expect(await toSend()).toEqual([letterId]);
    await manyLetters(office, { count: MANY });
    // Somebody is still to be decided about: nobody is asked before the run is whole.
    await sql`insert into evaluation_due (student_id, reason, since)
      select id, 'test', now() from student where sourced_id = 'many-M-1'`.execute(office.db);
    await weighLetters(office.db, await procedure(), office.moment());
    expect(await toSend()).toEqual([]);
    expect(await openBatches(office.db)).toEqual([]);
    await sql`delete from evaluation_due`.execute(office.db);
    await weighLetters(office.db, await procedure(), office.moment());
    expect((await theBatch()).letters).toBe(MANY + 1);
  });

  test('has no yes before all of it is rendered and shown; a yes at night leaves time to call back in the morning', async () => {
    await openWith('{ canaryLetters: 3, recallMinutes: 30 }', null);
    office.at(REACHED, '02:00');
    await office.workOnce('evaluate-students');
    await manyLetters(office, { count: FEW });
    await weighLetters(office.db, await procedure(), office.moment());
    const { ref } = await theBatch();
    expect(await answer(ref)).toEqual({ kind: 'not-ready', planned: 1, copies: 0 });
    const refused = await office.rollcall('batches', 'approve', ref, '--by', 'A', '--why', 'b');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain(`Nothing was answered: 1 letter of ${ref} is not rendered yet`);
    await office.workOnce('prepare-letter');
    expect(await answer(ref)).toEqual({ kind: 'not-ready', planned: 0, copies: 1 });
    expect(await office.jobs.correspondence.composeCopies(office.moment())).toBe(1);
    expect(await answer(ref)).toEqual({ kind: 'answered', letters: FEW + 1, calledBack: 0 });
    office.at(REACHED, '08:29');
    expect(await toSend()).toEqual([]);
    office.at(REACHED, '08:30');
    expect(await toSend()).toHaveLength(FEW + 1);
  });

  test('is not printed either before somebody has said yes', async () => {
    await openWith(OFF, { count: FEW });
    await sql`update letter set channel = 'paper'`.execute(office.db);
    const toPrint = async () =>
      (await findDueWork(office.db, dueAt(await procedure(), office.moment()))).printRuns;
    await weighLetters(office.db, await procedure(), office.moment());
    expect(await toPrint()).toEqual([]);
    const { id } = await office.db.selectFrom('school').select('id').executeTakeFirstOrThrow();
    expect(await lettersToPrint(office.db, id, office.moment().now)).toEqual([]);
    const { ref } = await theBatch();
    const held = await office.db.selectFrom('letter').select('id').execute();
    const run = {
      ref: 'P-TEST',
      schoolId: id,
      on: office.moment().today,
      documentId: (await office.db.selectFrom('document').select('id').executeTakeFirstOrThrow()).id,
      pages: 1,
      letters: held.map(({ id: letter }, index) => ({ id: letter, envelope: index + 1, pages: 1 })),
    };
    await expect(office.db.transaction().execute((tx) => savePrintRun(tx, run))).rejects.toThrow(
      'has a letter that may not leave any more',
    );
    expect(await answer(ref)).toMatchObject({ kind: 'answered', letters: FEW + 1 });
    expect(await toPrint()).toEqual([id]);
  });

  test('G9: two workers claim while it is found too large: what it holds is not on the line', async () => {
    await openWith(OFF, { count: FEW, cleared: true });
    const { db, owner, window, limits } = office.jobs;
    const own = await procedure();
    const other = await db
      .selectFrom('letter')
      .select('id')
      .where('ref', '=', 'L-M0001')
      .executeTakeFirstOrThrow();
    await sql`update letter set cleared_at = now()`.execute(db);
    // One more that nobody has weighed: the look at it finds the whole run too large.
    await manyLetters(office, { count: 1, mark: 'L' });
    const worker = async (letterId: string) => {
      const claim = await claimLetter(db, own, { letterId, owner: owner(), window, limits }, office.moment());
      if (claim.kind !== 'claimed') return claim.kind;
      return markTransmitting(db, 'letter', { id: letterId, owner: owner(), now: office.moment().now }).then(
        () => 'on the line',
        () => 'lost',
      );
    };
    const letterId = (await adasLetter()).id;
    const [first, second] = await Promise.all([
      worker(letterId),
      worker(letterId),
      weighLetters(db, own, office.moment()),
    ]);
    const letter = await readLetter(db, letterId);
    const { letters } = await theBatch();
    if ([first, second].includes('on the line')) {
      expect(letter?.state).toBe('transmitting');
      expect(letters).toBe(FEW + 1);
    } else {
      expect(letter).toMatchObject({ state: 'held', mayPassBrakes: false });
      expect(letters).toBe(FEW + 2);
    }
    expect([first, second].filter((end) => end === 'on the line').length).toBeLessThan(2);
    expect(await worker(other.id)).toBe('braked');
  }, 30_000);

  test('a yes while the run plans more covers what was asked about, whoever comes first', async () => {
    await openWith(OFF, { count: FEW });
    await weighLetters(office.db, await procedure(), office.moment());
    const { ref } = await theBatch();
    const own = await procedure();
    const [outcome] = await Promise.all([
      answer(ref),
      manyLetters(office, { count: 50, mark: 'L' }).then(() => weighLetters(office.db, own, office.moment())),
    ]);
    const late = await office.db
      .selectFrom('letter')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .where('ref', 'like', 'L-L%')
      .where('cleared_at', 'is not', null)
      .executeTakeFirstOrThrow();
    expect(late.n).toBe('0');
    // Either the yes came first and holds for all that it was about, or the set had changed and it holds for nothing.
    expect(await toSend()).toHaveLength(outcome.kind === 'answered' ? FEW + 1 : 0);
    expect((await theBatch()).letters).toBe(outcome.kind === 'answered' ? 50 : FEW + 51);
  });
});

describe('5,000 letters of a template that nobody has seen', () => {
  const days = 100;

  test('wait for one yes, and the office gets copies of three', async () => {
    await openWith('{ canaryLetters: 3, recallMinutes: 0 }', { days });
    await office.work();
    const batch = await theBatch();
    expect(batch).toMatchObject({ reasons: ['canary'], letters: MANY + 1 });
    expect(await ofKind('letter')).toEqual([]);
    expect((await office.openTasks()).filter((kind) => kind === 'approve-batch')).toHaveLength(1);
    // Only Ada's has pages; the others of the test share her template's name and not its wording.
    const copies = await ofKind('copy');
    const { ref } = await adasLetter();
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies) {
      expect(copy.subject).toBe(`COPY, not sent: letter ${ref} for you to look at`);
      expect(copy.text).toContain('Neither it nor any other letter in this wording has been sent.');
      expect(copy.text).toContain(`rollcall batches approve ${batch.ref}`);
      expect(copy.files).toEqual([`copy-of-${ref}.pdf`]);
      expect(copy.to).not.toContain('family');
    }
    expect(await answer(batch.ref)).toEqual({ kind: 'answered', letters: MANY + 1, calledBack: 0 });
    expect(await toSend()).toHaveLength(MANY + 1);
  });

  test('a wording that was seen goes by itself, and another one is asked about again', async () => {
    const versions = { seen: 'first-letter.en v1 (0a0a0a0a)', new: 'first-letter.en v1 (0b0b0b0b)' };
    await openWith('{ canaryLetters: 3, recallMinutes: 0 }', {
      count: FEW,
      days,
      cleared: true,
      templateVersion: versions.seen,
    });
    await sql`delete from letter_addressee`.execute(office.db);
    await sql`delete from letter where ref not like 'L-M%'`.execute(office.db);
    const pdf = { mediaType: 'application/pdf', kind: 'letter', bytes: Buffer.from('x'), students: [] };
    const { id: documentId } = await saveDocument(office.db, { ...pdf, now: new Date() });
    await manyLetters(office, { count: 5, mark: 'S', templateVersion: versions.seen });
    await manyLetters(office, {
      count: 5,
      mark: 'N',
      templateVersion: versions.new,
      pdfDocumentId: documentId,
    });
    await weighLetters(office.db, await procedure(), office.moment());
    expect(await theBatch()).toMatchObject({ reasons: ['canary'], letters: 5 });
    expect(await toSend()).toHaveLength(FEW + 5);
    const shown = await office.db
      .selectFrom('letter')
      .select('ref')
      .where('copy_as', '=', 'canary')
      .execute();
    expect(shown.map(({ ref }) => ref).sort()).toEqual(['L-N0001', 'L-N0002', 'L-N0003']);
  });
});

describe('5,000 letters and a mail server that fails', () => {
  const failing = async (state: 'rejected' | 'uncertain' | 'sent', refs: readonly string[]) => {
    const { db, owner } = office.jobs;
    for (const ref of refs) {
      const { id } = await db
        .updateTable('letter')
        .set({ state: 'transmitting', owner: owner(), claimed_at: office.moment().now })
        .where('ref', '=', ref)
        .returning('id')
        .executeTakeFirstOrThrow();
      const letter = await readLetter(db, id);
      if (letter === null) throw new Error('the letter is gone');
      const said =
        state === 'sent'
          ? ({ kind: 'sent', reply: '250 ok', serverId: null } as const)
          : ({ kind: state, reason: 'test', reply: null } as const);
      await recordLetterAnswer(db, await procedure(), letter, owner(), said, office.moment());
    }
  };
  const refs = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => `L-M${String(from + index).padStart(4, '0')}`);

  test('five refusals in a row stop all others until a person says go on', async () => {
    await openWith(OFF, { cleared: true, days: 100 });
    await weighLetters(office.db, await procedure(), office.moment());
    await failing('rejected', refs(1, 4));
    await failing('sent', refs(5, 5));
    await failing('rejected', refs(6, 9));
    expect(await openStops(office.db)).toEqual([]);
    const waiting = (await toSend()).length;
    await failing('rejected', refs(10, 10));
    const [stop] = await openStops(office.db);
    expect(stop).toMatchObject({ kind: 'refusals', mails: 5 });
    expect(await toSend()).toEqual([]);
    const { db, owner, window, limits } = office.jobs;
    const letterId = (await adasLetter()).id;
    const claim = () =>
      procedure().then((own) =>
        claimLetter(db, own, { letterId, owner: owner(), window, limits }, office.moment()),
      );
    expect(await claim()).toEqual({ kind: 'braked' });
    expect(await office.openTasks()).toContain('sending-stopped');
    expect((await office.rollcall('status')).out).toMatch(
      /SENDING HAS STOPPED since 2026-09-21 08:30: 5 letters were refused, none accepted in between.*release S-/,
    );
    // What they turned into paper is not printed: the fault may be the server's.
    const toPrint = async () =>
      (await findDueWork(office.db, dueAt(await procedure(), office.moment()))).printRuns;
    expect(await toPrint()).toEqual([]);
    const released = await office.rollcall(
      'brakes',
      'release',
      stop?.ref ?? '',
      ...['--by', 'IT', '--why', 'the relay is back', '--as-of', REACHED],
    );
    expect(released).toMatchObject({ code: 0, err: '' });
    expect(await toSend()).toHaveLength(waiting - 1);
    expect(await toPrint()).toHaveLength(1);
    expect(await office.openTasks()).not.toContain('sending-stopped');
    // The counting has begun anew.
    await failing('rejected', refs(11, 14));
    expect(await openStops(office.db)).toEqual([]);
  });

  test('three of unknown fate in a row stop them too', async () => {
    await openWith(OFF, { cleared: true, days: 100 });
    await failing('uncertain', refs(1, 2));
    await failing('rejected', refs(3, 3));
    expect(await openStops(office.db)).toEqual([]);
    // The third one's process is gone with it.
    await sql`
      update letter set state = 'transmitting', owner = ${office.jobs.owner()}, claimed_at = ${office.moment().now},
        transmitting_at = ${office.moment().now} where ref = 'L-M0004'`.execute(office.db);
    await office.restart();
    expect(await openStops(office.db)).toMatchObject([{ kind: 'uncertain', mails: 3 }]);
    expect(await office.openTasks()).toContain('sending-stopped');
    expect(await toSend()).toEqual([]);
  });

  test('five that come back on one day stop them too', async () => {
    await openWith(OFF, { cleared: true, days: 100 });
    await weighLetters(office.db, await procedure(), office.moment());
    const at = { on: office.moment().today, now: office.moment().now };
    const { brakes } = await procedure();
    for (let bounce = 1; bounce < 5; bounce += 1)
      await office.db.transaction().execute((tx) => noteBounce(tx, brakes, at));
    expect((await toSend()).length).toBeGreaterThan(4_000);
    await office.db.transaction().execute((tx) => noteBounce(tx, brakes, at));
    expect(await openStops(office.db)).toMatchObject([{ kind: 'bounces', mails: 5 }]);
    expect(await toSend()).toEqual([]);
  });
});

describe('the recall window', () => {
  test('letters that are ready wait until it is over, and a person calls some of them back', async () => {
    await openWith('{ canaryLetters: 0, recallMinutes: 30 }', null);
    await manyLetters(office, { count: MANY, cleared: true, days: 100 });
    await sql`update letter set due_at = ${new Date(office.moment().now.getTime() + 30 * 60_000)}`.execute(
      office.db,
    );
    await office.work();
    expect((await adasLetter()).state).toBe('queued');
    expect(office.sink.delivered).toEqual([]);
    office.at(REACHED, '08:59');
    expect(await toSend()).toEqual([]);
    const recall = (...words: string[]) =>
      office.rollcall(
        'brakes',
        'recall',
        ...words,
        '--by',
        'Clerk',
        '--why',
        'a note was handed in',
        '--as-of',
        REACHED,
      );
    const { ref } = await adasLetter();
    expect((await recall(ref, 'L-NONE-0000')).err).toContain('L-NONE-0000: no letter has this reference.');
    expect((await adasLetter()).state).toBe('queued');
    expect((await recall(ref, 'L-M0001')).out).toContain('2 letters are called back.');
    expect((await adasLetter()).state).toBe('cancelled');
    expect((await recall(ref)).err).toContain(
      `${ref}: found cancelled, expected a letter that has not left.`,
    );
    await office.decide();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'skipped' });
    office.at(REACHED, '09:00');
    expect(await toSend()).toHaveLength(MANY - 1);
  });
});

describe('samples for the district', () => {
  test('of 5,000 letters every 50th is marked, and a copy goes out once its letter has left', async () => {
    await openWith(
      `{ canaryLetters: 0, recallMinutes: 0, copies: { every: 50, to: letters@district.example.org } }`,
      {
        days: 100,
      },
    );
    await weighLetters(office.db, await procedure(), office.moment());
    const marked = await office.db
      .selectFrom('letter')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .where('copy_as', '=', 'sample')
      .executeTakeFirstOrThrow();
    expect(marked.n).toBe(String(MANY / 50));
    expect(await office.jobs.correspondence.composeCopies(office.moment())).toBe(0);
    const { id, ref } = await adasLetter();
    await sql`update letter set copy_as = 'sample' where id = ${id}`.execute(office.db);
    await sendLetter.run({ letterId: id }, office.jobs, { last: true });
    expect(await office.jobs.correspondence.composeCopies(office.moment())).toBe(1);
    expect(await office.jobs.correspondence.composeCopies(office.moment())).toBe(0);
    await office.workOnce('send-staff-mail');
    expect(await ofKind('copy')).toEqual([
      {
        to: 'letters@district.example.org',
        subject: `COPY: letter ${ref} has left`,
        text: expect.stringContaining('It is not the sending itself'),
        files: [`copy-of-${ref}.pdf`],
      },
    ]);
    expect(await ofKind('letter')).toHaveLength(1);
  });
});
