import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { countFiles, type FileFilter, gradesAt, listFiles } from '../../src/store/file-list.ts';
import { fileRefOf, readEvaluation, readFile } from '../../src/store/file-view.ts';
import { homeSchoolOf } from '../../src/store/home-school.ts';
import { type Office, openOffice } from '../support/office.ts';
import { anAbsence, aSchool, aStudent } from '../support/sis-records.ts';

const OTHER = 'the-other-school';
const AT = { schoolYear: '2027', today: schoolDate('2026-08-31') };
const DAYS = ['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27'];

let office: Office;

beforeAll(async () => {
  office = await openOffice();
  const at = (id: string, givenName: string, familyName: string, school: string, grade = '05') =>
    aStudent(id, {
      givenName,
      familyName,
      grade,
      number: `77${id}`,
      enrolments: [{ schoolSourcedId: school, primary: true, begins: null, ends: null }],
    });
  office.sis.schools = [...office.sis.schools, aSchool(OTHER)];
  office.sis.students = [
    at('ada', 'Ada', 'Nguyễn', office.school),
    at('ben', 'Łukasz', "O'Brien-Sánchez", office.school, '06'),
    at('cy', 'Cy', 'O’Brien', office.school),
    at('dee', 'Dee', 'Nguyen', OTHER),
    at('eve', '<b>Eve</b>', "%' or 1=1 --", office.school),
  ];
  for (const id of ['ada', 'ben']) office.absent(DAYS, id);
  office.sis.absences.push(...DAYS.map((date) => anAbsence('dee', date, { schoolSourcedId: OTHER })));
  office.sis.absences.push(anAbsence('cy', '2026-08-24', { schoolSourcedId: office.school }));
  await office.day('2026-08-31');
}, 60_000);
afterAll(() => office.close());

function list(filter: Partial<FileFilter> = {}, after: string | null = null, size = 25) {
  const whole: FileFilter = {
    schools: [office.school],
    state: 'everyone',
    step: null,
    grade: null,
    openTask: false,
    words: null,
    ...filter,
  };
  return listFiles(office.db, whole, AT, { after, size });
}
const names = async (filter: Partial<FileFilter>) =>
  (await list(filter)).files.map(({ familyName }) => familyName);

describe('the list of a school', () => {
  test.each<[string, Partial<FileFilter>, string[]]>([
    ['everyone, by name', {}, ["%' or 1=1 --", 'Nguyễn', 'O’Brien', "O'Brien-Sánchez"]],
    ['attendance files', { state: 'files' }, ['Nguyễn', "O'Brien-Sánchez"]],
    ['a step that was taken', { state: 'taken', step: 'contact' }, ['Nguyễn', "O'Brien-Sánchez"]],
    ['another step', { state: 'taken', step: 'first-letter' }, []],
    ['owed now', { state: 'owed' }, []],
    ['a grade', { grade: '06' }, ["O'Brien-Sánchez"]],
    ['with an open task', { openTask: true }, ['Nguyễn', "O'Brien-Sánchez"]],
    ['the beginning of a name, without accents', { words: 'NGUY' }, ['Nguyễn']],
    ['both names, in any order', { words: 'lukasz obr' }, ["O'Brien-Sánchez"]],
    ['the second part of a name', { words: 'sánch' }, ["O'Brien-Sánchez"]],
    ['with an apostrophe of any kind', { words: "o'brien" }, ['O’Brien', "O'Brien-Sánchez"]],
    ['the student number', { words: '77ad' }, ['Nguyễn']],
    ['nobody’s name', { words: 'zzz' }, []],
    ['signs of a search language', { words: `' | a:* & \\ ! ( <->` }, []],
    ['nobody’s school', { schools: [] }, []],
    ['another school', { schools: [OTHER] }, ['Nguyen']],
    ['all schools', { schools: 'all', words: 'nguyen' }, ['Nguyễn', 'Nguyen']],
  ])('%s', async (_what, filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  test('a page begins where the last one ended', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = await list({}, after, 3);
      seen.push(...page.files.map(({ familyName }) => familyName));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(await names({}));
  });

  test('says what is open', async () => {
    const [file] = (await list({ words: 'ada' })).files;
    expect(file).toMatchObject({
      total: '4',
      openTasks: 1,
      held: false,
      contract: false,
      referral: null,
      openedOn: '2026-08-31',
      steps: [{ step: 'contact', state: 'taken', superseded: false, waits: false }],
    });
  });

  test('counts what each way of narrowing leaves', async () => {
    expect(await countFiles(office.db, [office.school], AT)).toEqual({
      files: 2,
      owed: 0,
      waiting: 0,
      taken: 2,
      hold: 0,
      contract: 0,
      referral: 0,
      openTask: 2,
    });
    expect(await countFiles(office.db, 'all', AT)).toMatchObject({ files: 3, openTask: 3 });
    expect(await gradesAt(office.db, [office.school], '2027')).toEqual(['05', '06']);
  });
});

describe('one file', () => {
  test('has all that is on record, by a reference that says nothing', async () => {
    const ref = await fileRefOf(office.db, await office.studentId());
    expect(ref).toMatch(/^[0-9a-f-]{36}$/);
    const file = await readFile(office.db, { ref: ref ?? '', ...AT });
    expect(file).toMatchObject({
      familyName: 'Nguyễn',
      school: { sourcedId: office.school },
      openedOn: '2026-08-31',
      ladder: { total: '4', asOf: '2026-08-31' },
      entries: [{ title: 'Attendance file opened' }],
      tasks: [{ kind: 'contact-family', state: 'open' }],
      guardians: [{ noContact: false, current: true }],
      goesOnAs: null,
    });
    const evaluation = await readEvaluation(office.db, file?.ladder?.evaluationId ?? '');
    expect(evaluation?.days.map(({ date }) => date)).toEqual(DAYS);
    expect(await readFile(office.db, { ref: '00000000-0000-4000-8000-000000000000', ...AT })).toBeNull();
  });

  test.each([
    [
      'the primary school',
      [
        ['a', true, null, null],
        ['b', false, null, null],
      ],
      'a',
    ],
    [
      'not one that has ended',
      [
        ['a', true, null, '2026-08-31'],
        ['b', true, '2026-08-31', null],
      ],
      'b',
    ],
    [
      'of a leaver the last',
      [
        ['a', true, null, '2026-08-20'],
        ['b', true, '2026-08-20', '2026-08-28'],
      ],
      'b',
    ],
  ] as const)('belongs to %s', async (_what, enrolments, expected) => {
    const schools = { a: office.school, b: OTHER };
    const { id } = await office.db
      .insertInto('student')
      .values({ sourced_id: `t-${expected}-${_what}`, given_name: 'T', family_name: 'T', active: true })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const [school, primary, begins, ends] of enrolments)
      await office.db
        .insertInto('enrolment')
        .values({
          student_id: id,
          school_id: (
            await office.db
              .selectFrom('school')
              .select('id')
              .where('sourced_id', '=', schools[school])
              .executeTakeFirstOrThrow()
          ).id,
          is_primary: primary,
          begins: begins === null ? null : schoolDate(begins),
          ends: ends === null ? null : schoolDate(ends),
        })
        .execute();
    expect((await homeSchoolOf(office.db, id, AT.today))?.sourcedId).toBe(schools[expected]);
  });
});
