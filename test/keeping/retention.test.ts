import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { dueUpTo } from '../../src/domain/retention.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { applyRetention, planRetention } from '../../src/procedure/keeping/retention.ts';
import { sealAudit } from '../../src/store/audit-chain.ts';
import { recordAudit } from '../../src/store/audit-log.ts';
import { verifyAudit } from '../../src/store/audit-verify.ts';
import { readDocument, saveDocument } from '../../src/store/documents.ts';
import { brokenInvariants } from '../../src/store/invariants.ts';
import { WRITTEN } from '../../src/store/written-columns.ts';
import { type Office, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { aGuardian, aStudent, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const RULES = { files: 7, absences: 5, mails: 3, people: 7 };
const LATER = { now: new Date('2035-01-10T18:00:00Z'), today: schoolDate('2035-01-10') };

let office: Office;
const asked = (expected: number) => ({
  district: 'd',
  districtName: 'District',
  timeZone: 'America/Denver',
  by: 'Dana Ruiz',
  expected,
});

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
  await writeEverywhere();
  await archivedOnRecord();
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
  expect(text).not.toContain(`${WRITTEN_DOWN} ${ada}`);
  expect(text).toContain(`${WRITTEN_DOWN} ${bo}`);
  expect(await namesOf('former')).toEqual(['(destroyed)']);

  expect(createHash('sha256').update(done.json).digest('hex')).toBe(done.sha256);
  expect(done.json).not.toContain('Zephyrine');
  expect(JSON.parse(done.json).archivesToDelete).toEqual([
    { schoolYear: '2027', madeAt: '2027-08-01T12:00:00.000Z', sha256: 'f'.repeat(64) },
  ]);
  expect(JSON.stringify(await readPdf(done.pdf))).toContain('August 1, 2027');
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
  expect(await everything()).not.toMatch(/Zephyrine|Xanthe|dad@|mum@|mum Street|Mum Street/);
  expect(await everything()).not.toContain(WRITTEN_DOWN);
  expect(await applyRetention(office.db, RULES, asked(0), LATER)).toEqual({ kind: 'nothing-due' });
});

test('whatever column people write into is destroyed, or stands here with the reason why not', async () => {
  const destroyed = new Set(
    WRITTEN.flatMap(({ table, emptied = [], replaced = [] }) =>
      [...emptied, ...replaced].map((column) => `${table}.${column}`),
    ),
  );
  const columns = (await writtenColumns()).map(({ table, column }) => `${table}.${column}`);
  expect(columns.filter((name) => !destroyed.has(name) && !(name in KEPT))).toEqual([]);
  expect(Object.keys(KEPT).filter((name) => !columns.includes(name) || destroyed.has(name))).toEqual([]);
});

const KEPT: Readonly<Record<string, string>> = {
  'batch.answered_because': 'about a set of letters',
  'kill_switch.because': 'about all letters',
  'kill_switch.resumed_because': 'about all letters',
  'legal_hold.ended_because': 'why something was not destroyed has to be known as long as it may be asked',
  'safe_mode.settled_because': 'about all letters',
  'sending_stop.ended_because': 'about all letters',
  'staff_mail.reply': 'about the address of a member of staff; of invitations to families it is destroyed',
  'sync_run.released_because': 'about a read of everybody',
};

const WRITTEN_DOWN = 'written about';

/** Columns of free text, by their names. */
async function writtenColumns(): Promise<{ table: string; column: string; names: string[] }[]> {
  const { rows } = await sql<{ table: string; column: string; names: string[] }>`
    select c.table_name as "table", c.column_name as "column",
      (select array_agg(o.column_name::text) from information_schema.columns o
        where o.table_schema = 'public' and o.table_name = c.table_name) as names
    from information_schema.columns c
    where c.table_schema = 'public' and c.data_type in ('text', 'character varying') and c.table_name !~ '^stage_'
      and c.column_name ~ '(because|note|reply|says|said|detail|purpose|place|interest|call_in)$'
    order by 1, 2`.execute(office.db);
  return rows;
}

/** Into every such column of a row that is about a student, and into rows that hardly anything else makes. */
async function writeEverywhere(): Promise<void> {
  const { db } = office;
  await sql`
    insert into adult_answer (student_id, letters_to, answered_on, answered_at, answered_by)
    select id, 'student', '2026-10-01', now(), 'Clerk' from student`.execute(db);
  await sql`
    insert into letter_resolution (letter_id, delivered, resolved_at, resolved_by, because)
    select id, true, now(), 'Clerk', 'x' from letter`.execute(db);
  await sql`
    insert into returned_post (guardian_id, household, letter_id, returned_on)
    select a.guardian_id, '1 ' || g.sourced_id || ' Street', a.letter_id, '2026-10-01'
    from letter_addressee a join guardian g on g.id = a.guardian_id
    on conflict do nothing`.execute(db);
  await sql`update letter set reissue_of = id, reissued_by = 'Clerk', reissued_because = 'x'`.execute(db);
  // An id that the person had before, under which something was written as well.
  await sql`
    insert into student (sourced_id, given_name, family_name, active, merged_into)
    select 'former', 'Xanthe', 'Zephyrine', false, id from student where sourced_id = 'ada'`.execute(db);
  await sql`
    insert into hold (student_id, kind, scope, begins, owner)
    select id, 'bereavement', 'letters', '2026-10-01', 'counselor' from student where sourced_id = 'former'`.execute(
    db,
  );
  for (const { table, column, names } of await writtenColumns()) {
    const about = ABOUT.find((one) => names.includes(one.by));
    if (about === undefined || `${table}.${column}` in KEPT) continue;
    await sql`
      update ${sql.table(table)} t set ${sql.ref(column)} = ${WRITTEN_DOWN} || ' ' || coalesce(s.merged_into, s.id)
      from student s where s.id = ${about.student}`.execute(db);
  }
}

const ABOUT = [
  { by: 'student_id', student: sql`t.student_id` },
  { by: 'letter_id', student: sql`(select student_id from letter where id = t.letter_id)` },
  { by: 'referral_id', student: sql`(select student_id from referral where id = t.referral_id)` },
  { by: 'meeting_id', student: sql`(select student_id from meeting where id = t.meeting_id)` },
  { by: 'file_id', student: sql`(select student_id from attendance_file where id = t.file_id)` },
];

async function archivedOnRecord(): Promise<void> {
  await recordAudit(office.db, {
    at: new Date('2027-08-01T12:00:00Z'),
    actor: { kind: 'command-line', name: 'IT', email: null },
    from: null,
    action: 'year-archived',
    subject: '2027',
    detail: { sha256: 'f'.repeat(64) },
  });
}

async function namesOf(student: string): Promise<string[]> {
  const rows = await office.db
    .selectFrom('student')
    .select('family_name')
    .where('sourced_id', '=', student)
    .execute();
  return rows.map(({ family_name }) => family_name);
}

/** Of which the rows are not searched. */
const NOT_SEARCHED = [
  // It only grows, and its chain covers each word: what it may say of anybody is little, and stays.
  'audit_event',
];

/** Every row of every table, as text. */
async function everything(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> all(${NOT_SEARCHED})
    order by 1`.execute(office.db);
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`
      select coalesce(string_agg(t::text, ' '), '') as text from ${sql.table(name)} t`.execute(office.db);
    texts.push(`${name}: ${rows[0]?.text ?? ''}`);
  }
  return texts.join('\n');
}
