import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { claimLetter } from '../../src/procedure/claim.ts';
import { recordLetterAnswer } from '../../src/procedure/record-answer.ts';
import { readDocument } from '../../src/store/documents.ts';

import { claimRow, markTransmitting, reapAbandoned, recordFoundOut } from '../../src/store/send-protocol.ts';
import { loadStudentFacts } from '../../src/store/student-facts.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { type Office, openOffice } from '../support/office.ts';
import {
  aCode,
  aDeletedAbsence,
  aGuardian,
  anAbsence,
  linkTo,
  weekdaysFrom,
} from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(SEVEN);
});
afterEach(() => office.close());

async function states(): Promise<string[]> {
  return (await office.letters()).map(({ channel, state }) => `${channel} ${state}`);
}

/** Seven days are settled, and the letter is frozen and in line; the window opens the next morning. */
async function queued(): Promise<string> {
  await office.day('2026-09-21', '17:00');
  expect(await states()).toEqual(['email queued']);
  office.at('2026-09-22');
  return (await office.letters())[0]?.id ?? '';
}

async function claimed(letterId: string) {
  const { db, owner, window, limits } = office.jobs;
  const claim = await claimLetter(
    db,
    await office.jobs.procedure(),
    { letterId, owner: owner(), window, limits },
    office.moment(),
  );
  if (claim.kind !== 'claimed') throw new Error(`the claim ended with ${claim.kind}`);
  return claim;
}

describe('a letter that leaves', () => {
  test('G10: is delivered once, as frozen, takes its step and lies in the file', async () => {
    await office.day('2026-09-21');
    expect(await states()).toEqual(['email sent']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    const [letter] = await office.letters();
    const row = await office.db.selectFrom('letter').selectAll().executeTakeFirstOrThrow();
    const [mail] = office.sink.delivered;
    expect(office.sink.delivered).toHaveLength(1);
    expect(mail?.to).toEqual(['mum@family.example.org']);
    const frozen = await readDocument(office.db, row.message_document_id ?? '');
    expect(mail?.raw.equals(frozen.bytes)).toBe(true);
    const parsed = await PostalMime.parse(mail?.raw ?? '');
    const headers = Object.fromEntries(parsed.headers.map((header) => [header.key, header.value]));
    expect(headers).toMatchObject({
      'x-rollcall-kind': 'letter',
      'x-rollcall-ref': letter?.ref,
      'x-rollcall-step': 'first-letter',
    });
    expect(parsed.subject).not.toMatch(/Quillon|Zephyrine|Xanthe/);
    expect(parsed.attachments.map((one) => one.filename)).toEqual([`letter-${letter?.ref}.pdf`]);
    const entries = await office.db
      .selectFrom('file_entry')
      .select(['kind', 'letter_id', 'document_id'])
      .where('kind', '=', 'letter')
      .execute();
    expect(entries).toEqual([{ kind: 'letter', letter_id: row.id, document_id: row.pdf_document_id }]);
  });

  test('G25: goes to each household, and nobody who is excluded gets one', async () => {
    office.sis.guardians = [
      aGuardian('mum', { links: [linkTo('ada')] }),
      aGuardian('dad', { links: [linkTo('ada')] }),
      aGuardian('silent', { links: [linkTo('ada')], mailAllowed: false }),
      aGuardian('barred', { links: [linkTo('ada')], noContact: true }),
      aGuardian('neighbour', { links: [linkTo('ada', { guardian: false })] }),
      aGuardian('aunt', { links: [linkTo('ada')], role: 'relative' }),
    ];
    await office.day('2026-09-21');
    expect(office.sink.delivered.map((mail) => mail.to[0]).sort()).toEqual([
      'dad@family.example.org',
      'mum@family.example.org',
    ]);
  });

  test('G11: keeps bytes and address when the SIS changes between two attempts', async () => {
    office.sink.fault = () => ({ at: 'rcpt', does: 'reply', code: 451 });
    await office.day('2026-09-21');
    const frozen = async () =>
      office.db.selectFrom('letter').select(['message_document_id', 'envelope_to']).executeTakeFirstOrThrow();
    const before = await frozen();
    const [ada] = office.sis.students;
    if (ada === undefined) throw new Error('Ada is missing');
    office.sis.students = [{ ...ada, givenName: 'Renamed' }];
    office.sink.fault = null;
    await office.day('2026-09-22');
    expect(await states()).toEqual(['email sent']);
    expect(await frozen()).toEqual(before);
    const { bytes } = await readDocument(office.db, before.message_document_id ?? '');
    expect(office.sink.delivered[0]?.raw.equals(bytes)).toBe(true);
  });
});

describe('G15: the answer of the mail server comes when the claim is lost', () => {
  const accepted = { kind: 'sent', reply: '250 ok', serverId: null } as const;
  /** The session that owned the claim is gone, and somebody has taken the letter back. */
  async function takenBack() {
    const id = await queued();
    const { letter } = await claimed(id);
    const { db, owner } = office.jobs;
    const before = owner();
    await markTransmitting(db, 'letter', { id, owner: before, now: office.moment().now });
    await office.restart();
    expect(await states()).toEqual(['email uncertain']);
    expect(await office.openTasks()).toContain('resolve-letter');
    return { id, letter, owner: before };
  }
  const record = async ({ letter, owner }: Awaited<ReturnType<typeof takenBack>>) =>
    recordLetterAnswer(office.db, await office.jobs.procedure(), letter, owner, accepted, office.moment());

  test('a 2xx is kept all the same, and nobody is asked any more', async () => {
    const taken = await takenBack();
    expect(await record(taken)).toBe('sent');
    expect(await states()).toEqual(['email sent']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await office.openTasks()).not.toContain('resolve-letter');
    const attempts = await office.db.selectFrom('send_attempt').select('outcome').orderBy('id').execute();
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['uncertain', 'sent']);
    expect(await record(taken)).toBe('lost-claim');
  });

  test('what a person has decided meanwhile stands', async () => {
    const taken = await takenBack();
    const found = { delivered: false, on: office.moment().today, by: 'Clerk', because: 'the log' };
    await recordFoundOut(office.db, taken.id, { ...found, now: office.moment().now });
    expect(await record(taken)).toBe('lost-claim');
    expect(await states()).toEqual(['email cancelled']);
  });
});

describe('G8: a correction stops the letter', () => {
  const correct = () => {
    office.absent(SEVEN.slice(1));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
  };

  test('between planning and freezing', async () => {
    office.at('2026-09-21');
    await office.sync();
    await office.decide();
    expect(await states()).toEqual(['email planned']);
    correct();
    await office.sync();
    await office.work();
    expect(await states()).toEqual(['email cancelled']);
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'withdrawn' });
    expect(office.sink.delivered).toHaveLength(0);
  });

  test('between freezing and sending, by the look inside the claim', async () => {
    await queued();
    correct();
    await office.sync();
    // Only the sending job runs: no evaluation has come before it.
    expect(await office.workOnce('send-letter')).toEqual(['send-letter']);
    expect(await states()).toEqual(['email cancelled']);
    expect(office.sink.delivered).toHaveLength(0);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
  });

  test('between the claim and the first byte', async () => {
    const id = await queued();
    const { letter } = await claimed(id);
    correct();
    await office.sync();
    await office.decide();
    const { db, owner } = office.jobs;
    await expect(
      markTransmitting(db, 'letter', { id, owner: owner(), now: office.moment().now }),
    ).rejects.toThrow('was lost');
    const answer = { kind: 'not-started', reason: 'mark-failed', reply: null } as const;
    expect(
      await recordLetterAnswer(db, await office.jobs.procedure(), letter, owner(), answer, office.moment()),
    ).toBe('lost-claim');
    expect(await states()).toEqual(['email cancelled']);
  });

  test('between the first byte and the answer: it has left, superseded, and staff are told', async () => {
    const id = await queued();
    const { letter } = await claimed(id);
    const { db, owner } = office.jobs;
    await markTransmitting(db, 'letter', { id, owner: owner(), now: office.moment().now });
    correct();
    await office.sync();
    await office.decide();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
    const answer = { kind: 'sent', reply: '250 ok', serverId: null } as const;
    expect(
      await recordLetterAnswer(db, await office.jobs.procedure(), letter, owner(), answer, office.moment()),
    ).toBe('sent');
    await office.work();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
    expect(await office.letters()).toMatchObject([{ state: 'sent', superseded: true }]);
    expect(await office.openTasks()).toContain('count-corrected');
    // Whoever does the task has to know which letter to take back.
    const task = (await listOpenTasks(db)).find(({ kind }) => kind === 'count-corrected');
    expect(task?.detail).toBe(letter.ref);
  });

  test('and its tasks close with the reason', async () => {
    await queued();
    expect(await office.openTasks()).toEqual(['consider-meeting', 'contact-family']);
    correct();
    await office.day('2026-09-22');
    expect(await office.openTasks()).toEqual(['contact-family']);
    const closed = await office.db
      .selectFrom('task')
      .select(['kind', 'reason'])
      .where('state', '=', 'closed')
      .execute();
    expect(closed).toEqual([{ kind: 'consider-meeting', reason: 'count-fell' }]);
  });

  test('a printed letter comes out of its envelope: posting the run posts the others only', async () => {
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true })];
    await office.day('2026-09-21');
    expect(await states()).toEqual(['paper printed']);
    correct();
    await office.day('2026-09-22');
    expect(await states()).toEqual(['paper cancelled']);
    expect(await office.answer('print-letters', 'posted')).toMatchObject({ kind: 'done', lettersPosted: 0 });
    expect(await states()).toEqual(['paper cancelled']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
  });
});

describe('G25: who may get it is asked again at the claim', () => {
  const barred = aGuardian('mum', { links: [linkTo('ada')], noContact: true });
  const dad = aGuardian('dad', { links: [linkTo('ada')] });

  test('a guardian who may no longer be written to gets nothing; the others get theirs', async () => {
    office.sis.guardians.push(dad);
    await office.day('2026-09-21', '17:00');
    office.at('2026-09-22');
    office.sis.guardians = [barred, dad];
    await office.sync();
    await office.work();
    expect((await states()).sort()).toEqual(['email cancelled', 'email sent']);
    expect(office.sink.delivered.map((mail) => mail.to)).toEqual([['dad@family.example.org']]);
  });

  test('when nobody is left the letter waits and the office is asked; who comes then gets it', async () => {
    await queued();
    office.sis.guardians = [barred];
    await office.sync();
    await office.work();
    expect(office.sink.delivered).toHaveLength(0);
    expect(await office.openTasks()).toContain('no-recipient');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    office.sis.guardians = [barred, dad];
    await office.day('2026-09-23');
    expect(office.sink.delivered.map((mail) => mail.to)).toEqual([['dad@family.example.org']]);
    expect((await states()).sort()).toEqual(['email cancelled', 'email sent']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
  });

  test('a new address gets a fresh letter, the old one nothing', async () => {
    await queued();
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], email: 'new@family.example.org' })];
    await office.sync();
    await office.work();
    expect((await states()).sort()).toEqual(['email cancelled', 'email sent']);
    expect(office.sink.delivered.map((mail) => mail.to)).toEqual([['new@family.example.org']]);
  });

  test('who appears after the step was taken gets nothing for it', async () => {
    await office.day('2026-09-21');
    office.sis.guardians.push(aGuardian('dad', { links: [linkTo('ada')] }));
    await office.days('2026-09-22', '2026-09-24');
    expect(office.sink.delivered.map((mail) => mail.to)).toEqual([['mum@family.example.org']]);
  });
});

describe('what the mail server says', () => {
  test.each([
    ['a hold', () => office.hold({ scope: 'letters', begins: '2026-09-21', ends: '2026-09-22' }), []],
    [
      'an unknown code',
      async () => {
        const row = { codeSourcedId: 'new', schoolSourcedId: office.school };
        office.sis.absences.push(anAbsence('ada', '2026-09-17', row));
      },
      ['unmapped-code'],
    ],
  ])(
    'a letter that is tried again after another one has taken the step waits for %s',
    async (_, comes, task) => {
      office.sis.guardians.push(aGuardian('dad', { links: [linkTo('ada')] }));
      office.sink.fault = ({ to }) =>
        to?.startsWith('dad') ? { at: 'rcpt', does: 'reply', code: 451 } : null;
      await office.day('2026-09-21');
      expect((await states()).sort()).toEqual(['email queued', 'email sent']);
      const tasks = await office.openTasks();
      office.sink.fault = null;
      await comes();
      await office.day('2026-09-22');
      expect((await states()).sort()).toEqual(['email held', 'email sent']);
      expect(await office.openTasks()).toEqual([...tasks, ...task].sort());
      office.sis.codes.push(aCode('new', { status: 'tardy' }));
      await office.day('2026-09-23');
      expect((await states()).sort()).toEqual(['email sent', 'email sent']);
      expect(await office.openTasks()).toEqual(tasks);
    },
  );

  test('5xx: the address is put right by the office, the letter goes on paper and posting takes the step', async () => {
    office.sink.fault = () => ({ at: 'rcpt', does: 'reply', code: 550 });
    await office.day('2026-09-21');
    expect(await states()).toEqual(['paper printed']);
    expect((await office.letters())[0]).toMatchObject({ channelReason: 'address-refused' });
    expect(await office.openTasks()).toEqual([
      'consider-meeting',
      'contact-family',
      'fix-address',
      'print-letters',
    ]);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    expect(await office.answer('print-letters', 'posted')).toMatchObject({ lettersPosted: 1 });
    expect(await states()).toEqual(['paper posted']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(office.sink.delivered).toHaveLength(0);
  });

  test.each([
    ['5.1.1 no such user', ['address-bounced']],
    ['5.7.1 your rule', []],
  ])('5xx (%s): whether the address is kept off is told by the code alone', async (text, kept) => {
    office.sink.fault = () => ({ at: 'rcpt', does: 'reply', code: 550, text });
    await office.day('2026-09-21');
    expect(await states()).toEqual(['paper printed']);
    const facts = await loadStudentFacts(office.db, { id: 1, schoolYear: '2027' });
    const found = facts?.guardians.filter(({ emailBounced }) => emailBounced).map(() => 'address-bounced');
    expect(found).toEqual(kept);
  });

  test('5xx: a job from before, which comes late, does not mail the letter that is to be printed', async () => {
    const id = await queued();
    office.sink.fault = () => ({ at: 'rcpt', does: 'reply', code: 550 });
    await office.workOnce('send-letter');
    expect(await states()).toEqual(['paper queued']);
    office.sink.fault = null;
    await expect(claimed(id)).rejects.toThrow('not-due');
    const { db, owner } = office.jobs;
    expect(await claimRow(db, 'letter', { id, owner: owner(), now: office.moment().now })).toBe(false);
  });

  test('4xx: the same letter goes later, and once', async () => {
    office.sink.fault = () => ({ at: 'rcpt', does: 'reply', code: 451 });
    await office.day('2026-09-21');
    expect(await states()).toEqual(['email queued']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    office.sink.fault = null;
    await office.work();
    expect(office.sink.delivered).toHaveLength(0);
    office.at('2026-09-21', '08:40');
    await office.work();
    expect(await states()).toEqual(['email sent']);
    expect(office.sink.delivered).toHaveLength(1);
  });

  test('G1: no word after the last dot: uncertain, a task, and never sent again', async () => {
    office.sink.fault = () => ({ at: 'dot', does: 'keep-and-drop' });
    await office.day('2026-09-21');
    expect(await states()).toEqual(['email uncertain']);
    expect(await office.openTasks()).toContain('resolve-letter');
    office.sink.fault = null;
    await office.days('2026-09-22', '2026-10-02');
    expect(await states()).toEqual(['email uncertain']);
    expect(office.sink.delivered).toHaveLength(1);
    const deliveredRefs = office.sink.delivered.map(
      (mail) => /^X-Rollcall-Ref: (.+)$/m.exec(String(mail.raw))?.[1],
    );
    expect(deliveredRefs.map((ref) => ref?.trim())).toEqual([(await office.letters())[0]?.ref]);
  });

  test('uncertain when a correction comes: the step is withdrawn, and the clerk still has to find out', async () => {
    office.sink.fault = () => ({ at: 'dot', does: 'keep-and-drop' });
    await office.day('2026-09-21');
    office.absent(SEVEN.slice(1));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
    await office.day('2026-09-22');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'withdrawn' });
    expect(await states()).toEqual(['email uncertain']);
    expect(await office.openTasks()).toEqual(['contact-family', 'resolve-letter']);
  });

  test('G1: uncertain, withdrawn, and owed anew by a guardian whom the SIS has given another id: no second letter', async () => {
    const mum = (id: string) =>
      aGuardian(id, { aliases: ['number-of-mum'], email: 'mum@family.example.org', links: [linkTo('ada')] });
    office.sis.guardians = [mum('mum')];
    office.sink.fault = () => ({ at: 'dot', does: 'keep-and-drop' });
    await office.day('2026-09-21');
    office.sink.fault = null;
    office.absent(SEVEN.slice(1));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
    office.sis.guardians = [mum('mum~1')];
    await office.day('2026-09-22');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
    office.absent([...SEVEN.slice(1), '2026-09-17']);
    await office.day('2026-09-23');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    expect(await states()).toEqual(['email uncertain']);
  });

  test('G15: an answer that cannot be kept leaves an uncertain letter and a task; a mail that cannot be read waits again', async () => {
    const id = await queued();
    const { db } = office;
    await sql`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'no room'; end $$`.execute(db);
    await sql`alter table document rename to document_away`.execute(db);
    await expect(office.workOnce('send-letter')).rejects.toThrow('document');
    expect(await states()).toEqual(['email queued']);
    await sql`alter table document_away rename to document`.execute(db);
    await sql`create trigger refuse before insert on file_entry for each row execute function refuse()`.execute(
      db,
    );
    await expect(office.workOnce('send-letter')).rejects.toThrow('no room');
    expect(office.sink.delivered).toHaveLength(1);
    expect(await office.letters()).toMatchObject([{ id, state: 'uncertain', reason: 'answer-lost' }]);
    expect(await office.openTasks()).toContain('resolve-letter');
  });

  test('a connection that breaks before the message has begun is tried again', async () => {
    office.sink.fault = () => ({ at: 'connect', does: 'drop' });
    await office.day('2026-09-21');
    expect(await states()).toEqual(['email queued']);
    office.sink.fault = null;
    await office.day('2026-09-22');
    expect(await states()).toEqual(['email sent']);
    expect(office.sink.delivered).toHaveLength(1);
  });

  test('G1: a process that died in the middle of a transmission leaves an uncertain letter, which is not sent again', async () => {
    const id = await queued();
    await claimed(id);
    const { db, owner } = office.jobs;
    await markTransmitting(db, 'letter', { id, owner: owner(), now: office.moment().now });
    await sql`update letter set owner = 1`.execute(db);
    expect(await db.transaction().execute((tx) => reapAbandoned(tx, 'letter', office.moment().now))).toEqual([
      id,
    ]);
    await office.days('2026-09-22', '2026-09-25');
    expect(await states()).toEqual(['email uncertain']);
    expect(office.sink.delivered).toHaveLength(0);
  });
});

describe('the sending window', () => {
  test.each([
    ['before it opens', '2026-09-21', '07:59', '2026-09-21', '08:00'],
    ['after it has closed', '2026-09-21', '16:00', '2026-09-22', '08:00'],
    ['on a Saturday', '2026-09-26', '10:00', '2026-09-28', '08:00'],
    ['on a holiday', '2026-09-25', '10:00', '2026-09-28', '08:00'],
    ['on the last school day before a break', '2026-10-14', '10:00', '2026-10-20', '08:00'],
  ])('%s nothing leaves; the letter goes when it opens', async (_when, date, time, opens, at) => {
    await office.day(date, time);
    expect(await states()).toEqual(['email queued']);
    expect(office.sink.delivered).toHaveLength(0);
    const row = await office.db.selectFrom('letter').select('due_at').executeTakeFirstOrThrow();
    office.at(opens, at);
    expect(row.due_at).toEqual(office.moment().now);
    await office.sync();
    await office.work();
    expect(await states()).toEqual(['email sent']);
  });

  test('a letter whose time comes on a closed day stays in line', async () => {
    await queued();
    office.at('2026-09-25', '10:00');
    await office.sync();
    expect(await office.workOnce('send-letter')).toEqual(['send-letter']);
    expect(await states()).toEqual(['email queued']);
    expect(office.sink.delivered).toHaveLength(0);
  });

  test('print runs keep to it, too', async () => {
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true })];
    await office.day('2026-09-26');
    expect(await states()).toEqual(['paper queued']);
    expect(await office.openTasks()).not.toContain('print-letters');
    await office.day('2026-09-28');
    expect(await states()).toEqual(['paper printed']);
  });
});

describe('letters on paper', () => {
  test('a print run and its posting take the step', async () => {
    office.sis.guardians = [
      aGuardian('mum', { links: [linkTo('ada')], email: null }),
      aGuardian('dad', { links: [linkTo('ada')], wantsPaper: true }),
    ];
    await office.day('2026-09-21');
    expect(await states()).toEqual(['paper printed', 'paper printed']);
    const run = await office.db.selectFrom('print_run').selectAll().executeTakeFirstOrThrow();
    expect(run).toMatchObject({ letters: 2, posted_on: null });
    const pdf = await readDocument(office.db, run.document_id);
    expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    office.at('2026-09-22', '14:00');
    expect(await office.answer('print-letters', 'posted')).toMatchObject({ kind: 'done', lettersPosted: 2 });
    expect(await states()).toEqual(['paper posted', 'paper posted']);
    expect((await office.letters()).map((letter) => letter.handedOverOn)).toEqual([
      '2026-09-22',
      '2026-09-22',
    ]);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    const posted = await office.db
      .selectFrom('print_run')
      .select(['posted_on', 'posted_by'])
      .executeTakeFirst();
    expect(posted).toEqual({ posted_on: '2026-09-22', posted_by: 'Clerk' });
  });

  test('a letter is in one print run only', async () => {
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true })];
    await office.days('2026-09-21', '2026-09-24');
    const runs = await office.db.selectFrom('print_run').selectAll().execute();
    expect(runs).toHaveLength(1);
  });
});
