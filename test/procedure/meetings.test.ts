import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import PostalMime from 'postal-mime';
import { loadTemplates, type Templates } from '../../src/documents/template.ts';
import type { AskedMeeting } from '../../src/domain/judge-meeting.ts';
import type { MeetingOutcome } from '../../src/domain/meeting.ts';
import type { AskedInvitees } from '../../src/procedure/choose-invitees.ts';
import { readMeetingPapers } from '../../src/procedure/meeting-papers.ts';
import {
  cancelMeeting,
  changeMeeting,
  decideNoMeeting,
  inviteMore,
  recordOutcome,
  scheduleMeeting,
} from '../../src/procedure/meetings.ts';
import type { Tx } from '../../src/store/database.ts';
import { inviteesOf } from '../../src/store/meeting-invitees.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { MEETING_ASKED } from '../support/asked.ts';
import { type Office, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { aGuardian, aStudent, enrolledAt, linkTo, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
let templates: Templates;
beforeAll(async () => {
  office = await openOffice();
  templates = await loadTemplates('templates');
  office.sis.guardians.push(
    aGuardian('dad', { givenName: 'Łukasz', wantsPaper: true, links: [linkTo('ada')] }),
    aGuardian('aunt', { noContact: true, links: [linkTo('ada')] }),
  );
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.days('2026-09-16', '2026-09-21');
  await office.answer('contact-family', 'reached');
});
afterAll(() => office.close());

let sentBefore = 0;
beforeEach(() => {
  sentBefore = office.sink.delivered.length;
  office.at('2026-09-22');
  office.mode('live');
});

const inTx = <T>(use: (tx: Tx, desk: Parameters<typeof scheduleMeeting>[1]) => Promise<T>) =>
  office.db.transaction().execute(async (tx) => {
    const letterbox = {
      db: tx,
      config: office.config,
      templates,
      secretKey: 'a key for tests that nobody else has',
    };
    return use(tx, { letterbox, procedure: await office.jobs.procedure() });
  });

type Asked = Partial<AskedMeeting & AskedInvitees & { student: string; by: string }>;

const ask = (rest: Asked = {}) =>
  inTx((tx, desk) => scheduleMeeting(tx, desk, { ...MEETING_ASKED, ...rest }, office.moment()));

async function schedule(rest: Asked = {}) {
  const scheduled = await ask(rest);
  if (scheduled.kind !== 'scheduled') throw new Error(JSON.stringify(scheduled));
  return scheduled;
}

const say = (ref: string, outcome: MeetingOutcome, note: string | null = null) =>
  inTx((tx, desk) => recordOutcome(tx, desk, { ref, outcome, by: 'Dana Ruiz', note }, office.moment()));
const cancel = (ref: string) =>
  inTx((tx, desk) => cancelMeeting(tx, desk, { ref, by: 'Dana Ruiz', because: 'ill' }, office.moment()));
const change = (ref: string, plan: Partial<AskedMeeting>) =>
  inTx((tx, desk) => changeMeeting(tx, desk, { ref, by: 'Dana Ruiz', plan }, office.moment()));

/** What has left about meetings in this test. */
const send = async () => {
  await office.workOnce('send-staff-mail');
  const mails = await Promise.all(
    office.sink.delivered.slice(sentBefore).map(async ({ to, raw }) => {
      const mail = await PostalMime.parse(raw);
      const ics = mail.attachments.find(({ mimeType }) => mimeType === 'application/ics');
      const text = ics === undefined ? '' : new TextDecoder().decode(ics.content as ArrayBuffer);
      const calendar = text === '' ? null : new ICAL.Component(ICAL.parse(text));
      const event = calendar?.getFirstSubcomponent('vevent');
      return {
        to: to[0] ?? '',
        kind: mail.headers.find(({ key }) => key === 'x-rollcall-kind')?.value,
        mail,
        text,
        raw: raw.toString(),
        method: calendar?.getFirstPropertyValue('method'),
        event: event == null ? null : new ICAL.Event(event),
      };
    }),
  );
  return mails.filter(({ event }) => event !== null);
};

const tasksOf = async (kind: string) => (await listOpenTasks(office.db)).filter((task) => task.kind === kind);
const lastLines = async (count: number) =>
  (await office.db.selectFrom('file_entry').select(['title', 'detail']).orderBy('id').execute())
    .slice(-count)
    .map(({ title }) => title);

test('answers the step, invites each household by its own way and nobody who may not be contacted', async () => {
  expect(await office.openTasks()).toContain('consider-meeting');
  const { meeting, invited } = await schedule({
    staff: [office.config.staff.find(({ role }) => role === 'administrator')?.email ?? ''],
    others: [{ name: 'Pat Helper', email: 'pat@agency.example.org' }],
  });
  expect(await office.openTasks()).not.toContain('consider-meeting');
  expect(meeting).toMatchObject({ step: 'first-letter', sequence: 0, state: 'scheduled' });
  expect(invited.map(({ name, kind, channel, reason }) => [name, kind, channel, reason])).toEqual([
    ['Xanthe Zephyrine', 'family', 'email', null],
    ['Łukasz Zephyrine', 'family', 'paper', 'wants-paper'],
    [expect.any(String), 'staff', 'email', null],
    ['Pat Helper', 'other', 'email', null],
  ]);

  const mails = await send();
  expect(mails.map(({ to, kind, method }) => [to, kind, method])).toEqual(
    expect.arrayContaining([
      ['mum@family.example.org', 'meeting', 'REQUEST'],
      ['pat@agency.example.org', 'meeting', 'REQUEST'],
      [expect.stringMatching(/@/), 'task', 'REQUEST'],
    ]),
  );
  expect(mails).toHaveLength(3);
  const { given_name: given, family_name: family } = await office.db
    .selectFrom('student')
    .select(['given_name', 'family_name'])
    .where('sourced_id', '=', 'ada')
    .executeTakeFirstOrThrow();
  for (const { mail, text, to, event } of mails) {
    // Calendars and subjects are seen by others.
    expect(mail.subject).not.toContain(given);
    expect(text).not.toContain(given);
    expect(`${event?.summary} ${event?.description}`).not.toMatch(/absen|attendance|contract/i);
    expect(text).toContain(to);
    expect(mail.text?.includes(`${given} ${family}`)).toBe(to !== 'pat@agency.example.org');
  }
  const mum = mails.find(({ to }) => to.startsWith('mum'));
  expect(mum?.mail.text).toContain('Day: Tuesday, October 6, 2026');
  expect(mum?.mail.text).toContain('Time: 3:30 PM – 4:15 PM');
  expect(mum?.event?.startDate.toJSDate()).toEqual(new Date('2026-10-06T21:30:00Z'));
  expect(mum?.event?.attendees).toHaveLength(1);
  expect(mum?.raw).toMatch(/Content-Type: text\/calendar; charset=utf-8; method=REQUEST/);
  expect(mum?.raw).not.toMatch(/[^\p{ASCII}]/u);
  expect(mum?.mail.replyTo?.[0]?.address).not.toBe('');

  // Paper: a task and a sheet for the one household, with neither address nor name of the other.
  const [task] = await tasksOf('hand-over-invitation');
  expect(task).toMatchObject({ role: 'attendance-clerk', dueOn: '2026-09-23' });
  const papers = (await readMeetingPapers(office.db, meeting.ref)) ?? [];
  expect(papers.map(({ fileName }) => fileName)).toEqual([`meeting-${meeting.ref}-1.pdf`]);
  const sheet = await readPdf(papers[0]?.pdf ?? Buffer.alloc(0));
  expect(sheet.text).toContain('Łukasz Zephyrine');
  expect(sheet.text).toContain('1 dad Street');
  expect(sheet.text).not.toContain('mum');
  expect(sheet.text).not.toContain('Xanthe');
  expect(await lastLines(20)).toEqual(
    expect.arrayContaining([
      `Invitation to meeting ${meeting.ref} on paper, for Łukasz Zephyrine`,
      `Meeting ${meeting.ref} scheduled for October 6, 2026 at 3:30 PM by Dana Ruiz`,
      `Invitation to meeting ${meeting.ref} e-mailed to Xanthe Zephyrine`,
    ]),
  );
  await cancel(meeting.ref);
  await send();
});

test('another time raises SEQUENCE under the same UID; what had not left never does; a cancellation goes to whoever was told', async () => {
  const { meeting } = await schedule();
  // Before the first has left.
  expect(await change(meeting.ref, { at: '16:00' })).toMatchObject({
    kind: 'changed',
    meeting: { sequence: 1, at: '16:00', place: 'Room 12' },
  });
  const first = await send();
  expect(first.map(({ to, event }) => [to, event?.sequence])).toEqual([['mum@family.example.org', 1]]);
  // Nobody had heard of the time before: it is an invitation and no change.
  expect(first[0]?.mail.subject).toBe('Please come to a meeting at school');

  await change(meeting.ref, { on: '2026-11-02' });
  const second = (await send())[1];
  expect(second?.mail.subject).toBe('Our meeting at school has changed');
  expect(second?.event?.sequence).toBe(2);
  expect(second?.event?.uid).toBe(first[0]?.event?.uid);
  // The clocks have gone back meanwhile.
  expect(second?.event?.startDate.toJSDate()).toEqual(new Date('2026-11-02T23:00:00Z'));

  expect(await cancel(meeting.ref)).toMatchObject({ kind: 'changed', meeting: { state: 'cancelled' } });
  const third = (await send())[2];
  expect(third).toMatchObject({ method: 'CANCEL' });
  expect(third?.event?.sequence).toBe(3);
  expect(third?.event?.uid).toBe(first[0]?.event?.uid);
  // The sheet was never handed over, so there is nothing to take back.
  expect(await tasksOf('hand-over-invitation')).toEqual([]);
  expect(await cancel(meeting.ref)).toEqual({ kind: 'over' });
  expect(await change(meeting.ref, { at: '10:00' })).toEqual({ kind: 'over' });
});

test('a meeting that did not take place is asked for again; held, it is not', async () => {
  const [again] = await tasksOf('schedule-meeting-again');
  expect(again).toMatchObject({ step: 'first-letter', role: 'administrator' });
  expect(again?.detail).toMatch(/^E-\S+: Meeting E-\S+ of .*: cancelled$/);
  const { meeting } = await schedule({ on: '2026-09-23', families: [] });
  expect(await tasksOf('schedule-meeting-again')).toEqual([]);
  expect(await say(meeting.ref, 'held')).toEqual({ kind: 'too-early' });
  office.at('2026-09-23');
  await office.digests();
  expect(await tasksOf('meeting-outcome')).toEqual([]);
  office.at('2026-09-24');
  await office.digests();
  expect(await tasksOf('meeting-outcome')).toMatchObject([
    { detail: `${meeting.ref}, September 23, 2026 at 3:30 PM`, dueOn: '2026-09-28' },
  ]);
  expect(await say(meeting.ref, 'parent-absent')).toMatchObject({ kind: 'changed' });
  expect(await tasksOf('meeting-outcome')).toEqual([]);
  expect(await tasksOf('schedule-meeting-again')).toHaveLength(1);
  expect(await say(meeting.ref, 'held')).toEqual({ kind: 'over' });

  // One that was held without having been scheduled is recorded afterwards; nobody is invited to it.
  const held = await schedule({ on: '2026-09-23' });
  expect(await send()).toEqual([]);
  expect(await say(held.meeting.ref, 'held', 'We agreed on a bus pass.')).toMatchObject({ kind: 'changed' });
  expect(await tasksOf('schedule-meeting-again')).toEqual([]);
  expect(await lastLines(1)).toEqual([
    `Meeting ${held.meeting.ref} of September 23, 2026 at 3:30 PM: held, recorded by Dana Ruiz`,
  ]);
});

test('that none is needed answers the step and is not asked again in its round', async () => {
  office.sis.students.push(aStudent('ben', { enrolments: [enrolledAt(office.school)] }));
  office.sis.guardians.push(aGuardian('bens-mum', { links: [linkTo('ben')] }));
  office.at('2026-09-21');
  office.absent(weekdaysFrom('2026-09-08', 7), 'ben');
  await office.days('2026-09-22', '2026-09-22');
  const student = await office.studentId('ben');
  const asked = async () =>
    (await tasksOf('consider-meeting')).filter(({ studentId }) => studentId === student);
  expect(await asked()).toHaveLength(1);
  const decide = (step: string | null) =>
    inTx((tx, { procedure }) =>
      decideNoMeeting(
        tx,
        procedure,
        { student: 'ben', step, by: 'Dana Ruiz', because: 'he was in hospital' },
        office.moment(),
      ),
    );
  expect(await decide('second-letter')).toMatchObject({ kind: 'unknown-step' });
  expect(await decide(null)).toMatchObject({ kind: 'recorded', steps: ['first-letter'] });
  expect(await asked()).toEqual([]);
  expect(await decide(null)).toEqual({ kind: 'not-asked' });
  // Decided before the step is reached, it is not asked for at all.
  expect(await decide('medical-letter')).toMatchObject({ kind: 'recorded', steps: ['medical-letter'] });
  office.absent(weekdaysFrom('2026-09-08', 10), 'ben');
  await office.days('2026-09-23', '2026-09-28');
  const kinds = (await listOpenTasks(office.db)).filter(({ studentId }) => studentId === student);
  expect((await office.steps('ben'))['medical-letter']).toBe('taken');
  expect(kinds.map(({ kind }) => kind)).not.toContain('schedule-meeting');
});

test.each<[string, Asked, object]>([
  ['a guardian who may not be contacted', { families: ['aunt'] }, { part: 'guardian' }],
  ['a stranger', { families: ['nobody'] }, { part: 'guardian' }],
  ['nobody of the staff', { staff: ['nobody@example.org'] }, { part: 'staff' }],
  ['the truancy officer as a role of the school', { roles: ['truancy-officer'] }, { part: 'role' }],
  [
    'a guardian through the back door',
    { others: [{ name: 'A friend', email: 'Aunt@family.example.org' }] },
    { part: 'other' },
  ],
  [
    'an address that leads a parser astray',
    { others: [{ name: 'Eve', email: '"g@ok.org\r\nBcc: evil@x.com"' }] },
    { part: 'other' },
  ],
  ['another year', { on: '2027-09-01' }, { part: 'on' }],
])('%s is refused, and nothing is kept', async (_what, rest, refusal) => {
  const before = await office.db.selectFrom('meeting').select('id').execute();
  expect(await ask(rest)).toMatchObject({ kind: 'refused', ...refusal });
  expect(await office.db.selectFrom('meeting').select('id').execute()).toHaveLength(before.length);
});

test('hostile names reach neither headers nor the calendar', async () => {
  const { meeting } = await schedule({
    families: [],
    place: 'Room "12", by the door; ring',
    others: [{ name: 'Eve"\r\nBcc: evil@x.example', email: 'eve@agency.example.org' }],
  });
  const [mail] = await send();
  expect(mail?.raw).not.toMatch(/^Bcc:/im);
  expect(mail?.event?.attendees).toHaveLength(1);
  expect(mail?.event?.location).toBe('Room "12", by the door; ring');
  await cancel(meeting.ref);
  await send();
});

test('where the school is not live nothing leaves to families: the office hands it over', async () => {
  office.mode('tasks');
  const { meeting, invited } = await schedule();
  expect(invited.map(({ channel, reason }) => [channel, reason])).toEqual([
    ['paper', 'not-live'],
    ['paper', 'not-live'],
  ]);
  expect(await send()).toEqual([]);
  expect(await tasksOf('hand-over-invitation')).toHaveLength(2);
  await cancel(meeting.ref);
  expect(await tasksOf('hand-over-invitation')).toEqual([]);
});

test('a mail in line looks once more: it stays here while sending is stopped, under a hold, and for whoever may not be written to', async () => {
  const { meeting } = await schedule({ families: ['mum'] });
  await office.db
    .insertInto('kill_switch')
    .values({ stopped_at: office.moment().now, stopped_by: 'Dana', because: 'test' } as never)
    .execute();
  expect(await send()).toEqual([]);
  await office.db.deleteFrom('kill_switch').execute();
  const family = office.sis.guardians;
  office.sis.guardians = family.map((one) => (one.sourcedId === 'mum' ? { ...one, noContact: true } : one));
  await office.sync();
  expect(await send()).toEqual([]);
  expect(await tasksOf('invitation-undelivered')).toHaveLength(1);
  expect((await inviteesOf(office.db, meeting.id)).map(({ channel, reason }) => [channel, reason])).toEqual([
    ['none', 'recipient-changed'],
  ]);
  office.sis.guardians = family;
  await office.sync();
  // Invited once more, now that she may be written to.
  const nobody: AskedInvitees = { families: [], staff: [], roles: [], others: [] };
  await inTx((tx, desk) =>
    inviteMore(tx, desk, { ref: meeting.ref, by: 'Dana', ...nobody }, office.moment()),
  );
  expect((await send()).map(({ to }) => to)).toEqual(['mum@family.example.org']);
  await cancel(meeting.ref);
  await send();
});

test('a refused address gives paper when she is invited once more', async () => {
  const { meeting } = await schedule({ families: ['mum'] });
  office.sink.fault = ({ to }) => (to?.startsWith('mum') ? { at: 'rcpt', does: 'reply', code: 550 } : null);
  expect(await send()).toEqual([]);
  office.sink.fault = null;
  const [task] = await tasksOf('invitation-undelivered');
  expect(task?.detail).toContain(meeting.ref);
  expect(await tasksOf('resolve-mail')).toEqual([]);
  const nobody: AskedInvitees = { families: [], staff: [], roles: [], others: [] };
  await inTx((tx, desk) =>
    inviteMore(tx, desk, { ref: meeting.ref, by: 'Dana', ...nobody }, office.moment()),
  );
  expect(await tasksOf('hand-over-invitation')).toHaveLength(1);
  expect(await send()).toEqual([]);
});

test('nothing is arranged about whoever has died or is missing', async () => {
  await office.db
    .insertInto('hold')
    .values({
      student_id: await office.studentId('ben'),
      kind: 'missing',
      scope: 'absolute',
      begins: office.moment().today,
      ends: null,
      owner: 'administrator',
    })
    .execute();
  expect(await ask({ student: 'ben' })).toEqual({ kind: 'absolute-hold' });
});
