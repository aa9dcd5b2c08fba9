import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { backupKeysOf } from '../../src/config/backup-keys.ts';
import { secretKeyOf, secretKeysOf } from '../../src/config/secret-key.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { referenceIn, sealedReference } from '../../src/mail/return-path.ts';
import { createPageSecrets } from '../../src/pages/secrets.ts';
import { archiveYear, openArchive } from '../../src/procedure/keeping/archive-year.ts';
import { saveDocument } from '../../src/store/documents.ts';
import { type Office, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { aPng } from '../support/pictures.ts';
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
    '--for',
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
  const again = await exported(out, '--guardian', 'mum');
  expect(again.err).toContain('is there already');
});

test('what was written to the other parent, and what was brought, lies apart: for each who may ask', async () => {
  const file = join(folder, 'order.png');
  await writeFile(file, aPng(20, 20));
  const added = await office.rollcall('documents', 'add', 'ada', file, '--kind', 'other', '--by', 'Clerk');
  expect(added.err).toBe('');
  for (const { who, others } of [
    { who: ['--guardian', 'dad'], others: ['mum'] },
    { who: ['--guardian', 'mum'], others: ['dad'] },
    { who: ['--student-asks'], others: ['mum', 'dad'] },
  ]) {
    const out = join(folder, who.join(''));
    expect((await exported(out, ...who)).err).toBe('');
    const given = await namesAndTexts(join(out, 'documents'));
    const apart = await namesAndTexts(join(out, 'read-first'));
    expect(apart.names.join()).toContain('upload');
    expect(given.names.join()).not.toContain('upload');
    for (const other of others) {
      expect(apart.text).toContain(`${other} Street`);
      expect(`${given.text} ${await readFile(join(out, 'index.html'), 'utf8')}`).not.toMatch(
        new RegExp(`${other} Street|${other}@`),
      );
    }
  }
});

test('somebody has to ask, and has to be a guardian today', async () => {
  const out = join(folder, 'nobody');
  for (const who of [[], ['--guardian', 'mum', '--student-asks']])
    expect((await exported(out, ...who)).err).toContain('Say who asks');
  expect((await exported(out, '--guardian', 'nobody')).err).toContain('no guardian of this student');
  await sql`update guardianship set active = false from guardian g where g.id = guardian_id and g.sourced_id = 'dad'`.execute(
    office.db,
  );
  expect((await exported(out, '--guardian', 'dad')).err).toContain('no guardian of the student any more');
  await sql`update guardianship set active = true`.execute(office.db);
  expect(existsSync(out)).toBe(false);
});

function exported(out: string, ...who: readonly string[]) {
  return office.rollcall('export', 'ada', '--out', out, '--for', 'Somebody', '--by', 'Clerk', ...who);
}

/** Of a folder: names, and what can be read of letters and mails. */
async function namesAndTexts(dir: string): Promise<{ names: string[]; text: string }> {
  const names = existsSync(dir) ? await readdir(dir) : [];
  const texts = names.map(async (name) => {
    const bytes = await readFile(join(dir, name));
    return name.endsWith('.pdf') ? JSON.stringify(await readPdf(bytes)) : bytes.toString('latin1');
  });
  return { names, text: (await Promise.all(texts)).join(' ') };
}

test('a school year goes into one encrypted file, which opens as it was written or not at all', async () => {
  const { config, db } = office;
  const out = join(folder, '2027.archive');
  expect((await office.rollcall('archive', '2027', '--out', out, '--by', 'IT')).err).toContain(
    'has not ended',
  );
  const moment = { now: new Date('2027-08-01T12:00:00Z'), today: schoolDate('2027-08-01') };
  const made = await archiveYear(db, config, { schoolYear: '2027', out, by: 'IT' }, moment);
  expect(made.students).toBe(1);
  const bytes = await readFile(out);
  expect(bytes.includes('record.json')).toBe(false);
  const opened = join(folder, 'opened');
  expect((await office.rollcall('archive', 'open', out, '--out', opened)).code).toBe(0);
  const manifest = JSON.parse(await readFile(join(opened, 'manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({ schoolYear: '2027' });
  expect(manifest.files).toHaveLength(made.files);
  for (const { name, sha256 } of manifest.files)
    expect(
      createHash('sha256')
        .update(await readFile(join(opened, name)))
        .digest('hex'),
    ).toBe(sha256);

  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
  const altered = join(folder, 'altered.archive');
  await writeFile(altered, bytes);
  const said = await office.rollcall('archive', 'open', altered, '--out', join(folder, 'never'));
  expect(said.err).toMatch(/altered or cut off/);
  expect(existsSync(join(folder, 'never'))).toBe(false);
  expect(
    (await office.rollcall('restore', out, '--by', 'IT', '--replace', '--confirm', config.district.id)).code,
  ).toBe(1);
});

test('a key is changed, and what the one before has made still opens', async () => {
  const { config } = office;
  const made = await office.rollcall('backup', '--out', join(folder, 'backups'));
  const file = made.out.split('\n')[0] ?? '';
  expect((await office.rollcall('keys', 'rotate', 'backup', '--by', 'IT')).out).toContain(
    'The backup key is',
  );
  expect(new Set(backupKeysOf(config)).size).toBe(2);
  expect((await office.rollcall('drill', file)).out).toContain('is good');
  const opened = [];
  for await (const { name } of openArchive(join(folder, '2027.archive'), backupKeysOf(config)))
    opened.push(name);
  expect(opened.at(-1)).toBe('manifest.json');

  const before = secretKeyOf(config);
  const sealed = sealedReference(before, 'L-7F3K-2Q9M');
  const token = createPageSecrets(before).csrfOf('a session');
  expect((await office.rollcall('keys', 'rotate', 'secret', '--by', 'IT')).code).toBe(0);
  const [now = '', former = ''] = secretKeysOf(config);
  expect(now).not.toBe(before);
  expect(former).toBe(before);
  expect([now, former].map((key) => referenceIn(key, `bounces+${sealed}@example.org`))).toEqual([
    null,
    'L-7F3K-2Q9M',
  ]);
  expect(createPageSecrets(now).isCsrfOf('a session', token)).toBe(false);
  expect(createPageSecrets(now, former).isCsrfOf('a session', token)).toBe(true);
  expect((await office.rollcall('keys', 'rotate', 'secret', '--by', 'IT')).err).toContain(
    'from the last change',
  );
  const listed = JSON.parse((await office.rollcall('keys', 'list', '--json')).out);
  expect(listed.map((one: { key: string }) => one.key)).toEqual(['secret', 'document', 'backup']);
  expect(JSON.stringify(listed)).not.toContain(now);
});
