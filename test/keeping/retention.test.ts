import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { dueUpTo } from '../../src/domain/retention.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { applyRetention, planRetention } from '../../src/procedure/keeping/retention.ts';
import { sealAudit } from '../../src/store/audit-chain.ts';
import { verifyAudit } from '../../src/store/audit-verify.ts';
import { readDocument, saveDocument } from '../../src/store/documents.ts';
import { brokenInvariants } from '../../src/store/invariants.ts';
import { type Office, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { aGuardian, aStudent, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const RULES = { files: 7, absences: 5, mails: 3, people: 7 };
const LATER = { now: new Date('2035-01-10T18:00:00Z'), today: schoolDate('2035-01-10') };

let office: Office;
const asked = (expected: number) => ({ district: 'd', districtName: 'District', by: 'Dana Ruiz', expected });

beforeAll(async () => {
  office = await openOffice();
  const enrolments = [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }];
  office.sis.students = [...office.sis.students, aStudent('bo', { enrolments })];
  office.sis.guardians = [...office.sis.guardians, aGuardian('dad', { links: [linkTo('bo')] })];
  for (const student of ['ada', 'bo']) office.absent(weekdaysFrom('2026-09-08', 7), student);
  await office.day('2026-09-22');
  await office.digests();
  await office.work();
  await office.rollcall(
    'contacts',
    'log',
    'ada',
    '--outcome',
    'reached',
    '--by',
    'Clerk',
    '--note',
    'a secret of the family',
  );
  const meeting = ['schedule', 'ada', '--on', '2026-10-06', '--at', '15:30', '--place', 'with Zephyrine'];
  const { err } = await office.rollcall('meetings', ...meeting, '--by', 'Clerk', '--as-of', '2026-09-22');
  expect(err).toBe('');
  await office.work();
  await saveDocument(office.db, {
    bytes: Buffer.from('of both'),
    kind: 'print-run',
    mediaType: 'application/pdf',
    students: [await office.studentId('ada'), await office.studentId('bo')],
    now: new Date(),
  });
  await sql`update student set active = false`.execute(office.db);
});
afterAll(() => office.close());

describe('the day up to which a rule reaches', () => {
  test.each([
    { years: 7, today: '2035-01-10', upTo: '2028-01-10' },
    { years: 1, today: '2028-02-29', upTo: '2027-03-01' },
    { years: null, today: '2035-01-10', upTo: null },
  ])('$years years on $today: $upTo', ({ years, today, upTo }) => {
    expect(dueUpTo(years, schoolDate(today))).toBe(upTo);
  });
});

test('nothing is due without a rule, or before its time', async () => {
  const never = { files: null, absences: null, mails: null, people: null };
  for (const [rules, today] of [
    [never, '2099-01-01'],
    [RULES, '2030-01-01'],
  ] as const) {
    const planned = await planRetention(office.db, { ...rules, mails: null }, schoolDate(today));
    expect(planned.every(({ rows, students }) => rows + students.length === 0)).toBe(true);
  }
});

test('G20: contents are gone and their proof stays; a legal hold wins, also over a document that names others; another number than was seen destroys nothing', async () => {
  const said = await office.rollcall('retention', 'hold', 'bo', '--by', 'Counsel', '--why', 'case 12');
  expect(said.out).toMatch(/Legal hold H-/);
  const planned = await planRetention(office.db, RULES, LATER.today);
  const files = planned.find(({ name }) => name === 'files');
  expect(files?.students).toEqual([await office.studentId('ada')]);
  expect(files?.held).toEqual([await office.studentId('bo')]);
  const rows = planned.reduce((sum, one) => sum + one.rows, 0);
  expect(await applyRetention(office.db, RULES, asked(rows + 1), LATER)).toEqual({ kind: 'changed', rows });

  const done = await applyRetention(office.db, RULES, asked(rows), LATER);
  if (done.kind !== 'destroyed') throw new Error('nothing was destroyed');
  const documents = await office.db.selectFrom('document').select(['id', 'student_ids', 'kind']).execute();
  const [ada, bo] = [await office.studentId('ada'), await office.studentId('bo')];
  for (const { id, student_ids: named } of documents) {
    if (named.includes(bo)) expect((await readDocument(office.db, id)).bytes.length).toBeGreaterThan(0);
    else if (named.includes(ada)) await expect(readDocument(office.db, id)).rejects.toThrow(/destroyed/);
  }
  const absences = await office.db.selectFrom('absence_record').select('student_id').distinct().execute();
  expect(absences).toEqual([{ student_id: bo }]);
  const text = await everything();
  expect(text).not.toContain('a secret of the family');

  expect(createHash('sha256').update(done.json).digest('hex')).toBe(done.sha256);
  expect(done.json).not.toContain('Zephyrine');
  expect(JSON.stringify(await readPdf(done.pdf))).toContain(done.ref);
  await sealAudit(office.db);
  expect(await verifyAudit(office.db, [])).toMatchObject({ kind: 'intact' });
  expect(await brokenInvariants(office.db)).toEqual([]);
});

test('G20: once the hold has ended the rest is destroyed; then nothing is due', async () => {
  const ref = /H-\S{4}-\S{4}/.exec((await office.rollcall('retention', 'holds')).out)?.[0] ?? '';
  await office.rollcall('retention', 'release', ref, '--by', 'Counsel', '--why', 'settled');
  const rows = (await planRetention(office.db, RULES, LATER.today)).reduce((sum, one) => sum + one.rows, 0);
  expect(await applyRetention(office.db, RULES, asked(rows), LATER)).toMatchObject({
    kind: 'destroyed',
  });
  expect(await everything()).not.toMatch(/Zephyrine|dad@/);
  expect(await applyRetention(office.db, RULES, asked(0), LATER)).toEqual({ kind: 'nothing-due' });
});

/** What students, guardians and their files say, as text. */
async function everything(): Promise<string> {
  const tables = [
    'student',
    'guardian',
    'contact_log_entry',
    'file_entry',
    'task',
    'letter',
    'hold',
    'demographics',
    'meeting',
    'meeting_invitee',
    'staff_mail',
    'ladder_step',
    'upload',
  ];
  const texts = await Promise.all(
    tables.map(async (name) => {
      const { rows } = await sql<{ text: string }>`
        select coalesce(string_agg(t::text, ' '), '') as text from ${sql.table(name)} t`.execute(office.db);
      return rows[0]?.text ?? '';
    }),
  );
  return texts.join(' ');
}
