import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { unmappedCodeWords } from '../../src/cli/unmapped-code-words.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { listUnmappedCodes } from '../../src/store/unmapped-codes.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aCode, anAbsence, aStudent } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const enrolled = (ends: string | null) => [
  {
    schoolSourcedId: office.school,
    primary: true,
    begins: null,
    ends: ends === null ? null : schoolDate(ends),
  },
];

async function unmapped(mapped: string[] = []) {
  return listUnmappedCodes(office.db, { schoolYear: '2027', today: schoolDate('2026-09-18'), mapped });
}

test('codes without a meaning come with their rows and students, each once', async () => {
  const row = (student: string, date: string, change = {}) =>
    anAbsence(student, date, { schoolSourcedId: office.school, ...change });
  office.sis.students = [
    ...office.sis.students,
    aStudent('ben', { enrolments: enrolled(null) }),
    aStudent('gone', { enrolments: enrolled('2026-09-01') }),
  ];
  office.sis.codes = [
    aCode('unx'),
    aCode('odd', { title: 'ODD', status: 'other' }),
    aCode('old', { title: 'OLD', active: false }),
  ];
  office.sis.absences = [
    row('ada', '2026-08-31', { codeSourcedId: 'WTR' }),
    row('ada', '2026-09-01', { codeSourcedId: 'WTR' }),
    row('ben', '2026-09-01', { codeSourcedId: 'WTR' }),
    row('ben', '2026-09-02', { codeSourcedId: 'odd' }),
    row('ben', '2026-09-03', { codeSourcedId: 'old' }),
    row('ben', '2026-09-04', { codeSourcedId: null, status: 'other' }),
    row('ben', '2026-09-08', { codeSourcedId: 'unx' }),
    // Outside the enrolment, and ahead of today: nobody waits for these.
    row('gone', '2026-09-02', { codeSourcedId: 'WTR' }),
    row('ada', '2026-09-21', { codeSourcedId: 'NEW' }),
  ];
  office.at('2026-09-18');
  await office.sync();
  expect(await unmapped()).toEqual([
    { code: 'ODD', rows: 1, students: 1 },
    { code: 'WTR', rows: 3, students: 2 },
    { code: 'old', rows: 1, students: 1 },
    { code: null, rows: 1, students: 1 },
  ]);
  const left = await unmapped(['wtr', 'Odd']);
  expect(left.map(({ code }) => code)).toEqual(['old', null]);
});

test.each([
  [
    { code: 'WTR', rows: 14, students: 9 },
    'Code WTR is not in the code table: 14 rows of 9 students; their letters wait.',
  ],
  [
    { code: 'WTR', rows: 1, students: 1 },
    'Code WTR is not in the code table: 1 row of 1 student; the letters of this one wait.',
  ],
  [
    { code: null, rows: 3, students: 2 },
    'A status without a code has no meaning here: 3 rows of 2 students; their letters wait.',
  ],
])('%j is told as a sentence', (code, words) => {
  expect(unmappedCodeWords(code, 'oneroster-service')).toBe(words);
});
