import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ExaminedFile } from '../../src/documents/uploads/examine.ts';
import type { AuditActor } from '../../src/domain/audit.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { removeDocument } from '../../src/procedure/keep-documents-right.ts';
import { type BroughtDocument, fileDocument, takeInDocument } from '../../src/procedure/take-in-document.ts';
import { listFileEntries } from '../../src/store/attendance-files.ts';
import { readDocument } from '../../src/store/documents.ts';
import { listMedical } from '../../src/store/medical.ts';
import { openTask } from '../../src/store/tasks.ts';
import { findUpload, listUploads } from '../../src/store/uploads.ts';
import { aPdf, inCatalog, script } from '../support/hostile-pdfs.ts';
import { type Office, openOffice } from '../support/office.ts';

const CLERK = { kind: 'staff', name: 'Carla Clerk', email: 'carla@example.org' } satisfies AuditActor;
const BY = { actor: CLERK, from: '192.0.2.7' };

let office: Office;
let ada: number;
let folder: string;
const pdfs = new Map<string, Buffer>();

beforeAll(async () => {
  office = await openOffice();
  office.absent(['2026-09-01', '2026-09-02', '2026-09-03', '2026-09-04']);
  await office.day('2026-09-10');
  ada = await office.studentId();
  folder = mkdtempSync(join(tmpdir(), 'rollcall-documents-test-'));
  for (const [name, pages] of [
    ['note', 1],
    ['contract', 2],
  ] as const)
    pdfs.set(name, await aPdf(pages));
});
afterAll(async () => {
  await office.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await office.db.deleteFrom('upload').execute();
});

/** What passed every look. */
const examined = (name = 'note'): ExaminedFile => {
  const bytes = pdfs.get(name) ?? Buffer.from(`%PDF ${name}`);
  return { kind: 'examined', type: 'application/pdf', bytes, pages: 1, receivedSha256: `sha of ${name}` };
};

const about = (own: Partial<BroughtDocument> = {}): BroughtDocument => ({
  studentId: ada,
  kind: 'medical-note',
  on: schoolDate('2026-09-02'),
  fileName: 'note.pdf',
  note: null,
  task: null,
  medical: null,
  ...own,
});

const filed = async (own: Partial<BroughtDocument> = {}, file = examined()) =>
  fileDocument(office.db, await office.jobs.procedure(), file, about(own), BY, office.moment());

const student = () => ({ studentId: ada, schoolYear: '2027' });
const entries = async () =>
  (await listFileEntries(office.db, student())).filter(({ kind }) => kind === 'document');
const audits = async (subject: string) =>
  office.db.selectFrom('audit_event').selectAll().where('subject', '=', subject).orderBy('id').execute();

describe('a document that is taken in', () => {
  test('lies encrypted in the student’s file, with an entry and a line of the audit log', async () => {
    const taken = await takeInDocument(
      office.db,
      await office.jobs.procedure(),
      {
        stream: Readable.from([pdfs.get('note')]),
        rules: office.config.documents,
        about: about({ fileName: '../../etc/Ada.pdf', note: 'from the clinic' }),
        by: BY,
      },
      office.moment(),
    );
    if (taken.kind !== 'added') throw new Error(taken.kind);
    const upload = await findUpload(office.db, taken.ref.toLowerCase());
    expect(upload).toMatchObject({ fileName: 'Ada.pdf', pages: 1, addedBy: 'Carla Clerk', removed: null });
    expect(
      (await readDocument(office.db, upload?.documentId ?? '')).bytes.equals(
        pdfs.get('note') ?? Buffer.alloc(0),
      ),
    ).toBe(true);
    const { bytes } = await office.db
      .selectFrom('document')
      .select('bytes')
      .where('id', '=', upload?.documentId ?? '')
      .executeTakeFirstOrThrow();
    expect(bytes.includes('%PDF')).toBe(false);
    expect(await entries()).toContainEqual(
      expect.objectContaining({
        title: `Medical note ${taken.ref} of September 2, 2026 added by Carla Clerk`,
        detail: 'from the clinic',
        documentId: upload?.documentId,
      }),
    );
    const [audit] = await audits(taken.ref);
    expect(audit).toMatchObject({
      action: 'document-added',
      actor_email: 'carla@example.org',
      came_from: '192.0.2.7',
      student_id: ada,
    });
    expect(JSON.stringify(audit?.detail)).not.toMatch(/Ada|clinic/);
  });

  test('answers a task of the student, and says so in it', async () => {
    const { now, today } = office.moment();
    await openTask(
      office.db,
      {
        key: 'agree:1',
        ref: 'T-AAAA-AAAA',
        kind: 'agree-contract',
        role: 'administrator',
        openedOn: today,
        dueOn: today,
        studentId: ada,
        schoolYear: '2027',
      },
      now,
    );
    const taken = await filed({ kind: 'attendance-contract', task: 'T-AAAA-AAAA' });
    if (taken.kind !== 'added') throw new Error(taken.kind);
    const task = await office.db
      .selectFrom('task')
      .select(['state', 'outcome', 'closed_by'])
      .where('ref', '=', 'T-AAAA-AAAA')
      .executeTakeFirst();
    expect(task).toEqual({ state: 'done', outcome: 'document-added', closed_by: 'Carla Clerk' });
  });

  test('answers what was asked of the family, when the clerk says so and not before', async () => {
    const at = { schoolYear: '2027', school: null, today: office.moment().today };
    await filed();
    expect(await listMedical(office.db, at)).toEqual([]);
    await filed({ medical: { until: schoolDate('2026-12-18') } }, examined('other note'));
    expect(await listMedical(office.db, at)).toMatchObject([
      { student: 'ada', status: 'on-file', validUntil: '2026-12-18', by: 'Carla Clerk' },
    ]);
  });

  test('sent twice at once is there once', async () => {
    const kinds = (await Promise.all(Array.from({ length: 5 }, () => filed()))).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['added', 'there-before', 'there-before', 'there-before', 'there-before']);
    expect(await listUploads(office.db, student())).toHaveLength(1);
  });
});

test.each<[string, Partial<BroughtDocument>, string]>([
  ['of tomorrow', { on: schoolDate('2026-09-11') }, 'bad-date'],
  ['of ten years ago', { on: schoolDate('2016-09-02') }, 'bad-date'],
  ['of nobody', { studentId: 999_999 }, 'unknown-student'],
  ['that answers a task that is not there', { task: 'T-ZZZZ-ZZZZ' }, 'bad-task'],
  [
    'that answers for medical notes and is none',
    { kind: 'other', medical: { until: null } },
    'medical-without-note',
  ],
])('one %s is not filed, and nothing of it is kept', async (_, own, kind) => {
  const before = await entries();
  expect(await filed(own)).toMatchObject({ kind });
  expect(await listUploads(office.db, student(), { removed: true })).toEqual([]);
  expect(await entries()).toEqual(before);
});

test('one that answers a task which takes another answer is not filed, and the task stays open', async () => {
  const contact = await office.db
    .selectFrom('task')
    .select('ref')
    .where('kind', '=', 'contact-family')
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow();
  const before = await entries();
  // As on a page, where the transaction is the page's and goes on.
  const answer = await office.db
    .transaction()
    .execute(async (tx) =>
      fileDocument(
        tx,
        await office.jobs.procedure(),
        examined(),
        about({ task: contact.ref }),
        BY,
        office.moment(),
      ),
    );
  expect(answer).toEqual({ kind: 'bad-task' });
  expect(await listUploads(office.db, student())).toEqual([]);
  expect(await entries()).toEqual(before);
  expect(await office.openTasks()).toContain('contact-family');
});

test('taken out of the file, a document stays on record with the reason, and may come again', async () => {
  const taken = await filed();
  if (taken.kind !== 'added') throw new Error(taken.kind);
  const removal = { ref: taken.ref, because: 'It is about another child.', by: BY };
  expect(await removeDocument(office.db, removal, office.moment())).toEqual({ kind: 'changed' });
  expect(await removeDocument(office.db, removal, office.moment())).toEqual({ kind: 'removed-before' });
  expect(await listUploads(office.db, student())).toEqual([]);
  expect(await listUploads(office.db, student(), { removed: true })).toMatchObject([
    {
      ref: taken.ref,
      removed: { by: 'Carla Clerk', because: 'It is about another child.', on: '2026-09-10' },
    },
  ]);
  expect((await audits(taken.ref)).map(({ action }) => action)).toEqual([
    'document-added',
    'document-removed',
  ]);
  expect(await filed()).toMatchObject({ kind: 'added' });
});

describe('at the command line', () => {
  const file = (name: string, bytes: Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const rollcall = (...words: string[]) => office.rollcall('documents', ...words, '--as-of', '2026-09-10');

  test('a document is added, listed, shown, put right and taken out', async () => {
    const path = file('note.pdf', pdfs.get('note') ?? Buffer.alloc(0));
    const added = await rollcall(
      'add',
      'ada',
      path,
      '--kind',
      'other',
      '--by',
      'Carla Clerk',
      '--on',
      '2026-09-02',
    );
    expect(added).toMatchObject({ code: 0 });
    const [ref = ''] = /D-\w{4}-\w{4}/.exec(added.out) ?? [];
    const again = await rollcall('add', 'ada', path, '--kind', 'other', '--by', 'Carla Clerk');
    expect(again.out).toContain(`in the file as ${ref}`);
    const right = await rollcall('reclassify', ref, '--kind', 'medical-note', '--by', 'Carla Clerk');
    expect(right.out).toContain(`${ref} is on record as: medical note.`);
    expect((await rollcall('list', 'ada')).out).toMatch(
      new RegExp(`${ref} +Medical note +2026-09-02 .*note\\.pdf`),
    );
    const out = join(folder, 'out.pdf');
    expect(await rollcall('show', ref, '--out', out, '--by', 'Carla Clerk')).toMatchObject({ code: 0 });
    expect(readFileSync(out).equals(readFileSync(path))).toBe(true);
    expect((await rollcall('show', ref, '--out', out, '--by', 'Carla Clerk')).err).toContain(
      'is there already; name a new file',
    );
    const removed = await rollcall(
      'remove',
      ref,
      '--by',
      'Carla Clerk',
      '--why',
      'It is about another child.',
    );
    expect(removed).toMatchObject({ code: 0 });
    expect((await rollcall('list', 'ada')).out).toContain('No document was brought');
    const listed = JSON.parse((await rollcall('list', 'ada', '--removed', '--json')).out);
    expect(listed).toMatchObject([{ ref, removedOn: '2026-09-10' }]);
    expect(JSON.stringify(listed)).not.toContain('note.pdf');
    expect((await audits(ref)).map(({ action }) => action)).toEqual([
      'document-added',
      'document-reclassified',
      'document-viewed',
      'document-removed',
    ]);
  }, 60_000);

  test('what is not taken ends with the reason and an exit code', async () => {
    const path = file('bad.pdf', await aPdf(1, inCatalog('OpenAction', script)));
    const refused = await rollcall('add', 'ada', path, '--kind', 'other', '--by', 'Carla Clerk');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('The document was not taken. The PDF has a script in it.');
    expect(readdirSync(office.config.documents.folder)).toEqual([]);
  }, 20_000);

  test('the key is changed, and everything is read with the new one', async () => {
    const taken = await filed();
    if (taken.kind !== 'added') throw new Error(taken.kind);
    const keyFile = join(office.config.dataDir, 'document.key');
    const before = readFileSync(keyFile, 'utf8');
    const changed = await office.rollcall('documents', 'rotate-key', '--by', 'Ivan IT');
    expect(changed).toMatchObject({ code: 0 });
    expect(changed.out).toMatch(/keys are wrapped anew.*\nThe new key is in .*document\.key\. Back it up\./);
    expect(readFileSync(keyFile, 'utf8')).not.toBe(before);
    const out = join(folder, 'after.pdf');
    expect(await rollcall('show', taken.ref, '--out', out, '--by', 'Carla Clerk')).toMatchObject({ code: 0 });
    expect((await office.rollcall('documents', 'encrypt')).out).toContain('Every document is encrypted.');
    const action = await office.db
      .selectFrom('audit_event')
      .select('detail')
      .where('action', '=', 'document-key-rotated')
      .execute();
    expect(action).toHaveLength(1);
    await expect(filed({}, examined('late'))).rejects.toThrow('The document key was changed');
    for (const key of [before, readFileSync(keyFile, 'utf8')])
      expect(changed.out + changed.err).not.toContain(key.trim());
  }, 60_000);
});
