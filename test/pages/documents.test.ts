import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readDocument } from '../../src/store/documents.ts';
import { listUploads } from '../../src/store/uploads.ts';
import { browserMissing, openBrowser, type TestBrowser, WIDTHS } from '../support/browser.ts';
import { aPdf, inCatalog, script } from '../support/hostile-pdfs.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { aPng } from '../support/pictures.ts';
import { formOf, type Visitor } from '../support/visitor.ts';

let office: PagesOffice;
let clerk: Visitor;
let elsewhere: Visitor;
let folder: string;
let path: string;
let pdf: Buffer;

const missing = browserMissing();

beforeAll(async () => {
  office = await openPagesOffice({
    staff: [
      { name: 'Eve', email: 'eve@elsewhere.example.org', role: 'administrator', schools: ['elsewhere'] },
      { name: 'Ed', email: 'ed@elsewhere.example.org', role: 'attendance-clerk', schools: ['elsewhere'] },
      { name: 'Terry', email: 'terry@school.example.org', role: 'teacher' },
    ],
    district: (text) =>
      `${text.replace(/^( *- id: )(.*)\n((?:\s{4,}.*\n)*)/m, (own, head, _id, rest) => `${own}${head}elsewhere\n${rest}`)}\ndocuments:\n  maxMegabytes: 1\n`,
  });
  office.mode('live');
  office.absent(['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27']);
  await office.day('2026-09-01');
  clerk = await office.signedIn(office.config.staffFor('attendance-clerk', office.school)[0]?.email ?? '');
  elsewhere = await office.signedIn('eve@elsewhere.example.org');
  const { file_ref: ref } = await office.db
    .selectFrom('student')
    .select('file_ref')
    .where('sourced_id', '=', 'ada')
    .executeTakeFirstOrThrow();
  folder = office.config.documents.folder;
  path = `/files/${ref}/documents`;
  pdf = await aPdf(2);
});
afterAll(async () => {
  await office.close();
});
beforeEach(async () => {
  await office.db.deleteFrom('upload').execute();
});

const fields = { kind: 'medical-note', on: '2026-08-25', note: 'from the clinic' };
const note = () => ({ name: 'Ada note.pdf', bytes: pdf });
const inFile = async () =>
  listUploads(office.db, { studentId: await office.studentId(), schoolYear: '2027' }, { removed: true });
const coming = () => (existsSync(folder) ? readdirSync(folder) : []);
const nothingLeft = () => expect(coming()).toEqual([]);

describe('an upload', () => {
  test('is taken, shown with its proof, put right and taken out, each on record', async () => {
    const sent = await clerk.upload(await clerk.get(path), path, fields, note());
    expect([sent.status, sent.location]).toEqual([303, path]);
    const [upload] = await inFile();
    const list = await clerk.get(path);
    expect(list.text).toContain(`Document ${upload?.ref} is in the file.`);
    expect(list.text).toContain('Medical note of August 25, 2026');
    const own = `/documents/${upload?.ref}`;
    const page = await clerk.get(own);
    expect(page.text).toContain(upload?.sha256 ?? '');
    const file = await clerk.get(`${own}/file`);
    expect(file.headers.get('content-type')).toBe('application/pdf');
    expect(file.headers.get('content-disposition')).toBe(`inline; filename="${upload?.ref}.pdf"`);
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect(file.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(file.headers.get('cache-control')).toBe('no-store');
    expect((await readDocument(office.db, upload?.documentId ?? '')).bytes.equals(pdf)).toBe(true);
    await clerk.submit(page, { kind: 'other', on: '2026-08-26' }, `${own}/class`);
    expect((await clerk.get(own)).text).toContain('Other document of August 26, 2026');
    await clerk.submit(page, { because: 'It is about another child.' }, `${own}/remove`);
    expect((await inFile())[0]?.removed?.because).toBe('It is about another child.');
    expect((await clerk.get(own)).text).toContain('It is in no packet.');
    const acts = await office.db
      .selectFrom('audit_event')
      .select(['action', 'came_from'])
      .where('subject', '=', upload?.ref ?? '')
      .orderBy('id')
      .execute();
    expect(acts.map(({ action }) => action)).toEqual([
      'document-added',
      'document-viewed',
      'document-viewed',
      'document-reclassified',
      'document-viewed',
      'document-removed',
      'document-viewed',
    ]);
    expect(new Set(acts.map(({ came_from }) => came_from))).toEqual(new Set(['127.0.0.1']));
    nothingLeft();
  });

  test('G18: sent twice is there once, and the second is answered as the first', async () => {
    const page = await clerk.get(path);
    const sent = await Promise.all([1, 2].map(() => clerk.upload(page, path, fields, note())));
    expect(sent.map(({ status, location }) => [status, location])).toEqual([
      [303, path],
      [303, path],
    ]);
    expect(await inFile()).toHaveLength(1);
    const anew = await clerk.upload(await clerk.get(path), path, fields, note());
    expect(anew.status).toBe(303);
    expect((await clerk.get(path)).text).toContain('The same document is in the file already');
    expect(await inFile()).toHaveLength(1);
  });

  test.each<[string, () => Promise<{ name: string; bytes: Buffer }>, string]>([
    ['no file', async () => ({ name: '', bytes: Buffer.alloc(0) }), 'Please choose a file'],
    [
      'a file that is too large',
      async () => ({ name: 'x.pdf', bytes: Buffer.alloc(1024 * 1024 + 1, '%PDF-') }),
      'at most 1 MB are taken',
    ],
    [
      'a program called a PDF',
      async () => ({ name: 'x.pdf', bytes: Buffer.from('MZ and so on') }),
      'The file is a program.',
    ],
    [
      'a PDF with a script',
      async () => ({ name: 'x.pdf', bytes: await aPdf(1, inCatalog('OpenAction', script)) }),
      'The PDF has a script in it.',
    ],
  ])('of %s is refused beside the field, and what was typed stands again', async (_, file, said) => {
    const sent = await clerk.upload(await clerk.get(path), path, fields, await file());
    expect(sent.status).toBe(422);
    expect(sent.text).toContain(said);
    expect(sent.body).toContain('value="from the clinic"');
    expect(sent.body).toContain('href="#field-file"');
    expect(await inFile()).toEqual([]);
    nothingLeft();
  });

  test('far beyond the limit is not read', async () => {
    const file = { name: 'x.pdf', bytes: Buffer.alloc(6 * 1024 * 1024, '%PDF-') };
    const sent = await clerk.upload(await clerk.get(path), path, fields, file).catch(() => null);
    expect(sent?.status ?? 413).toBe(413);
    expect(await inFile()).toEqual([]);
    nothingLeft();
  });

  test.each<[string, Record<string, string>, number]>([
    ['of a day to come', { ...fields, on: '2026-09-02' }, 422],
    ['of no kind', { on: '2026-08-25' }, 422],
    ['with a field that the form does not have', { ...fields, student: '1' }, 400],
    ['without the token', { ...fields, _csrf: '' }, 403],
    ['with a task of somebody else', { ...fields, task: 'T-ZZZZ-ZZZZ' }, 422],
  ])('%s is refused', async (_, own, status) => {
    expect((await clerk.upload(await clerk.get(path), path, own, note())).status).toBe(status);
    expect(await inFile()).toEqual([]);
    nothingLeft();
  });

  test('whose line breaks in the middle leaves nothing, and the next one is taken', async () => {
    const { hidden } = formOf((await clerk.get(path)).body, path);
    const { hostname, port } = new URL(office.origin);
    const part = (name: string, value: string) =>
      `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const begin = Object.entries({ ...hidden, ...fields })
      .map(([name, value]) => part(name, value))
      .join('');
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nCookie: ${[...clerk.cookies].map(([name, value]) => `${name}=${value}`).join('; ')}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 500000\r\n\r\n${begin}--x\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\nContent-Type: application/pdf\r\n\r\n`,
    );
    socket.write(Buffer.alloc(100_000, '%PDF-'));
    let said = '';
    socket.on('data', (answer) => {
      said += String(answer);
    });
    const until = async (there: boolean) => {
      const deadline = Date.now() + 5_000;
      while (coming().length > 0 !== there) {
        if (Date.now() > deadline) throw new Error(`waited for ${there} in vain: ${said.slice(0, 300)}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await until(true);
    socket.destroy();
    await until(false);
    expect(await inFile()).toEqual([]);
    expect((await clerk.upload(await clerk.get(path), path, fields, note())).status).toBe(303);
  }, 15_000);
});

describe('who may not', () => {
  test('another school’s staff find neither file nor document, and send nothing into it', async () => {
    await clerk.upload(await clerk.get(path), path, fields, note());
    const [upload] = await inFile();
    const own = `/documents/${upload?.ref}`;
    const page = await clerk.get(own);
    for (const to of [path, own, `${own}/file`, '/documents/D-ZZZZ-ZZZZ'])
      expect([to, (await elsewhere.get(to)).status]).toEqual([to, 404]);
    const { hidden } = formOf((await elsewhere.get('/tasks')).body, '/sign-out');
    const form = {
      ...page,
      body: page.body.replaceAll(/name="_csrf" value="[^"]*"/g, `name="_csrf" value="${hidden._csrf}"`),
    };
    expect((await elsewhere.submit(form, { because: 'x' }, `${own}/remove`)).status).toBe(404);
    const list = await clerk.get(path);
    const foreign = {
      ...list,
      body: list.body.replaceAll(/name="_csrf" value="[^"]*"/g, `name="_csrf" value="${hidden._csrf}"`),
    };
    expect((await elsewhere.upload(foreign, path, fields, { name: 'y.pdf', bytes: aPng(2, 2) })).status).toBe(
      404,
    );
    expect(await inFile()).toMatchObject([{ ref: upload?.ref, removed: null }]);
  });

  test('a teacher, and who has not signed in, find nothing', async () => {
    const teacher = await office.signedIn('terry@school.example.org');
    expect((await teacher.get(path)).status).toBe(404);
    expect((await office.visitor().get(path)).status).toBe(303);
    const sent = await office
      .visitor()
      .upload(await clerk.get(path), path, fields, note())
      .catch(() => null);
    expect(sent?.status ?? 401).toBe(401);
    expect(await inFile()).toEqual([]);
  });
});

const look = missing === null ? describe : describe.skip;

look('in a browser without scripts', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  test.each(Object.entries(WIDTHS))(
    'on a %s a clerk adds a note, looks at it and takes it out',
    async (_, width) => {
      const { page, faults, picture, context } = await browser.window(width);
      const at = async (what: string) => {
        await picture(`documents-${what}`);
        expect([what, await faults()]).toEqual([what, []]);
      };
      await context.addCookies(
        [...clerk.cookies].map(([name, value]) => ({ name, value, url: office.origin })),
      );
      await page.goto(office.origin + path);
      await at('empty');
      await page.getByLabel('Medical note', { exact: true }).check();
      await page.getByLabel('Day that it is of').fill('2026-08-25');
      await page
        .getByLabel('File', { exact: true })
        .setInputFiles({ name: 'x.pdf', mimeType: 'application/pdf', buffer: Buffer.from('PK\x03\x04') });
      await page.getByRole('button', { name: 'Add the document' }).click();
      await at('refused');
      await page
        .getByLabel('File', { exact: true })
        .setInputFiles({ name: 'note.pdf', mimeType: 'application/pdf', buffer: pdf });
      await page.getByRole('button', { name: 'Add the document' }).click();
      await page.getByText('is in the file.').waitFor();
      await at('added');
      await page.getByRole('link', { name: 'Medical note of August 25, 2026' }).click();
      await at('one');
      await page.getByLabel('Why it is taken out').fill('It is about another child.');
      await page.getByRole('button', { name: 'Take it out of the file' }).click();
      await page.getByText('is out of the file.').waitFor();
      await at('taken-out');
      await context.close();
    },
  );
});
