import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { saveDocument } from '../../src/store/documents.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
let folder: string;

beforeAll(async () => {
  office = await openOffice();
  folder = await mkdtemp(join(tmpdir(), 'rollcall-export-'));
  office.sis.guardians = [
    ...office.sis.guardians,
    aGuardian('dad', { phone: '555-0199', links: [linkTo('ada')] }),
  ];
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.day('2026-09-22');
  await saveDocument(office.db, {
    bytes: Buffer.from('a list of several students'),
    kind: 'print-run',
    mediaType: 'application/pdf',
    students: [await office.studentId(), 99_999],
    now: new Date(),
  });
});
afterAll(async () => {
  await office.close();
  await rm(folder, { recursive: true, force: true });
});

test('a parent gets everything in a folder, but what names other students and where the others live', async () => {
  const out = join(folder, 'ada');
  const said = await office.rollcall(
    'export',
    'ada',
    '--out',
    out,
    '--to',
    'Mum',
    '--guardian',
    'mum',
    '--by',
    'Clerk',
  );
  expect(said.err).toBe('');
  expect(said.out).toContain('read-first/');
  const page = await readFile(join(out, 'index.html'), 'utf8');
  for (const part of ['Absences', 'Letters', 'Contact log', 'What was disclosed outside the school'])
    expect(page).toContain(`>${part}</h2>`);
  expect(page).toContain('names other students');
  expect(page).not.toContain('555-0199');
  const documents = await readdir(join(out, 'documents'));
  expect(documents.some((name) => name.endsWith('.pdf'))).toBe(true);
  const pdf = documents.find((name) => name.endsWith('.pdf')) ?? '';
  expect((await readFile(join(out, 'documents', pdf))).subarray(0, 5).toString()).toBe('%PDF-');
  const all = await Promise.all(documents.map((name) => readFile(join(out, 'documents', name), 'latin1')));
  expect(all.join('')).not.toContain('a list of several students');
  expect(all.join('')).not.toContain('dad@');
  const record = JSON.parse(await readFile(join(out, 'record.json'), 'utf8'));
  expect(record.parts.find((part: { title: string }) => part.title === 'Absences').rows).toHaveLength(7);

  const disclosures = await office.rollcall('disclosures', 'ada', '--json');
  expect(JSON.parse(disclosures.out)).toMatchObject([{ how: 'export', to: { name: 'Mum' }, by: 'Clerk' }]);
  const again = await office.rollcall('export', 'ada', '--out', out, '--to', 'Mum', '--by', 'Clerk');
  expect(again).toMatchObject({ code: 2 });
});
