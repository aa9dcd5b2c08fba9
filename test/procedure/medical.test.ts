import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { applyActions } from '../../src/procedure/apply-actions.ts';
import { assess } from '../../src/procedure/assess.ts';
import { recordMedical } from '../../src/procedure/medical.ts';
import { listMedical } from '../../src/store/medical.ts';
import { loadStudentFacts } from '../../src/store/student-facts.ts';
import { onlyHoldRow } from '../support/asked.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aStudent, enrolledAt, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 4));
  office.sis.students.push(aStudent('bo', { enrolments: [enrolledAt(office.school)] }));
  await office.day('2026-09-16');
});
afterEach(() => office.close());

/** An evaluation asks for notes: a letter that says so has left. */
async function ask(): Promise<void> {
  const procedure = await office.jobs.procedure();
  const facts = await loadStudentFacts(office.db, { id: await office.studentId(), schoolYear: '2027' });
  if (facts === null) throw new Error('Ada is not known');
  const { evaluation, ...rest } = assess(facts, procedure, { ...office.moment(), baseline: false });
  const actions = [{ kind: 'ask-medical-notes', step: 'medical-letter' }] as const;
  const assessment = { ...rest, evaluation: { ...evaluation, actions } };
  const last = await office.db.selectFrom('ladder').select('evaluation_id').executeTakeFirst();
  const decision = { facts, assessment, evaluationId: last?.evaluation_id ?? '' };
  await office.db.transaction().execute((tx) => applyActions(tx, procedure, decision, office.moment()));
}

const set = async (student: string, status: 'asked' | 'on-file' | 'not-given', until: string | null = null) =>
  recordMedical(
    office.db,
    await office.jobs.procedure(),
    { student, status, validUntil: until === null ? null : schoolDate(until), note: null, by: 'Ana Silva' },
    office.moment(),
  );

const roster = async (school: string | null = null) =>
  (await listMedical(office.db, { schoolYear: '2027', school, today: office.moment().today })).map(
    ({ student, status, since, validUntil }) =>
      `${student} ${status} ${since}${validUntil === null ? '' : ` until ${validUntil}`}`,
  );

const lines = async () =>
  (await office.db.selectFrom('file_entry').select('title').orderBy('id').execute())
    .map(({ title }) => title)
    .filter((title) => title.startsWith('Medical'));

test('a family is asked once a year, and what came of it is not asked over', async () => {
  await ask();
  expect(await roster()).toEqual(['ada asked 2026-09-16']);
  expect(await set('ada', 'on-file', '2026-12-18')).toEqual({ kind: 'recorded' });
  office.at('2026-09-17');
  await ask();
  expect(await roster()).toEqual(['ada on-file 2026-09-16 until 2026-12-18']);
  expect(await lines()).toEqual([
    'Medical notes are asked for from now on (medical-letter)',
    'Medical notes: on file until 2026-12-18, by Ana Silva',
  ]);
});

test('notes that come unasked are on the roster too; the end of one status is not that of the next', async () => {
  await set('bo', 'on-file', '2026-12-18');
  office.at('2026-09-18');
  await set('bo', 'not-given');
  expect(await roster(office.school)).toEqual(['bo not-given 2026-09-18']);
  expect(await roster('another school')).toEqual([]);
  // Bo has no file, and gets none because of it.
  expect(await lines()).toEqual([]);
});

test('what cannot be is refused', async () => {
  expect(await set('nobody', 'on-file')).toEqual({ kind: 'unknown-student' });
  expect(await set('ada', 'not-given', '2026-12-18')).toEqual({ kind: 'until-without-notes' });
  expect(await roster()).toEqual([]);
});

test('a student of whom nothing may be said is not on it', async () => {
  await set('ada', 'asked');
  await onlyHoldRow(office, 'missing');
  expect(await roster()).toEqual([]);
});
