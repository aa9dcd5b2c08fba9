import { afterAll, beforeAll, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { scheduleMeeting } from '../../src/procedure/meetings.ts';
import { takeInMessage } from '../../src/procedure/take-in-message.ts';
import { inviteesOf } from '../../src/store/meeting-invitees.ts';
import { findMeeting, type StoredMeeting } from '../../src/store/meetings.ts';
import { asMail, writtenBy } from '../mail/inbound/samples.ts';
import { MEETING_ASKED } from '../support/asked.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

const MUM = 'mum@family.example.org';
let office: Office;
let meeting: StoredMeeting;
let messageId: string;
let uid = 0;

beforeAll(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.days('2026-09-16', '2026-09-21');
  office.at('2026-09-22');
  office.mode('live');
  const procedure = await office.jobs.procedure();
  const scheduled = await office.db
    .transaction()
    .execute((tx) =>
      scheduleMeeting(
        tx,
        { letterbox: { ...office.letterbox, db: tx }, procedure },
        MEETING_ASKED,
        office.moment(),
      ),
    );
  if (scheduled.kind !== 'scheduled') throw new Error(scheduled.kind);
  meeting = scheduled.meeting;
  await office.workOnce('send-staff-mail');
  const mail = await office.db
    .selectFrom('staff_mail')
    .select('message_id')
    .where('to_email', '=', MUM)
    .executeTakeFirstOrThrow();
  messageId = mail.message_id ?? '';
});
afterAll(() => office.close());

async function takeIn(raw: Buffer) {
  uid += 1;
  return takeInMessage(
    { letterbox: office.letterbox, procedure: await office.jobs.procedure(), moment: office.moment() },
    { folder: 'INBOX', uidValidity: '1', uid },
    { raw, whole: true },
  );
}

function calendarMail(from: string, partstat: string, headers = '', sequence = meeting.sequence): Buffer {
  return asMail(`From: Somebody <${from}>
To: attendance@district.example.org
Subject: Accepted: A meeting
Message-ID: <${partstat}.${sequence}.${from}>
MIME-Version: 1.0
${headers === '' ? '' : `${headers}\n`}Content-Type: text/calendar; charset=utf-8; method=REPLY

BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VEVENT
UID:${meeting.id}@cedar-valley.test
SEQUENCE:${sequence}
ATTENDEE;PARTSTAT=${partstat}:mailto:${from}
END:VEVENT
END:VCALENDAR
`);
}

const answers = async () =>
  (await inviteesOf(office.db, meeting.id)).map(({ answer, answeredOn }) => [answer, answeredOn]);

/** The text of the last mail to the school’s office. */
async function passedOn(): Promise<string> {
  await office.workOnce('send-staff-mail');
  const mail = office.sink.delivered.findLast(({ to }) => to.includes(office.config.schools[0]?.email ?? ''));
  const read = await PostalMime.parse(mail?.raw ?? Buffer.of());
  return `${read.subject}\n${read.text}`.replace(/\s+/g, ' ');
}

const titles = async () =>
  (await office.db.selectFrom('file_entry').select(['title', 'detail']).orderBy('id').execute()).map(
    ({ title, detail }) => `${title} | ${detail}`,
  );

test('words go to the office and into the file, and the meeting says that there is an answer', async () => {
  const words = writtenBy(MUM, { headers: `In-Reply-To: ${messageId}`, body: 'We can only come at five.' });
  expect(await takeIn(asMail(words))).toMatchObject({ kind: 'personal', outcome: 'passed-on' });
  expect(await answers()).toEqual([['wrote', '2026-09-22']]);
  const mail = await passedOn();
  expect(mail).toContain(`An answer to the invitation to meeting ${meeting.ref} has come in`);
  expect(mail).toContain('> We can only come at five.');
  expect(mail).toContain('It concerns Quillon Zephyrine');
  expect((await titles()).at(-1)).toMatch(
    /^Answer received to the invitation to meeting E-.*: wrote an answer \| From the address that the invitation was sent to\.$/,
  );
});

test('a calendar that declines is believed where the invitation went, also when it does not say what it answers', async () => {
  expect(await takeIn(calendarMail(MUM, 'DECLINED', 'Auto-Submitted: auto-generated'))).toMatchObject({
    outcome: 'passed-on',
  });
  expect(await answers()).toEqual([['declined', '2026-09-22']]);
  expect(await passedOn()).toMatch(/Zephyrine, [^.]+\. \S[^.]* has declined\./);
  // Nobody is sent away by it: a person decides.
  expect((await findMeeting(office.db, meeting.ref))?.state).toBe('scheduled');
});

test('of somebody else it is none of ours without the mail, and with it only passed on', async () => {
  expect(await takeIn(calendarMail('eve@elsewhere.test', 'ACCEPTED'))).toMatchObject({ outcome: 'not-ours' });
  const raw = calendarMail('eve@elsewhere.test', 'ACCEPTED', `In-Reply-To: ${messageId}`);
  expect(await takeIn(raw)).toMatchObject({ outcome: 'passed-on' });
  expect(await answers()).toEqual([['declined', '2026-09-22']]);
  expect(await passedOn()).toContain('which is not the address that the mail was sent to');
});
