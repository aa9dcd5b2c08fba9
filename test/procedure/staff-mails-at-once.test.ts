import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import type { Role } from '../../src/domain/policy.ts';
import { openTask } from '../../src/store/tasks.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 8));
  await office.day('2026-09-14');
});
afterAll(() => office.close());

const emailOf = (role: Role) => {
  const person = office.config.staff.find((one) => one.role === role);
  if (person === undefined) throw new Error(`nobody is ${role}`);
  return person.email;
};

interface Mail {
  readonly to: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What leaves for staff now. */
async function sent(): Promise<Mail[]> {
  const before = office.sink.delivered.length;
  await office.workOnce('send-staff-mail');
  const mails: Mail[] = [];
  for (const { raw, to } of office.sink.delivered.slice(before)) {
    const { headers, subject = '', text = '', html = '' } = await PostalMime.parse(raw);
    const kind = headers.find(({ key }) => key === 'x-rollcall-kind')?.value ?? '';
    mails.push({ to: to[0] ?? '', kind, subject, text, html });
  }
  return mails;
}

async function atOnce(): Promise<Mail[]> {
  await office.jobs.correspondence.composeUrgent(await office.jobs.procedure(), office.moment());
  return sent();
}

let tasks = 0;
async function task(kind: string, role: Role, about: { student?: boolean } = {}): Promise<void> {
  tasks += 1;
  await openTask(
    office.db,
    {
      key: `${kind}:test:${tasks}`,
      kind,
      role,
      openedOn: office.moment().today,
      dueOn: office.moment().today,
      detail: `case ${tasks}`,
      ...(about.student === true && { studentId: await office.studentId(), schoolYear: '2027' }),
    },
    office.moment().now,
  );
}

describe('a mail at once', () => {
  test('is for nothing that can wait for the digest', async () => {
    office.at('2026-09-15', '10:00');
    await task('fix-address', 'attendance-clerk');
    expect(await office.openTasks()).toContain('contact-family');
    expect(await atOnce()).toEqual([]);
  });

  test('tells of a failure once per cause and day', async () => {
    await task('resolve-letter', 'attendance-clerk', { student: true });
    await task('resolve-letter', 'attendance-clerk', { student: true });
    const [mail, ...others] = await atOnce();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      to: emailOf('attendance-clerk'),
      kind: 'task',
      subject: 'Attendance, please act today: A letter is uncertain',
    });
    expect(mail?.text.match(/^A letter is uncertain: due today/gm)).toHaveLength(2);
    expect(mail?.text).toContain('Quillon Zephyrine');
    expect(await atOnce()).toEqual([]);
    await task('resolve-letter', 'attendance-clerk', { student: true });
    expect(await atOnce()).toEqual([]);
    await task('sending-stopped', 'it-contact');
    expect((await atOnce()).map(({ to }) => to)).toEqual([emailOf('it-contact')]);
  });

  test('about safety never waits for another day', async () => {
    await task('pull-letter', 'attendance-clerk');
    expect(await atOnce()).toHaveLength(1);
    await task('pull-letter', 'attendance-clerk');
    const [second] = await atOnce();
    expect(second?.text.match(/^Pull a printed letter: due/gm)).toHaveLength(1);
  });

  test('is not for what was told in a digest, is old, or is of a school in shadow', async () => {
    office.at('2026-09-16', '07:00');
    await task('remove-packet', 'it-contact');
    await office.digests();
    await sent();
    expect(await atOnce()).toEqual([]);
    await task('program-error', 'it-contact');
    office.at('2026-09-21', '07:00');
    expect(await atOnce()).toEqual([]);
    office.mode('shadow');
    await task('fix-referral-gaps', 'administrator', { student: true });
    expect(await atOnce()).toEqual([]);
    office.mode('live');
    expect((await atOnce()).map(({ to }) => to)).toEqual([emailOf('administrator')]);
  });

  test('a referral waits for a school day, a failure does not', async () => {
    office.at('2026-09-26', '10:00');
    await task('contract-violated', 'administrator', { student: true });
    await task('officer-not-reached', 'administrator', { student: true });
    expect((await atOnce()).map(({ subject }) => subject)).toEqual([
      'Attendance, please act today: The truancy officer was not reached',
    ]);
    office.at('2026-09-28', '06:00');
    expect((await atOnce()).map(({ subject }) => subject)).toEqual([
      'Attendance, please act today: An attendance contract is violated',
    ]);
  });
});
