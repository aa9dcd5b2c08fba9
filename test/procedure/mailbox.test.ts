import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { openImapInbox } from '../../src/mail/inbound/imap-inbox.ts';
import { recallLetters } from '../../src/procedure/recall-letters.ts';
import { recordReturnedPost } from '../../src/procedure/returned-post.ts';
import { MOST_PASSED_ON } from '../../src/procedure/take-in-message.ts';
import { listFileEntries } from '../../src/store/attendance-files.ts';
import { listBouncedAddresses, trustAddresses } from '../../src/store/bounced-addresses.ts';
import { openStops } from '../../src/store/brakes.ts';
import { readDocument } from '../../src/store/documents.ts';
import { loadStudentFacts } from '../../src/store/student-facts.ts';
import { type About, asMail, notices, writtenBy } from '../mail/inbound/samples.ts';
import { type ImapServer, startImapServer } from '../support/imap-server.ts';
import { type Office, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
const PASSWORD = 'a password for tests';

let office: Office;
let server: ImapServer;
beforeEach(async () => {
  server = await startImapServer({ user: 'bounces', password: PASSWORD });
  office = await openOffice({
    district: (text) =>
      text.replace(
        '  messageIdDomain:',
        '  returnPath: bounces@cedar-valley.example.org\n  messageIdDomain:',
      ),
  });
  office.absent(SEVEN);
});
afterEach(async () => {
  await office.close();
  await server.stop();
});

/** One look into the mailbox, by whatever password. @returns what came of how many mails, or why nothing was read */
async function look(password = PASSWORD): Promise<Readonly<Record<string, number>> | string> {
  const inbox = openImapInbox({
    host: '127.0.0.1',
    port: server.port,
    tls: 'none',
    user: 'bounces',
    secret: () => ({ kind: 'password', value: password }),
    folder: 'INBOX',
    processedFolder: 'Done',
    waitMs: 2_000,
  });
  const { correspondence, procedure } = office.jobs;
  const outcome = await correspondence.readMailbox(await procedure(), inbox, office.moment());
  return outcome.kind === 'read' ? outcome.mails : outcome.trouble;
}

/** The letter has left. */
async function sent(): Promise<About> {
  await office.day('2026-09-21');
  expect(await states()).toEqual(['email sent']);
  return aboutLetter();
}

async function aboutLetter(): Promise<About> {
  const row = await office.db
    .selectFrom('letter')
    .selectAll()
    .orderBy('planned_at')
    .executeTakeFirstOrThrow();
  return {
    messageId: row.message_id ?? '',
    returnPath: row.envelope_from ?? '',
    recipient: row.envelope_to ?? '',
  };
}

function aboutNotice(about: About, status: string): string {
  return notices.postfix(about).replaceAll('5.1.1', status);
}

async function states(student?: string): Promise<string[]> {
  return (await office.letters(student)).map(({ channel, state }) => `${channel} ${state}`).sort();
}

/** When letters were handed over that a referral may rest on. */
async function lettersOut(): Promise<string[]> {
  const facts = await loadStudentFacts(office.db, { id: await office.studentId(), schoolYear: '2027' });
  return facts?.lettersOut.map(({ handedOverOn }) => handedOverOn) ?? [];
}

async function file(): Promise<string[]> {
  const entries = await listFileEntries(office.db, {
    studentId: await office.studentId(),
    schoolYear: '2027',
  });
  return entries.map(({ title, detail }) => (detail == null ? title : `${title} | ${detail}`));
}

/** Mails that left, after the letter. */
async function forwarded() {
  await office.work();
  const mails = await Promise.all(
    office.sink.delivered.map(async ({ to, raw }) => ({
      to,
      raw,
      mail: await PostalMime.parse(raw, { forceRfc822Attachments: true }),
    })),
  );
  return mails.filter(({ mail }) =>
    mail.headers.some(({ key, value }) => key === 'x-rollcall-kind' && value === 'task'),
  );
}

describe('a letter that comes back', () => {
  test('is no notice any more: it goes on paper, the address is left alone, and the file says why', async () => {
    const about = await sent();
    expect(about.returnPath).toMatch(
      /^bounces\+L-[A-Z0-9]{4}-[A-Z0-9]{4}-[0-9a-f]{16}@cedar-valley\.example\.org$/,
    );
    server.deliver(asMail(notices.postfix(about)));
    office.at('2026-09-22');
    expect(await look()).toEqual({ 'notice bounced': 1 });
    expect(await states()).toEqual(['email bounced', 'paper planned']);
    const letters = await office.letters();
    const first = letters.find(({ state }) => state === 'bounced');
    expect(letters.find(({ state }) => state === 'planned')).toMatchObject({
      channelReason: 'address-bounced',
      step: 'first-letter',
      round: 1,
    });
    expect(await lettersOut()).toEqual([]);
    expect(await office.openTasks()).toEqual(['consider-meeting', 'contact-family', 'fix-address']);
    expect(await file()).toContain(
      `Letter ${first?.ref} (first-letter) came back: it could not be delivered (5.1.1) | 550 5.1.1 …: Recipient address rejected: User unknown in virtual mailbox table`,
    );
    expect([server.uids(), server.uids('Done')]).toEqual([[], [1]]);
    await office.work();
    expect(await states()).toEqual(['email bounced', 'paper printed']);
    const fresh = letters.find(({ state }) => state === 'planned');
    const refused = await office.rollcall(
      ...[
        'letters',
        'reissue',
        first?.ref ?? '',
        '--by',
        'Dana Ruiz',
        '--why',
        'asked for',
        '--as-of',
        '2026-09-22',
      ],
    );
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining(`issued once more as ${fresh?.ref}`),
    });
    expect(await file()).not.toContainEqual(expect.stringContaining('Dana Ruiz'));
    expect((await office.rollcall('letters', 'show', fresh?.ref ?? '')).out).toContain(
      `in place of ${first?.ref} by Rollcall: the mail came back`,
    );
    expect(await office.answer('print-letters', 'posted')).toMatchObject({ lettersPosted: 1 });
    expect(await states()).toEqual(['email bounced', 'paper posted']);
    expect(await lettersOut()).toEqual(['2026-09-22']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    const notice = await office.db.selectFrom('delivery_notice').selectAll().executeTakeFirstOrThrow();
    expect(notice).toMatchObject({ kind: 'bounced', status: '5.1.1', on_date: '2026-09-22' });
    const kept = await readDocument(office.db, notice.document_id ?? '');
    expect(kept.bytes).toEqual(asMail(notices.postfix(about)));
  });

  test('later letters go on paper too, until the address changes or a person trusts it', async () => {
    const about = await sent();
    server.deliver(asMail(notices.gmail(about)));
    await look();
    expect(await listBouncedAddresses(office.db)).toMatchObject([{ guardians: ['mum'], status: '5.1.1' }]);
    const channel = async () =>
      (await office.letters()).filter(({ state }) => state === 'planned').at(-1)?.channel;
    const planAgain = async () => {
      await office.db
        .deleteFrom('letter_addressee')
        .where('letter_id', 'in', (eb) => eb.selectFrom('letter').select('id').where('state', '=', 'planned'))
        .execute();
      await office.db
        .updateTable('letter')
        .set({ state: 'cancelled' })
        .where('state', '=', 'planned')
        .execute();
      await office.db
        .updateTable('ladder_step')
        .set({ state: 'owed', acted: false, taken_on: null })
        .where('step', '=', 'first-letter')
        .execute();
      await office.db.updateTable('ladder').set({ result_hash: 'none' }).execute();
      await office.decide();
      return channel();
    };
    expect(await planAgain()).toBe('paper');
    const letter = (await office.letters()).find(({ state }) => state === 'bounced');
    const refs = [letter?.ref ?? ''];
    const trust = { by: 'Ana Silva', because: 'the box was full', now: office.moment().now };
    expect(await trustAddresses(office.db, { refs: [...refs, 'L-NONE'] }, trust)).toBeNull();
    expect(await trustAddresses(office.db, { refs }, trust)).toBe(1);
    expect(await trustAddresses(office.db, { refs }, trust)).toBeNull();
    expect(await planAgain()).toBe('email');
  });

  test('after days of trying goes on paper, and the address stays in use', async () => {
    server.deliver(asMail(notices.expired(await sent())));
    expect(await look()).toEqual({ 'notice bounced': 1 });
    expect(await listBouncedAddresses(office.db)).toEqual([]);
    expect(await states()).toEqual(['email bounced', 'paper planned']);
  });

  test('five times on one day stops sending, whatever the codes say, and what went on paper for it is not printed', async () => {
    const letter = await sent();
    const seven = aboutNotice(letter, '5.7.1');
    await sql`update sending_streak set bounces = 4, bounced_on = '2026-09-21'`.execute(office.db);
    server.deliver(asMail(seven));
    office.at('2026-09-21', '09:00');
    expect(await look()).toEqual({ 'notice bounced': 1 });
    // Our reputation says nothing against the address.
    expect(await listBouncedAddresses(office.db)).toEqual([]);
    const [stop] = await openStops(office.db);
    expect(stop).toMatchObject({ kind: 'bounces', mails: 5 });
    expect(await office.openTasks()).toContain('sending-stopped');
    await office.work();
    expect(await states()).toEqual(['email bounced', 'paper queued']);
    const status = (await office.rollcall('status')).out;
    expect(status).toContain('5 letters of one day came back, the arrival of none confirmed in between.');
    const said = ['--by', 'IT', '--why', 'off the list again', '--as-of', '2026-09-21'];
    expect(await office.rollcall('brakes', 'release', stop?.ref ?? '', ...said)).toMatchObject({ code: 0 });
    await office.work();
    expect(await states()).toEqual(['email bounced', 'paper printed']);
  });

  test('after a new address is in the SIS goes there by e-mail, and never to the old one', async () => {
    const about = await sent();
    server.deliver(asMail(notices.postfix(about)));
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], email: 'new@family.example.org' })];
    await office.sync();
    await look();
    office.at('2026-09-22');
    await office.work();
    expect(await states()).toEqual(['email bounced', 'email sent']);
    expect(office.sink.delivered.map(({ to }) => to[0])).toEqual([about.recipient, 'new@family.example.org']);
  });

  test('whose count was corrected meanwhile is not written again', async () => {
    const about = await sent();
    office.absent(SEVEN.slice(0, 3));
    await office.days('2026-09-22', '2026-09-23');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
    server.deliver(asMail(notices.postfix(about)));
    await look();
    await office.work();
    expect(await states()).toEqual(['email bounced']);
    expect(await office.openTasks()).toContain('fix-address');
    // The correction is corrected: now the family has heard nothing of what stands.
    office.absent(SEVEN);
    await office.days('2026-09-24', '2026-09-25');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await states()).toEqual(['email bounced', 'paper printed']);
  });

  test('to somebody who gets none any more leaves a person who decides', async () => {
    server.deliver(asMail(notices.postfix(await sent())));
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], noContact: true })];
    await office.sync();
    office.at('2026-09-22');
    expect(await look()).toEqual({ 'notice bounced': 1 });
    await office.work();
    expect(await states()).toEqual(['email bounced']);
    expect(await office.openTasks()).toContain('letter-came-back');
    expect(await office.openTasks()).not.toContain('fix-address');
  });
});

test('what has come back stands so in the packet; what comes back later is told to the officer', async () => {
  office.absent(weekdaysFrom('2026-08-27', 17).filter((date) => date !== '2026-09-07'));
  server.deliver(asMail(notices.postfix(await sent())));
  await office.answer('contact-family', 'reached');
  office.at('2026-09-22');
  await look();
  await office.work();
  expect(await office.answer('print-letters', 'posted')).toMatchObject({ lettersPosted: 1 });
  await office.days('2026-09-23', '2026-10-02');
  const referral = await office.db.selectFrom('referral').selectAll().executeTakeFirstOrThrow();
  expect(referral).toMatchObject({ state: 'delivered' });
  const packet = await readDocument(office.db, referral.packet_document_id ?? '');
  const text = (await readPdf(packet.bytes)).text.replace(/\s+/g, ' ');
  expect(text).toMatch(/came back on 2026-09-22/);
  expect(text).toContain('none: it could not be delivered (5.1.1)');
  expect(text).toMatch(/Letter L-\S+ came back: the e-mail could not be delivered\./);
  expect(await office.openTasks()).not.toContain('tell-officer');
  const posted = (await office.letters()).find(({ state }) => state === 'posted');
  const { db, jobs } = office;
  const { now, today } = office.moment();
  const returned = { ref: posted?.ref ?? '', by: 'Clerk', because: 'moved', on: today };
  await recordReturnedPost(db, await jobs.procedure(), returned, { now, today });
  const task = await db
    .selectFrom('task')
    .select(['role', 'detail', 'due_on'])
    .where('kind', '=', 'tell-officer')
    .executeTakeFirst();
  const detail = `case ${referral.ref}, letter ${posted?.ref}`;
  expect(task).toEqual({ role: 'administrator', detail, due_on: today });
});

describe('a notice that is not to be believed', () => {
  test('changes nothing: another Message-ID, a guessed seal, the reference alone', async () => {
    const about = await sent();
    const ref = about.returnPath.slice(8, 19);
    const forged = [
      {
        ...about,
        messageId: '<0123456789abcdef@cedar-valley.example.org>',
        returnPath: `bounces+${ref}-0123456789abcdef@cedar-valley.example.org`,
      },
      { ...about, messageId: '<x@y.example.org>', returnPath: `bounces+${ref}@cedar-valley.example.org` },
    ];
    for (const one of forged) {
      server.deliver(asMail(notices.postfix(one)));
      server.deliver(asMail(notices.delivered(one)));
    }
    expect(await look()).toEqual({ 'notice not-ours': 4 });
    expect(await states()).toEqual(['email sent']);
    // Other people may be waiting for them.
    expect(server.uids()).toEqual([1, 2, 3, 4]);
    server.deliver(asMail(notices.delayed(about)));
    server.deliver(asMail(notices.relayed(about)));
    server.deliver(
      asMail(
        writtenBy('mum@family.example.org', {
          headers: `Auto-Submitted: auto-replied\nIn-Reply-To: ${about.messageId}`,
        }),
      ),
    );
    expect(await look()).toEqual({ 'notice delayed': 1, 'notice relayed': 1, 'automatic auto-submitted': 1 });
    expect(await states()).toEqual(['email sent']);
    expect(await file()).toHaveLength(2);
    // Either proof is enough: the seal here, the Message-ID in the second.
    server.deliver(asMail(notices.postfix({ ...about, messageId: '<lost@example.org>' })));
    server.deliver(asMail(notices.exim({ ...about, returnPath: 'bounces@cedar-valley.example.org' })));
    expect(await look()).toEqual({ 'notice bounced': 1, 'notice nothing-to-change': 1 });
    expect(await states()).toEqual(['email bounced', 'paper planned']);
  });
});

describe('a letter that is uncertain', () => {
  async function uncertain(): Promise<About> {
    office.sink.fault = () => ({ at: 'dot', does: 'keep-and-drop' });
    await office.day('2026-09-21');
    office.sink.fault = null;
    expect(await states()).toEqual(['email uncertain']);
    expect(await office.openTasks()).toContain('resolve-letter');
    return aboutLetter();
  }

  test('is sent when the receiving mail system says that it has it', async () => {
    server.deliver(asMail(notices.delivered(await uncertain())));
    office.at('2026-09-22');
    expect(await look()).toEqual({ 'notice delivered': 1 });
    expect(await states()).toEqual(['email sent']);
    expect((await office.letters())[0]?.handedOverOn).toBe('2026-09-21');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await office.openTasks()).not.toContain('resolve-letter');
  });

  test('has not arrived when it comes back, and goes on paper', async () => {
    server.deliver(asMail(notices.gmail(await uncertain())));
    office.at('2026-09-22');
    await look();
    await office.work();
    expect(await states()).toEqual(['email bounced', 'paper printed']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    expect(await office.openTasks()).not.toContain('resolve-letter');
    const printed = (await office.letters()).filter(({ state }) => state === 'printed');
    const why = { by: 'Ana Silva', because: 'the family moved away' };
    const refs = printed.map(({ ref }) => ref);
    expect(await recallLetters(office.db, refs, why, office.moment())).toMatchObject({ kind: 'recalled' });
    await office.work();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'skipped' });
  });

  test('and comes back for a student who has left is written anew once the student is back', async () => {
    const about = await uncertain();
    const { students } = office.sis;
    office.sis.students = students.map((one) => ({ ...one, enrolments: [] }));
    await office.day('2026-09-22');
    server.deliver(asMail(notices.gmail(about)));
    await look();
    await office.work();
    expect(await states()).toEqual(['email bounced']);
    office.sis.students = students;
    await office.day('2026-09-23');
    expect(await states()).toEqual(['email bounced', 'paper printed']);
  });
});

describe('a reply', () => {
  const WORDS = 'Ada was at the doctor. Here is the note.';

  test('is passed on to the office, with the mail, and lies in the file; nobody is answered', async () => {
    const about = await sent();
    const reply = asMail(
      writtenBy('mum@family.example.org', { headers: `In-Reply-To: ${about.messageId}`, body: WORDS }),
    );
    server.deliver(reply);
    expect(await look()).toEqual({ 'personal passed-on': 1 });
    const [passedOn, ...more] = await forwarded();
    expect(more).toEqual([]);
    const ref = about.returnPath.slice(8, 19);
    const office1 = office.config.schools[0]?.email;
    expect(passedOn?.to).toEqual([office1]);
    expect(passedOn?.mail.subject).toBe(`An answer to letter ${ref} has come in`);
    expect(passedOn?.mail.replyTo).toEqual([{ name: '', address: 'mum@family.example.org' }]);
    expect(passedOn?.mail.text).toContain(`> ${WORDS}`);
    expect(passedOn?.mail.text).toContain('the address that the mail was sent to');
    expect(passedOn?.mail.text).toContain('It concerns Quillon Zephyrine');
    expect(passedOn?.mail.attachments.map(({ mimeType }) => mimeType)).toEqual(['message/rfc822']);
    expect(passedOn?.raw.includes(reply)).toBe(true);
    expect(await file()).toContain(
      `Reply received to letter ${ref} (first-letter) | From the address that the letter was sent to.`,
    );
    expect(server.uids('Done')).toEqual([1]);
    expect(office.sink.delivered.filter(({ to }) => to.includes('mum@family.example.org'))).toHaveLength(1);
  });

  test('of somebody else, in another script, is passed on with a warning and without a way back', async () => {
    const about = await sent();
    server.deliver(
      asMail(
        writtenBy('uncle@elsewhere.example.com', {
          to: about.returnPath,
          subject: 'أهلا',
          body: 'كان مريضا',
        }),
      ),
    );
    expect(await look()).toEqual({ 'personal passed-on': 1 });
    const [passedOn] = await forwarded();
    expect(passedOn?.mail.replyTo?.[0]?.address).not.toBe('uncle@elsewhere.example.com');
    expect(passedOn?.mail.text).toContain('Please make sure who wrote');
    expect(passedOn?.mail.text).toContain('> كان مريضا');
    expect(passedOn?.mail.attachments.map(({ mimeType }) => mimeType)).toEqual(['application/octet-stream']);
    expect(passedOn?.raw.every((byte) => byte < 128)).toBe(true);
  });

  test('passed on, and sent back to the mailbox or answered by a machine, makes no loop', async () => {
    const about = await sent();
    server.deliver(
      asMail(writtenBy('mum@family.example.org', { headers: `In-Reply-To: ${about.messageId}` })),
    );
    await look();
    const [passedOn] = await forwarded();
    const id = passedOn?.mail.messageId ?? '';
    server.deliver(passedOn?.raw ?? '');
    server.deliver(
      asMail(
        writtenBy('office@school.example.org', {
          headers: `Auto-Submitted: auto-replied\nIn-Reply-To: ${id}`,
        }),
      ),
    );
    expect(await look()).toEqual({ 'own ignored': 1, 'automatic auto-submitted': 1 });
    expect(await forwarded()).toHaveLength(1);
  });

  test('many a day of one sender wait in the mailbox, and the clerk is asked to look', async () => {
    const about = await sent();
    for (let index = 0; index <= MOST_PASSED_ON + 1; index += 1) {
      const mail = { headers: `In-Reply-To: ${about.messageId}`, subject: `Re: ${'!'.repeat(index)}` };
      server.deliver(asMail(writtenBy('mum@family.example.org', mail)));
    }
    expect(await look()).toEqual({ 'personal passed-on': MOST_PASSED_ON, 'personal too-many': 2 });
    expect(server.uids()).toHaveLength(2);
    expect(await office.openTasks()).toContain('read-replies');
    office.at('2026-09-22');
    server.deliver(
      asMail(
        writtenBy('mum@family.example.org', {
          headers: `In-Reply-To: ${about.messageId}`,
          subject: 'Re: once more, on the next day',
        }),
      ),
    );
    expect(await look()).toEqual({ 'personal passed-on': 1 });
  });
});

describe('a mail to staff that comes back', () => {
  test('is a task for somebody who can be reached', async () => {
    await office.day('2026-09-21');
    await office.digests();
    await office.work();
    const digest = await office.db
      .selectFrom('staff_mail')
      .selectAll()
      .where('kind', '=', 'digest')
      .executeTakeFirstOrThrow();
    server.deliver(
      asMail(
        notices.postfix({
          messageId: digest.message_id ?? '',
          returnPath: digest.envelope_from ?? '',
          recipient: digest.to_email,
        }),
      ),
    );
    expect(await look()).toEqual({ 'notice bounced': 1 });
    const task = await office.db
      .selectFrom('task')
      .selectAll()
      .where('kind', '=', 'mail-bounced')
      .executeTakeFirstOrThrow();
    expect(task).toMatchObject({ role: 'it-contact', detail: `digest ${digest.ref} (5.1.1)`, state: 'open' });
    server.deliver(
      asMail(
        notices
          .postfix({ messageId: digest.message_id ?? '', returnPath: '', recipient: digest.to_email })
          .replace('14:31:02', '14:31:03'),
      ),
    );
    expect(await look()).toEqual({ 'notice nothing-to-change': 1 });
  });
});

describe('a mailbox', () => {
  test('is read on where it was left, also when the server counts anew', async () => {
    const about = await sent();
    server.deliver(asMail(writtenBy('mum@family.example.org', { subject: 'Good morning' })));
    server.deliver(asMail(`Subject: x\n\n${'\n'.repeat(100_000)}`));
    server.deliver(asMail(notices.postfix(about)));
    expect(await look()).toEqual({ 'personal not-ours': 1, 'unreadable left': 1, 'notice bounced': 1 });
    expect(await look()).toEqual({});
    // What is not ours stays as it was.
    expect(server.uids()).toEqual([1, 2]);
    expect(server.flagsOf(1)).toEqual([]);
    expect(await forwarded()).toEqual([]);
    server.renumber();
    expect(await look()).toEqual({ 'handled before': 2 });
    expect(await look()).toEqual({});
  });

  test('a crash between handling a mail and filing it away handles nothing twice', async () => {
    const about = await sent();
    server.deliver(
      asMail(writtenBy('mum@family.example.org', { headers: `In-Reply-To: ${about.messageId}` })),
    );
    server.fault = (command) => (command === 'UID MOVE' ? 'drop' : null);
    expect(await look()).toEqual({ 'personal passed-on': 1 });
    expect(server.uids()).toEqual([1]);
    // Moved, and the answer to it was lost.
    server.fault = (command) => (command === 'UID MOVE' ? 'drop-after' : null);
    expect(await look()).toBe('connection');
    expect([server.uids(), server.uids('Done')]).toEqual([[], [1]]);
    server.fault = null;
    expect(await look()).toEqual({});
    expect(await forwarded()).toHaveLength(1);
    // Two looks at once, and the same mail put back by hand.
    server.deliver(
      asMail(writtenBy('mum@family.example.org', { headers: `In-Reply-To: ${about.messageId}` })),
    );
    server.deliver(
      asMail(writtenBy('dad@family.example.org', { headers: `In-Reply-To: ${about.messageId}` })),
    );
    const both = await Promise.all([look(), look()]);
    expect(
      both.flatMap((outcome) => Object.entries(outcome)).filter(([what]) => what === 'personal passed-on'),
    ).toEqual([['personal passed-on', 1]]);
    expect(await forwarded()).toHaveLength(2);
  });

  test('a failure in the middle of handling leaves nothing half-done, and the third one sets the mail aside', async () => {
    const about = await sent();
    const breakIt =
      "alter table file_entry add constraint broken check (title not like '%came back%') not valid";
    await sql.raw(breakIt).execute(office.db);
    server.deliver(asMail(notices.postfix(about)));
    server.deliver(
      asMail(writtenBy('mum@family.example.org', { headers: `In-Reply-To: ${about.messageId}` })),
    );
    await expect(look()).rejects.toThrow('broken');
    expect(await states()).toEqual(['email sent']);
    expect(await office.db.selectFrom('inbound_message').selectAll().execute()).toEqual([]);
    await expect(look()).rejects.toThrow('broken');
    expect(await look()).toEqual({ 'failed set-aside': 1, 'personal passed-on': 1 });
    expect(await office.openTasks()).toContain('read-replies');
    expect(server.uids()).toEqual([1]);
  });

  test('that cannot be read is told once, and the telling ends by itself', async () => {
    await sent();
    expect(await look('wrong')).toBe('sign-in');
    expect(await look('wrong')).toBe('sign-in');
    expect((await office.openTasks()).filter((kind) => kind === 'mailbox-trouble')).toHaveLength(1);
    expect(await look()).toEqual({});
    expect(await office.openTasks()).not.toContain('mailbox-trouble');
    // Away for a moment: nobody is told. Away for hours: somebody is.
    server.fault = (command) => (command === 'SELECT' ? 'drop' : null);
    expect(await look()).toBe('connection');
    expect(await office.openTasks()).not.toContain('mailbox-trouble');
    office.at('2026-09-21', '11:00');
    expect(await look()).toBe('connection');
    expect(await office.openTasks()).toContain('mailbox-trouble');
  });
});
