import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { claimLetter, claimStaffMail } from '../../src/procedure/claim.ts';
import { addHold, endHold } from '../../src/procedure/holds.ts';
import { printLetters } from '../../src/procedure/print-letters.ts';
import { recordLetterAnswer } from '../../src/procedure/record-answer.ts';
import { claimRow, markTransmitting, type Sendable } from '../../src/store/send-protocol.ts';
import { holdDesk, MISSING_HOLD, onlyHoldRow } from '../support/asked.ts';
import { type Office, openOffice } from '../support/office.ts';
import { type SmtpScript, startScriptedServer } from '../support/scripted-smtp-server.ts';
import { aDeletedAbsence, aGuardian, linkTo, MANY, weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(SEVEN);
});
afterEach(() => office.close());

const desk = () => holdDesk(office);

/** The school learns that Ada is missing. @returns the reference of the hold */
async function missing(): Promise<string> {
  const added = await addHold(await desk(), MISSING_HOLD, office.moment());
  if (added.kind !== 'added') throw new Error(`the hold was ${added.kind}`);
  return added.ref;
}

const found = async (ref: string) =>
  endHold(await desk(), { ref, by: 'Dana Ruiz', because: 'she is back' }, office.moment());

const states = async () => (await office.letters()).map(({ channel, state }) => `${channel} ${state}`);
const kindOf = (raw: Buffer) => /^X-Rollcall-Kind: (\w+)\r?$/m.exec(String(raw))?.[1];
/** What has left: kinds of mails, oldest first. */
const left = () => office.sink.delivered.map(({ raw }) => kindOf(raw)).filter((kind) => kind !== 'digest');

async function letterId(): Promise<string> {
  return (await office.letters())[0]?.id ?? '';
}

/** Seven days are settled, the letter is frozen, and the window is open. */
async function queued(): Promise<string> {
  await office.day('2026-09-21', '17:00');
  office.at('2026-09-22');
  return letterId();
}

async function claimed(id: string) {
  const { db, owner, window, limits } = office.jobs;
  const procedure = await office.jobs.procedure();
  const claim = await claimLetter(
    db,
    procedure,
    { letterId: id, owner: owner(), window, limits },
    office.moment(),
  );
  if (claim.kind !== 'claimed') throw new Error(`the claim ended with ${claim.kind}`);
  return claim;
}

async function printed(): Promise<void> {
  office.sis.guardians = [aGuardian('mum', { email: null, links: [linkTo('ada')] })];
  await office.day('2026-09-21');
  expect(await states()).toEqual(['paper printed']);
}

describe('G26: nothing of a letter leaves, whenever the hold comes', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['before it is decided about', () => office.day('2026-09-14')],
    [
      'planned',
      async () => {
        office.at('2026-09-21');
        await office.sync();
        await office.decide();
        expect(await states()).toEqual(['email planned']);
      },
    ],
    ['queued', queued],
    [
      'held for another reason',
      async () => {
        await queued();
        await office.db.updateTable('letter').set({ state: 'held', due_at: null }).execute();
      },
    ],
    ['claimed', async () => claimed(await queued())],
    ['printed', printed],
  ])('%s', async (_, until) => {
    await until();
    const before = await office.letters();
    await missing();
    expect((await office.letters()).map(({ state, reason }) => [state, reason])).toEqual(
      before.map(() => ['cancelled', 'absolute-hold']),
    );
    await office.days('2026-09-23', '2026-09-25');
    expect(left()).toEqual([]);
    expect(await office.letters()).toHaveLength(before.length);
    const posted = await office.db.selectFrom('letter').select('id').where('state', '=', 'posted').execute();
    expect(posted).toEqual([]);
  });

  /** One conversation with a server that says what the script says; `mark` is awaited before the first byte. */
  async function conversation(script: SmtpScript, mark: (plain: () => Promise<void>) => Promise<void>) {
    const id = await queued();
    const claim = await claimed(id);
    const owner = office.jobs.owner();
    const server = await startScriptedServer(script);
    const mail = openSmtpTransport({ url: server.url });
    const plain = () => markTransmitting(office.db, 'letter', { id, owner, now: office.moment().now });
    const answer = await mail.submit(claim.mail, () => mark(plain));
    await mail.close();
    await server.stop();
    const procedure = await office.jobs.procedure();
    const recorded = await recordLetterAnswer(
      office.db,
      procedure,
      claim.letter,
      owner,
      answer,
      office.moment(),
    );
    return { answer, recorded, sawBytes: server.sawMessageBytes() };
  }

  test('asked for by the mail server already, with no byte on the line', async () => {
    const { sawBytes, recorded } = await conversation({}, async (mark) => {
      await missing();
      await mark();
    });
    expect(sawBytes).toBe(false);
    expect(recorded).toBe('lost-claim');
    expect(await states()).toEqual(['email cancelled']);
  });

  test('nor when only the row is there: the look before the first byte is the last one', async () => {
    const { sawBytes } = await conversation({}, async (mark) => {
      await onlyHoldRow(office, 'deceased');
      await mark();
    });
    expect(sawBytes).toBe(false);
    expect((await office.letters())[0]?.state).not.toBe('sent');
  });

  test.each<[string, SmtpScript, string]>([
    ['not now', { dot: '451 4.3.0 later\r\n' }, 'later'],
    ['no', { dot: '550 5.1.1 nobody here\r\n' }, 'rejected'],
  ])(
    'on the line, and the server says %s: it is not tried again, on paper neither',
    async (_, script, outcome) => {
      const { recorded } = await conversation(script, async (mark) => {
        await mark();
        await missing();
      });
      expect(recorded).toBe(outcome);
      await office.days('2026-09-23', '2026-09-25');
      expect(await states()).toEqual([expect.stringMatching(/^(email|paper) cancelled$/)]);
      expect(left()).toEqual([]);
    },
  );

  test('a hold and the first byte at once: one of them is first, and both know which', async () => {
    const id = await queued();
    await claimed(id);
    const owner = office.jobs.owner();
    const [mark] = await Promise.allSettled([
      markTransmitting(office.db, 'letter', { id, owner, now: office.moment().now }),
      missing(),
    ]);
    expect(await states()).toEqual([mark.status === 'fulfilled' ? 'email transmitting' : 'email cancelled']);
  });
});

describe('G26: the lowest level of the sender refuses, whoever asks', () => {
  test('claimRow takes a letter out of the line instead of claiming it', async () => {
    const id = await queued();
    await onlyHoldRow(office, 'deceased');
    const claim = { id, owner: 1, now: office.moment().now };
    expect(await claimRow(office.db, 'letter', claim)).toBe(false);
    expect(await states()).toEqual(['email cancelled']);
    expect(await office.workOnce('send-letter')).toEqual([]);
  });

  test('markTransmitting refuses a letter and a digest that were claimed before', async () => {
    const id = await queued();
    const mail = await office.db
      .insertInto('staff_mail')
      .values({
        ref: 'M-1',
        kind: 'digest',
        key: 'digest:1',
        to_name: 'Clerk',
        to_email: 'c@example.org',
        state: 'queued',
        composed_at: office.moment().now,
        due_at: office.moment().now,
        student_ids: [await office.studentId()],
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const rows: readonly [Sendable, string][] = [
      ['letter', id],
      ['staff_mail', mail.id],
    ];
    const claim = { owner: 1, now: office.moment().now };
    for (const [table, row] of rows)
      expect(await claimRow(office.db, table, { id: row, ...claim })).toBe(true);
    await onlyHoldRow(office, 'deceased');
    for (const [table, row] of rows) {
      await expect(markTransmitting(office.db, table, { id: row, ...claim })).rejects.toThrow('was lost');
    }
  });

  test('a print run with such a letter does not stand', async () => {
    office.sis.guardians = [aGuardian('mum', { email: null, links: [linkTo('ada')] })];
    await office.day('2026-09-21', '17:00');
    office.at('2026-09-22');
    expect(await states()).toEqual(['paper queued']);
    const school = await office.db.selectFrom('school').select('id').executeTakeFirstOrThrow();
    const run = printLetters(
      {
        db: office.db,
        procedure: await office.jobs.procedure(),
        window: office.jobs.window,
        envelopes: { order: 'name', siblingsTogether: false },
        buildRun: async () => {
          await onlyHoldRow(office, 'deceased');
          return { pdf: Buffer.from('%PDF-'), pages: 1 };
        },
      },
      school.id,
      office.moment(),
    );
    await expect(run).rejects.toThrow('may not leave');
    expect(await office.db.selectFrom('print_run').selectAll().execute()).toEqual([]);
    await office.work();
    expect(await states()).toEqual(['paper cancelled']);
  });

  test('a printed letter has to be pulled, by a task that names nobody; posting the run does not post it', async () => {
    await printed();
    await missing();
    const tasks = await office.db
      .selectFrom('task')
      .select(['kind', 'student_id', 'detail'])
      .where('state', '=', 'open')
      .orderBy('kind')
      .execute();
    const [letter] = await office.letters();
    expect(tasks).toEqual([
      { kind: 'print-letters', student_id: null, detail: expect.anything() },
      { kind: 'pull-letter', student_id: null, detail: expect.stringContaining(letter?.ref ?? '') },
    ]);
    expect(await office.answer('print-letters', 'posted')).toMatchObject({ kind: 'done', lettersPosted: 0 });
  });
});

describe('G26: a packet stays here', () => {
  const referrals = async () =>
    (await office.db.selectFrom('referral').select('state').execute()).map(({ state }) => state);

  /** The medical letter leaves on the 21st, the referral is opened on the 29th and lacks a contact. */
  beforeEach(async () => {
    office.absent(MANY);
    await office.days('2026-09-21', '2026-09-29');
    expect(await referrals()).toEqual(['gathering']);
  });

  /** The packet is frozen and its mail waits. */
  async function dispatched(): Promise<string> {
    await office.answer('contact-family', 'reached');
    office.at('2026-09-30');
    await office.sync();
    await office.workOnce('deliver-referral');
    expect(await referrals()).toEqual(['delivering']);
    const row = await office.db
      .selectFrom('staff_mail')
      .select('id')
      .where('kind', '=', 'packet')
      .executeTakeFirstOrThrow();
    return row.id;
  }

  test.each<[string, () => Promise<unknown>]>([
    ['gathering', async () => undefined],
    ['its mail in line', dispatched],
    [
      'its mail claimed',
      async () => {
        const mailId = await dispatched();
        const { gather } = office.jobs.correspondence.packets;
        const claim = { mailId, owner: office.jobs.owner(), limits: office.jobs.limits, gather };
        const procedure = await office.jobs.procedure();
        expect(await claimStaffMail(office.db, procedure, claim, office.moment())).toMatchObject({
          kind: 'claimed',
        });
        return mailId;
      },
    ],
  ])('%s', async (_, until) => {
    const mailId = await until();
    await missing();
    if (typeof mailId === 'string') {
      const claim = { id: mailId, owner: office.jobs.owner(), now: office.moment().now };
      await expect(markTransmitting(office.db, 'staff_mail', claim)).rejects.toThrow('was lost');
    }
    expect(await referrals()).toEqual(['withdrawn']);
    await office.days('2026-10-01', '2026-10-05');
    expect(await referrals()).toEqual(['withdrawn']);
    expect(left()).toEqual(['letter']);
    expect(await office.steps()).toMatchObject({ referral: 'owed' });
  });

  test('whose hold comes while it is put together', async () => {
    await office.answer('contact-family', 'reached');
    office.at('2026-09-30');
    await office.sync();
    const { packets } = office.jobs.correspondence;
    const jobs = office.jobs as { correspondence: typeof office.jobs.correspondence };
    jobs.correspondence = {
      ...jobs.correspondence,
      packets: {
        ...packets,
        make: async (...all) => {
          await onlyHoldRow(office, 'deceased');
          return packets.make(...all);
        },
      },
    };
    await office.workOnce('deliver-referral');
    expect(
      await office.db.selectFrom('staff_mail').select('id').where('kind', '=', 'packet').execute(),
    ).toEqual([]);
  });

  test('back again, the referral is opened afresh, under another case', async () => {
    const ref = await missing();
    office.at('2026-09-30');
    await found(ref);
    await office.answer('contact-family', 'reached');
    await office.days('2026-10-01', '2026-10-02');
    expect(await referrals()).toEqual(['withdrawn', 'delivered']);
    expect(left()).toEqual(['letter', 'packet']);
  });
});

describe('G26: staff are not told of the student any more', () => {
  const digests = () =>
    office.db
      .selectFrom('staff_mail')
      .select(['state', 'student_ids'])
      .where('kind', '=', 'digest')
      .execute();
  const compose = async () =>
    office.jobs.correspondence.composeDigests(await office.jobs.procedure(), office.moment());

  beforeEach(async () => {
    await office.day('2026-09-16');
    expect(await office.openTasks()).toEqual(['contact-family']);
  });

  test('tasks close, and a digest that is in line is composed anew without the name', async () => {
    expect(await compose()).toBe(1);
    await missing();
    expect(await office.openTasks()).toEqual([]);
    expect(await digests()).toEqual([{ state: 'cancelled', student_ids: [await office.studentId()] }]);
    expect(await compose()).toBe(0);
    await office.work();
    expect(office.sink.delivered).toHaveLength(0);
  });

  test('a task that is open all the same is in no digest', async () => {
    await onlyHoldRow(office, 'deceased');
    expect(await office.openTasks()).toEqual(['contact-family']);
    expect(await compose()).toBe(0);
  });

  test('a digest that was composed just before the hold does not leave, and nobody waits for it', async () => {
    await compose();
    await onlyHoldRow(office, 'deceased');
    await office.work();
    expect(office.sink.delivered).toHaveLength(0);
    expect(await digests()).toMatchObject([{ state: 'cancelled' }]);
  });
});

test('nobody is asked about what else is in the way of a step', async () => {
  office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], noContact: true })];
  await office.day('2026-09-21');
  expect(await office.openTasks()).toEqual(['contact-family', 'no-recipient']);
  await missing();
  await office.days('2026-09-22', '2026-09-23');
  expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'owed' });
  expect(await office.openTasks()).toEqual([]);
});

test('a correction after the letter has left asks nobody, until a person says that the hold was a mistake', async () => {
  await office.day('2026-09-21');
  const ref = await missing();
  office.absent(SEVEN.slice(1));
  office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
  await office.days('2026-09-22', '2026-09-23');
  expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
  expect(await office.openTasks()).toEqual([]);
  expect(await found(ref)).toMatchObject({ kind: 'ended' });
  expect(await office.openTasks()).toEqual(['consider-meeting', 'contact-family', 'count-corrected']);
});

test('only a person ends it; then work goes on where it stood', async () => {
  await queued();
  const ref = await missing();
  expect(await office.openTasks()).toEqual([]);
  await office.days('2026-09-22', '2026-09-25');
  expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'owed' });
  expect(left()).toEqual([]);

  office.at('2026-09-28');
  expect(await found(ref)).toMatchObject({ kind: 'ended' });
  expect(await office.openTasks()).toEqual(['consider-meeting', 'contact-family']);
  await office.day('2026-09-29');
  expect(left()).toEqual(['letter']);
  expect(await states()).toEqual(['email cancelled', 'email sent']);
  expect(schoolDate('2026-09-29')).toBe((await office.letters())[1]?.handedOverOn);
});
