import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import type { Role } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { myTasks, taskFor } from '../../src/procedure/my-tasks.ts';
import { personOf } from '../../src/procedure/people.ts';
import { putTaskOff } from '../../src/procedure/snooze-task.ts';
import { recordAway, recordBack } from '../../src/procedure/staff-away.ts';
import { clean } from '../../src/sis/clean.ts';
import { openTask } from '../../src/store/tasks.ts';
import { HOSTILE } from '../support/hostile-text.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 4));
  // The fourth absence is of Friday, 11 September; the contact task opens on Monday and is due on Wednesday.
  await office.days('2026-09-11', '2026-09-14');
});
afterAll(() => office.close());

const emailOf = (role: Role) => {
  const person = office.config.staff.find((one) => one.role === role);
  if (person === undefined) throw new Error(`nobody is ${role}`);
  return person.email;
};

/** The mails of one day, by the address they are to. */
async function digestsOn(
  date: string,
): Promise<Map<string, { subject: string; text: string; html: string }>> {
  office.at(date, '07:00');
  await office.digests();
  const before = office.sink.delivered.length;
  await office.workOnce('send-staff-mail');
  const mails = new Map<string, { subject: string; text: string; html: string }>();
  for (const { raw, to } of office.sink.delivered.slice(before)) {
    if (!raw.includes('X-Rollcall-Kind: digest')) continue;
    const { subject = '', text = '', html = '' } = await PostalMime.parse(raw);
    mails.set(to[0] ?? '', { subject, text, html });
  }
  return mails;
}

describe('a contact task that nobody does', () => {
  test('says everything that is needed to do it, without a name in the subject', async () => {
    const mails = await digestsOn('2026-09-14');
    expect([...mails.keys()]).toEqual([emailOf('attendance-clerk')]);
    const { subject = '', text = '', html = '' } = mails.get(emailOf('attendance-clerk')) ?? {};
    expect(subject).toBe('Attendance tasks for September 14, 2026: 1 open');
    expect(text).toContain('Due this week: 1');
    expect(text).toMatch(/Contact the family: due Wed, Sep 16, 2026\n-/);
    expect(text).toMatch(/- Quillon Zephyrine, grade 05, /);
    expect(text.replace(/\s+/g, ' ')).toContain('Absent 4 days this school year: Tue, Sep 8, 2026;');
    expect(text).toMatch(/Reference T-\w{4}-\w{4}/);
    expect(html).toMatch(/<h2 [^>]*>Due this week: 1<\/h2>\n<h3 /);
    expect(text).not.toContain('eminder');
  });

  test('is a reminder after two school days, and goes to the supervisor after five', async () => {
    expect((await digestsOn('2026-09-15')).get(emailOf('attendance-clerk'))?.text).not.toContain('eminder');
    const reminded = (await digestsOn('2026-09-16')).get(emailOf('attendance-clerk'))?.text ?? '';
    expect(reminded).toContain('Due today: 1');
    expect(reminded).toContain('Contact the family: due today, Wed, Sep 16, 2026 (reminder)');
    expect(reminded).toContain('Reminder: open since September 14, 2026.');
    const later = await digestsOn('2026-09-18');
    expect([...later.keys()]).toEqual([emailOf('attendance-clerk')]);
    expect(later.get(emailOf('attendance-clerk'))?.text).toContain('Overdue: 1');

    const escalated = await digestsOn('2026-09-21');
    expect([...escalated.keys()].sort()).toEqual([emailOf('attendance-clerk'), emailOf('supervisor')].sort());
    expect(escalated.get(emailOf('attendance-clerk'))?.text).toContain('The supervisor is told as well.');
    expect(escalated.get(emailOf('supervisor'))?.text.replace(/\s+/g, ' ')).toContain(
      'Nobody has done this yet (open since September 14, 2026), so it comes to you as well.',
    );
    const { escalated_on: on } = await office.db
      .selectFrom('task')
      .select('escalated_on')
      .where('kind', '=', 'contact-family')
      .executeTakeFirstOrThrow();
    expect(on).toBe('2026-09-21');
  });

  test('is told once a day', async () => {
    office.at('2026-09-21', '09:00');
    expect(await office.digests()).toBe(0);
  });

  test('is nobody’s while it is put off, and comes back on its day', async () => {
    const { ref } = await office.db
      .selectFrom('task')
      .select('ref')
      .where('kind', '=', 'contact-family')
      .executeTakeFirstOrThrow();
    const put = async (until: string, because = 'The family is abroad until then') =>
      office.db
        .transaction()
        .execute(async (tx) =>
          putTaskOff(
            tx,
            office.config,
            await office.jobs.procedure(),
            { ref, until: schoolDate(until), by: 'Clerk', because },
            office.moment(),
          ),
        );
    office.at('2026-09-22');
    expect(await put('2026-09-22')).toEqual({ kind: 'bad-day', last: '2026-10-26', byLaw: false });
    expect(await put('2026-10-27')).toMatchObject({ kind: 'bad-day' });
    expect(await put('2026-09-24')).toMatchObject({ kind: 'snoozed', until: '2026-09-24' });
    expect((await digestsOn('2026-09-23')).size).toBe(0);
    const back = await digestsOn('2026-09-24');
    expect([...back.keys()]).toEqual([emailOf('attendance-clerk')]);
    expect(back.get(emailOf('attendance-clerk'))?.text).not.toContain('eminder');
    const file = await office.db.selectFrom('file_entry').select(['title', 'detail']).execute();
    expect(file).toContainEqual({
      title: 'Task contact-family put off until 2026-09-24 by Clerk',
      detail: 'The family is abroad until then',
    });
  });

  test('goes to the substitute while its person is away, who says for whom', async () => {
    const [away, substitute] = [emailOf('attendance-clerk'), emailOf('counselor')];
    const record = (begins: string, ends: string, instead: string | null = substitute) =>
      office.db.transaction().execute((tx) =>
        recordAway(
          tx,
          office.config,
          {
            email: away,
            begins: schoolDate(begins),
            ends: schoolDate(ends),
            substitute: instead,
            by: 'Dana',
          },
          office.moment(),
        ),
      );
    office.at('2026-09-27');
    expect(await record('2026-09-28', '2026-09-30', 'nobody@example.org')).toMatchObject({
      kind: 'unknown-person',
    });
    expect(await record('2026-09-28', '2026-09-30', away.toUpperCase())).toEqual({ kind: 'own-substitute' });
    expect(await record('2026-09-20', '2026-09-24')).toMatchObject({ kind: 'bad-days' });
    expect(await record('2026-09-28', '2026-09-30')).toEqual({ kind: 'recorded' });
    expect(await record('2026-09-30', '2026-10-02')).toMatchObject({ kind: 'overlaps' });
    const mails = await digestsOn('2026-09-28');
    expect([...mails.keys()]).toEqual([substitute]);
    const { name } = office.config.staff.find((one) => one.email === away) ?? { name: '' };
    expect(mails.get(substitute)?.text).toContain(`You stand in for ${name}, who is away.`);
    office.at('2026-09-29');
    const back = (tx: Parameters<typeof recordBack>[0]) =>
      recordBack(tx, { email: away, by: 'Dana' }, office.moment());
    expect(await office.db.transaction().execute(back)).toBe(true);
    expect(await office.db.transaction().execute(back)).toBe(false);
    expect((await digestsOn('2026-09-30')).has(away)).toBe(true);
  });

  test('goes to the next above while mail to its person comes back', async () => {
    const clerk = emailOf('attendance-clerk');
    office.sink.fault = ({ to }) => (to === clerk ? { at: 'rcpt', does: 'reply', code: 550 } : null);
    expect((await digestsOn('2026-10-01')).has(clerk)).toBe(false);
    expect(await office.openTasks()).toContain('resolve-mail');
    const mails = await digestsOn('2026-10-02');
    office.sink.fault = null;
    expect(mails.get(emailOf('administrator'))?.text).toContain('Contact the family');
    await office.answer('resolve-mail', 'address corrected');
    expect((await digestsOn('2026-10-05')).has(clerk)).toBe(true);
  });
});

describe('a task of which nobody hears who may see the student', () => {
  test('is told to the IT contact without the student, in the mail and on the page', async () => {
    const itContact = emailOf('it-contact');
    const others = office.config.staff.map(({ email }) => email).filter((email) => email !== itContact);
    office.at('2026-10-05');
    await office.db.transaction().execute(async (tx) => {
      for (const email of new Set(others)) {
        const days = { begins: schoolDate('2026-10-05'), ends: schoolDate('2026-10-05') };
        const away = { email, ...days, substitute: null, by: 'Dana' };
        expect(await recordAway(tx, office.config, away, office.moment())).toEqual({ kind: 'recorded' });
      }
    });
    const mails = await digestsOn('2026-10-05');
    const { text = '', html = '' } = mails.get(itContact) ?? {};
    expect(text).toContain('A task waits, and nobody can be reached');
    expect(`${text}${html}`).not.toMatch(/Zephyrine|Quillon|Absent|Contact the family/);
    const person = personOf(office.config, itContact);
    if (person === null) throw new Error('the IT contact is not on the staff');
    const reader = { person, procedure: await office.jobs.procedure(), moment: office.moment() };
    const [line] = await myTasks(office.db, office.config, reader);
    expect(line).toMatchObject({ kind: 'nobody-reached', student: null });
    expect(await taskFor(office.db, office.config, reader, line?.ref ?? '')).toMatchObject({
      task: { kind: 'nobody-reached', student: null, detail: null },
      mayAnswer: false,
    });
  });
});

describe('many tasks, and names that mean harm', () => {
  test('stand in a mail that a person can read, and cannot be hurt by', async () => {
    const names = Object.values(HOSTILE).filter((name) => name.length < 200);
    const studentId = await office.studentId();
    office.at('2026-10-06', '06:00');
    for (let index = 0; index < 60; index += 1) {
      await openTask(
        office.db,
        {
          key: `many:${index}`,
          kind: 'fix-address',
          role: 'counselor',
          openedOn: schoolDate('2026-10-06'),
          dueOn: schoolDate(index < 30 ? '2026-10-07' : '2026-10-30'),
          studentId,
          schoolYear: '2027',
          detail: `L-${index}`,
        },
        office.moment().now,
      );
    }
    const hostile = clean(names.join(' '), 2_000);
    await office.db.updateTable('student').set({ given_name: hostile }).where('id', '=', studentId).execute();
    await office.db.updateTable('guardian').set({ phone: '+1 (303) 555-0100 x5', language: 'es' }).execute();
    const {
      subject = '',
      text = '',
      html = '',
    } = (await digestsOn('2026-10-06')).get(emailOf('counselor')) ?? {};
    expect(subject).toBe('Attendance tasks for October 6, 2026: 60 open');
    expect(text).toContain('Due this week: 30');
    expect(text.match(/^An e-mail address does not work: due Wed/gm)).toHaveLength(20);
    expect(text).toContain('40 more tasks');
    expect(text.match(/Reference T-/g)).toHaveLength(60);
    expect(text).toContain(': +1 (303) 555-0100 x5, speaks Spanish');
    expect(html).toContain('<a href="tel:+13035550100">');
    // Whatever a name holds, the mail is made of our own tags and of nothing that is fetched from elsewhere.
    const tags = [...html.matchAll(/<\/?([a-z][a-z0-9]*)((?:\s+[a-z-]+="[^"]*")*)\s*>/gi)];
    expect(html.split('<').length - 1 - (html.includes('<!doctype') ? 1 : 0)).toBe(tags.length);
    expect([...new Set(tags.map(([, name]) => name))].sort().join()).toBe(
      'a,body,div,h1,h2,h3,head,html,li,meta,p,strong,title,ul,br'.split(',').sort().join(),
    );
    const attributes = tags.flatMap(([, , text = '']) => [...text.matchAll(/([a-z-]+)="([^"]*)"/gi)]);
    expect([...new Set(attributes.map(([, name]) => name))].sort().join()).toBe(
      'aria-label,charset,content,href,lang,name,role,style',
    );
    const links = attributes.filter(([, name]) => name === 'href').map(([, , to]) => to);
    expect([...new Set(links)]).toEqual(['tel:+13035550100']);
  });
});
