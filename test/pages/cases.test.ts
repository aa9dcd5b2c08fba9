import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { listDisclosures } from '../../src/store/disclosures.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { readPdf } from '../support/pdf.ts';
import { aDeletedAbsence, MANY } from '../support/sis-records.ts';
import type { Visitor } from '../support/visitor.ts';

/** One case, from the day on which its packet leaves; each test goes on where the one before it has ended. */
const OTHER = 'other.administrator@example.org';

let office: PagesOffice;
let officer: Visitor;
let ref: string;

beforeAll(async () => {
  office = await openPagesOffice({
    district: (text) => text.replace('delivery: mail', 'delivery: link'),
    staff: [{ name: 'Teo Gray', email: OTHER, role: 'teacher' }],
  });
  office.absent(MANY);
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  await office.days('2026-09-28', '2026-09-29');
  const row = await office.db.selectFrom('referral').select('ref').executeTakeFirstOrThrow();
  ref = row.ref;
  officer = await office.signedIn(office.config.truancyOfficer.email);
}, 120_000);
afterAll(() => office.close());

const administrator = () => office.config.staffFor('administrator', office.school)[0]?.email ?? '';
const clerk = () => office.config.staffFor('attendance-clerk', office.school)[0]?.email ?? '';
const disclosed = async () => listDisclosures(office.db, await office.studentId());
const mailsTo = (email: string, kind: string) =>
  office.sink.delivered
    .filter(({ to, raw }) => to.includes(email) && raw.toString().includes(`X-Rollcall-Kind: ${kind}`))
    .map(({ raw }) => raw.toString().replaceAll('=\r\n', '').replaceAll('=3D', '='));
const packets = () => office.db.selectFrom('packet').selectAll().orderBy('number').execute();
const events = (kind: 'receipt' | 'outcome' | 'downloaded' | 'question') =>
  office.db.selectFrom('case_event').selectAll().where('kind', '=', kind).orderBy('id').execute();

test('the officer is told by a mail that names nobody and carries no file, and nothing is disclosed by that', async () => {
  const [mail = ''] = mailsTo(office.config.truancyOfficer.email, 'packet');
  expect(mail).toContain(`${office.origin}/enter/`);
  expect(mail).not.toMatch(/\bAda\b|attachment|application\/pdf/i);
  expect((await packets())[0]).toMatchObject({
    state: 'left',
    delivery: 'link',
    number: 1,
    kind: 'original',
  });
  expect(await disclosed()).toEqual([]);
});

test('the page of the case shows what it is and on which legal basis, and names no student', async () => {
  const list = await officer.get('/cases');
  expect(list.text).toContain(`Case ${ref}`);
  const page = await officer.get(`/case/${ref}`);
  expect(page.status).toBe(200);
  expect(page.text).toContain(office.config.truancyOfficer.legalBasis);
  expect(page.body).not.toMatch(/\bAda\b/);
  expect(await disclosed()).toEqual([]);
});

test('nobody else gets to it: no staff of any role, and nobody who has not signed in', async () => {
  for (const email of [clerk(), administrator(), OTHER]) {
    const visitor = await office.signedIn(email);
    for (const path of ['/cases', `/case/${ref}`, `/case/${ref}/packet/1`, `/case/${ref}/manifest/1`])
      expect((await visitor.get(path)).status).toBe(404);
  }
  const stranger = office.visitor();
  for (const path of [`/case/${ref}`, `/case/${ref}/packet/1`]) {
    const answer = await stranger.get(path);
    expect([answer.status, answer.headers.get('content-type')]).not.toEqual([200, 'application/pdf']);
    expect(answer.body).not.toContain('%PDF');
  }
  for (const path of ['/case/R-2222-3333', `/case/${ref}/packet/2`, `/case/${ref}/packet/x`])
    expect((await officer.get(path)).status).toBe(404);
  expect(await disclosed()).toEqual([]);
});

test('asking for the head of a packet is no download, and no look either', async () => {
  const looks = () => office.db.selectFrom('audit_event').select('id').execute();
  const before = (await looks()).length;
  for (const path of [`/case/${ref}/packet/1`, `/case/${ref}/manifest/1`, `/case/${ref}`])
    expect((await officer.head(path)).status).toBe(404);
  expect([await disclosed(), await events('downloaded')]).toEqual([[], []]);
  expect((await looks()).length).toBe(before);
});

test('G24: each download is the frozen packet, and a disclosure on record with its hash and legal basis', async () => {
  const [packet] = await packets();
  const answer = await officer.get(`/case/${ref}/packet/1`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toContain(`attendance-file-${ref}.pdf`);
  const manifest = JSON.parse((await officer.get(`/case/${ref}/manifest/1`)).body);
  const schema = z.fromJSONSchema(JSON.parse(readFileSync('config/packet-manifest.schema.json', 'utf8')));
  expect(schema.safeParse(manifest).error?.issues ?? []).toEqual([]);
  expect(schema.safeParse({ ...manifest, case: 7 }).success).toBe(false);
  expect(schema.safeParse({ ...manifest, name: 'Ada' }).success).toBe(false);
  expect(manifest).toMatchObject({ case: ref, kind: 'original', packet: { sha256: packet?.sha256 } });
  expect(await disclosed()).toMatchObject([
    { what: 'attendance file', how: 'fetched from the page', sha256: packet?.sha256, state: 'made' },
    { what: 'manifest of the attendance file' },
  ]);
  expect((await disclosed())[0]).toMatchObject({
    legalBasis: office.config.truancyOfficer.legalBasis,
    interest: office.config.truancyOfficer.interest,
    to: { name: office.config.truancyOfficer.name },
    by: office.config.truancyOfficer.name,
  });
  expect(await events('downloaded')).toHaveLength(1);
});

test('a receipt that is clicked twice, or confirmed on two pages, is one', async () => {
  const page = await officer.get(`/case/${ref}`);
  const action = `/case/${ref}/receipt`;
  const twice = await Promise.all([officer.submit(page, {}, action), officer.submit(page, {}, action)]);
  expect(twice.map(({ status }) => status)).toEqual([303, 303]);
  const again = page.body.replace(
    /name="_once" value="[^"]*"/g,
    'name="_once" value="9b2fd1f5-2c5c-4c8e-9a39-0e8f6f9a0b11"',
  );
  expect((await officer.submit({ ...page, body: again }, {}, action)).status).toBe(303);
  expect(await events('receipt')).toHaveLength(1);
  expect((await officer.get(`/case/${ref}`)).text).toMatch(/Confirmed on September 29, 2026/);
});

test('an outcome is one of the list, stands on the page and goes into the file', async () => {
  const page = await officer.get(`/case/${ref}`);
  const action = `/case/${ref}/outcome`;
  const wrong = await officer.submit(page, { outcome: 'burnt', note: '' }, action);
  expect([wrong.status, (await events('outcome')).length]).toEqual([422, 0]);
  await officer.submit(
    await officer.get(`/case/${ref}`),
    { outcome: 'accepted', note: 'Hearing <b>soon</b>' },
    action,
  );
  const after = await officer.get(`/case/${ref}`);
  expect(after.text).toContain('Accepted');
  expect(after.body).toContain('Hearing &lt;b&gt;soon&lt;/b&gt;');
  const entries = await office.db.selectFrom('file_entry').select('title').execute();
  expect(entries.map(({ title }) => title).join('\n')).toMatch(/Outcome of case R-.*: Accepted/);
});

test('an outcome by mistake is taken back: it is crossed out for both, and counts no more', async () => {
  const action = `/case/${ref}/outcome`;
  await officer.submit(await officer.get(`/case/${ref}`), { outcome: 'closed', note: '' }, action);
  await officer.submit(await officer.get(`/case/${ref}`), {}, `${action}/undo`);
  const after = await officer.get(`/case/${ref}`);
  expect(after.body).toMatch(/<li><del>[^<]*Closed[^<]*<\/del> Taken back<\/li>/);
  expect(after.body).toMatch(/<dt>Outcome<\/dt><dd>Accepted/);
  const struck = await office.db
    .selectFrom('file_entry')
    .select('title')
    .where('taken_back_by', 'is not', null)
    .execute();
  expect(struck).toEqual([{ title: expect.stringMatching(/^Outcome of case R-.*: Closed/) }]);
});

test('a question is a task of the administrator; its words are on the page and in no mail; the answer comes back', async () => {
  const asking = await officer.get(`/case/${ref}`);
  await officer.submit(asking, { question: 'Was the zebra excused?' }, `/case/${ref}/question`);
  const task = (await listOpenTasks(office.db)).find(({ kind }) => kind === 'officer-question');
  expect(task).toMatchObject({ role: 'administrator' });
  office.at('2026-09-30');
  officer = await office.signedIn(office.config.truancyOfficer.email);
  await office.digests();
  await office.work();
  expect(mailsTo(administrator(), 'digest').join('\n')).toContain('The truancy officer has a question');
  const sent = office.sink.delivered.map(({ raw }) => raw.toString()).join('\n');
  expect(sent).not.toContain('zebra');

  const visitor = await office.signedIn(administrator());
  const page = await visitor.get(`/tasks/${task?.ref}`);
  expect(page.text).toContain('Was the zebra excused?');
  const [question] = await events('question');
  const action = `/referrals/questions/${question?.ref}/answer`;
  const other = await office.signedIn(OTHER);
  expect((await other.post(action, { answer: 'no' })).status).toBeGreaterThanOrEqual(400);
  await visitor.submit(page, { answer: 'Yes, the okapi note came late.' }, action);
  await office.work();
  expect((await officer.get(`/case/${ref}`)).text).toContain('Yes, the okapi note came late.');
  expect(await office.openTasks()).not.toContain('officer-question');
  expect((await disclosed()).at(-1)?.what).toBe(`answer to question ${question?.ref}`);
  expect(office.sink.delivered.map(({ raw }) => raw.toString()).join('\n')).not.toContain('okapi');
});

test('a copy has the same pages, each marked, under the same number', async () => {
  const said = await office.rollcall(
    ...['referrals', 'copy', ref, '--by', 'Dana Ruiz', '--why', 'lost', '--as-of', '2026-09-30'],
  );
  expect([said.code, said.err]).toEqual([0, '']);
  await office.work();
  const [original, copy] = await packets();
  expect(copy).toMatchObject({ number: 2, kind: 'copy', state: 'left', pages: original?.pages });
  expect((await officer.get(`/case/${ref}`)).text).toContain('Copy 2');
  const { bytes } = await office.db
    .selectFrom('document')
    .select('sha256 as bytes')
    .where('id', '=', copy?.document_id ?? '')
    .executeTakeFirstOrThrow();
  expect(bytes).toBe(copy?.sha256);
});

test('a correction reaches the officer: a mail, a mark on the page, and a packet that lists what has changed', async () => {
  office.absent(MANY.slice(0, 9));
  for (const date of MANY.slice(9)) office.sis.absences.push(aDeletedAbsence('ada', date));
  await office.day('2026-10-01');
  officer = await office.signedIn(office.config.truancyOfficer.email);
  const page = await officer.get(`/case/${ref}`);
  expect(page.text).toContain('were corrected after it was sent');
  const correction = (await packets()).at(-1);
  expect(correction).toMatchObject({ number: 3, kind: 'correction', state: 'left' });
  const answer = await fetch(`${office.origin}/case/${ref}/packet/3`, {
    headers: { cookie: [...officer.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  const pdf = Buffer.from(await answer.arrayBuffer());
  expect(createHash('sha256').update(pdf).digest('hex')).toBe(correction?.sha256);
  const read = await readPdf(pdf);
  expect(read.bookmarks).toContain('What has changed');
  expect(read.text).toContain('The count is 9 days, and was 16.');
  expect(
    read.pages.every(({ texts }) => texts.some(({ text }) => text.startsWith('Correction 3 of case'))),
  ).toBe(true);
  expect((await disclosed()).map(({ what }) => what)).toContain('correction of the count');
});

test('the record of disclosures is there for who asks for it', async () => {
  const csv = await office.rollcall('disclosures', 'ada', '--csv');
  expect(csv.code).toBe(0);
  expect(csv.out.split('\r\n')[0]).toContain('legal basis');
  expect(csv.out).toContain('fetched from the page');
  const show = await office.rollcall('referrals', 'show', ref);
  expect(show.out).toMatch(/correction[\s\S]*Was the zebra excused/);
});

test('an officer sees what was addressed to them, and of an older case only what is copied to them', async () => {
  await office.db.updateTable('packet').set({ officer_email: 'former@officer.example' }).execute();
  await office.db.updateTable('staff_mail').set({ to_email: 'former@officer.example' }).execute();
  expect((await officer.get('/cases')).text).not.toContain(ref);
  for (const path of ['', '/packet/1', '/manifest/1'])
    expect((await officer.get(`/case/${ref}${path}`)).status).toBe(404);
  const copied = ['--by', 'Dana Ruiz', '--why', 'another officer', '--as-of', '2026-10-01'];
  expect(await office.rollcall('referrals', 'copy', ref, ...copied)).toMatchObject({ code: 0, err: '' });
  await office.work();
  expect((await officer.get('/cases')).text).toContain(ref);
  const page = (await officer.get(`/case/${ref}`)).text;
  expect(page).toContain('Copy 4');
  expect(page).not.toContain('Correction 3');
  expect((await officer.get(`/case/${ref}/packet/1`)).status).toBe(404);
  expect((await officer.get(`/case/${ref}/packet/4`)).status).toBe(200);
});

test('G22: while sending is stopped nothing can be fetched', async () => {
  const before = (await disclosed()).length;
  await office.rollcall('letters', 'stop', '--by', 'Dana Ruiz', '--why', 'wrong counts');
  const answer = await officer.get(`/case/${ref}/packet/4`);
  expect(answer.text).toContain('stopped');
  expect(answer.body).not.toContain('%PDF');
  expect(await disclosed()).toHaveLength(before);
});
