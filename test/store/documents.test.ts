import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { destroyDocumentKeys } from '../../src/store/destroy-document-keys.ts';
import { DocumentKeyChangedError, rewrapKeys, unlockWith } from '../../src/store/document-keys.ts';
import { readDocument, saveDocument, verifyDocument } from '../../src/store/documents.ts';
import { countInPlain, encryptPlainDocuments } from '../../src/store/encrypt-plain-documents.ts';
import { DOCUMENT_KEY, openTestDatabase } from '../support/open-test-database.ts';

const NOW = new Date('2026-11-17T15:00:00Z');
const OTHER_KEY = 'another key for documents, of the year after';
const CANARY = 'Ada was absent on these days';

let store: Database & { drop(): Promise<void> };
let ada: number;
let ben: number;

beforeAll(async () => {
  store = await openTestDatabase();
  [ada, ben] = await Promise.all([student('ada'), student('ben')]);
});
afterAll(() => store.drop());
beforeEach(async () => {
  await store.db.deleteFrom('document').execute();
  await store.db.deleteFrom('document_key').execute();
});

async function student(sourcedId: string): Promise<number> {
  const row = await store.db
    .insertInto('student')
    .values({
      sourced_id: sourcedId,
      given_name: sourcedId,
      family_name: 'Test',
      active: true,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

const save = (bytes: string | Buffer, students: readonly number[], kind = 'letter', db = store.db) =>
  saveDocument(db, { mediaType: 'text/plain', kind, bytes: Buffer.from(bytes), students, now: NOW });

describe('what lies in the database', () => {
  test.each([
    ['of one student', () => [ada]],
    ['of several students', () => [ada, ben]],
    ['of nobody', () => []],
  ])('%s cannot be read there, and comes back as it was given', async (_, students) => {
    const saved = await save(CANARY, students());
    const { rows } = await sql<{ bytes: Buffer; row: string }>`
      select bytes, d::text as row from document d`.execute(store.db);
    expect(rows[0]?.bytes.includes(CANARY)).toBe(false);
    expect(rows[0]?.row).not.toContain(Buffer.from(CANARY).toString('hex'));
    expect((await readDocument(store.db, saved.id)).bytes.toString()).toBe(CANARY);
    expect(await verifyDocument(store.db, saved.id)).toEqual({
      sha256: saved.sha256,
      bytes: CANARY.length,
      intact: true,
    });
  });

  test('G23: nothing new can be put there in plain', async () => {
    const plain = { sha256: 'x', media_type: 'text/plain', kind: 'letter', bytes: Buffer.from('x') };
    await expect(
      store.db
        .insertInto('document')
        .values({ ...plain, created_at: NOW })
        .execute(),
    ).rejects.toThrow('check constraint');
  });

  test('the same bytes lie there once for a student and kind, and once more for another', async () => {
    const first = await save(CANARY, [ada]);
    expect(await save(CANARY, [ada])).toEqual(first);
    const others = [await save(CANARY, [ben]), await save(CANARY, [ada], 'other'), await save(CANARY, [])];
    expect(new Set([first, ...others].map(({ id }) => id)).size).toBe(4);
    expect(new Set(others.map(({ sha256 }) => sha256))).toEqual(new Set([first.sha256]));
  });

  test('twenty at once make one key for a student', async () => {
    const saved = await Promise.all(Array.from({ length: 20 }, (_, n) => save(`letter ${n}`, [ada])));
    expect(await store.db.selectFrom('document_key').select('student_id').execute()).toEqual([
      { student_id: ada },
    ]);
    const read = await Promise.all(saved.map(({ id }) => readDocument(store.db, id)));
    expect(read.map(({ bytes }) => bytes.toString())).toEqual(saved.map((_, n) => `letter ${n}`));
  });
});

describe('G23: what was tampered with is an error', () => {
  test.each([
    ['one byte', sql`update document set bytes = set_byte(bytes, 20, get_byte(bytes, 20) # 1)`],
    ['nothing left', sql`update document set bytes = ''`],
    ['the recorded hash', sql`update document set sha256 = repeat('0', 64)`],
    ['whom it names', sql`update document set student_ids = array[-1]`],
    [
      'the bytes of another document',
      sql`update document set bytes = (select bytes from document where kind = 'other')`,
    ],
    [
      'the key of another student',
      sql`update document set key_id = (select k.id from document_key k where k.id <> key_id)`,
    ],
  ])('%s', async (_, alter) => {
    const { id } = await save(CANARY, [ada]);
    await save('something else', [ada], 'other');
    await save('of Ben', [ben], 'third');
    await alter.execute(store.db);
    await expect(readDocument(store.db, id)).rejects.toMatchObject({
      name: 'DocumentError',
      kind: 'altered',
    });
    expect(await verifyDocument(store.db, id)).toMatchObject({ intact: false });
  });

  test('plain bytes in the place of encrypted ones are not taken', async () => {
    const { id } = await save(CANARY, [ada]);
    const forged = Buffer.from('Ada has confessed');
    await sql`
      update document set bytes = ${forged}, sha256 = encode(sha256(${forged}), 'hex'), key_id = null,
        own_key = '\\x00'`.execute(store.db);
    await expect(readDocument(store.db, id)).rejects.toMatchObject({ kind: 'altered' });
  });

  test('a document that is not there is missing', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    await expect(readDocument(store.db, nobody)).rejects.toMatchObject({ kind: 'missing' });
  });
});

describe('the key of the installation', () => {
  test('G23: without it nothing is kept or read', async () => {
    const { id } = await save(CANARY, [ada]);
    const locked = openDatabase({ url: store.url, maxConnections: 1 });
    try {
      await expect(readDocument(locked.db, id)).rejects.toThrow('without the document key');
      await expect(save(CANARY, [ada], 'letter', locked.db)).rejects.toThrow('without the document key');
      expect(await unlockWith(locked.db, OTHER_KEY)).toBe(false);
      await expect(readDocument(locked.db, id)).rejects.toThrow('without the document key');
      expect(await unlockWith(locked.db, DOCUMENT_KEY)).toBe(true);
      expect((await readDocument(locked.db, id)).bytes.toString()).toBe(CANARY);
    } finally {
      await locked.close();
    }
  });

  test('changed, everything is read with the new one, and who has the old one keeps nothing', async () => {
    const saved = [await save('one', [ada]), await save('two', [ada, ben]), await save('three', [])];
    const elsewhere = openDatabase({ url: store.url, maxConnections: 2 });
    try {
      await unlockWith(elsewhere.db, DOCUMENT_KEY);
      const before = await store.db.selectFrom('document').select('bytes').orderBy('id').execute();
      expect(await store.db.transaction().execute((tx) => rewrapKeys(tx, OTHER_KEY))).toBe(3);
      expect(await store.db.selectFrom('document').select('bytes').orderBy('id').execute()).toEqual(before);
      for (const students of [[ada], [ben], [ada, ben]]) {
        await expect(save('late', students, 'letter', elsewhere.db)).rejects.toThrow(DocumentKeyChangedError);
      }
      await expect(save('late', [], 'letter', elsewhere.db)).rejects.toThrow(DocumentKeyChangedError);
      for (const { id } of saved) {
        await expect(readDocument(elsewhere.db, id)).rejects.toThrow(DocumentKeyChangedError);
      }
      expect(await unlockWith(elsewhere.db, OTHER_KEY)).toBe(true);
      const read = await Promise.all(saved.map(({ id }) => readDocument(elsewhere.db, id)));
      expect(read.map(({ bytes }) => bytes.toString())).toEqual(['one', 'two', 'three']);
      expect(await elsewhere.db.transaction().execute((tx) => rewrapKeys(tx, DOCUMENT_KEY))).toBe(3);
    } finally {
      await elsewhere.close();
    }
  });
});

test('G20: with a student’s key goes everything that names the student, and nothing else', async () => {
  const gone = [await save('of Ada', [ada]), await save('of both', [ada, ben])];
  const kept = [await save('of Ben', [ben]), await save('of nobody', [])];
  expect(await store.db.transaction().execute((tx) => destroyDocumentKeys(tx, ada, NOW))).toBe(2);
  for (const { id } of gone) {
    await expect(readDocument(store.db, id)).rejects.toMatchObject({ kind: 'destroyed' });
    await expect(verifyDocument(store.db, id)).rejects.toMatchObject({ kind: 'destroyed' });
  }
  for (const { id } of kept) expect((await readDocument(store.db, id)).bytes.length).toBeGreaterThan(5);
  // What is kept about the student from then on has another key.
  const back = await save('of Ada', [ada]);
  expect(back.id).not.toBe(gone[0]?.id);
  expect((await readDocument(store.db, back.id)).bytes.toString()).toBe('of Ada');
});

test('what was kept in plain before is read, encrypted piece by piece, and read again', async () => {
  const { rows } = await sql<{ id: string }>`
    insert into document (sha256, media_type, kind, bytes, created_at, was_plain)
    select encode(sha256(convert_to('document ' || n, 'UTF8')), 'hex'), 'text/plain', 'letter',
      convert_to('document ' || n, 'UTF8'), now(), true
    from generate_series(1, 45) n
    union all select encode(sha256('twice'), 'hex'), 'text/plain', 'reply', 'twice', now(), true from generate_series(1, 2)
    returning id`.execute(store.db);
  const ids = rows.map(({ id }) => id);
  await sql`insert into school_year (id, sourced_id, title, begins, ends)
    values ('2027', 'year', '2026-27', '2026-08-01', '2027-07-01')`.execute(store.db);
  const file = await store.db
    .insertInto('attendance_file')
    .values({ student_id: ada, school_year: '2027', opened_on: '2026-09-01' as never })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`
    insert into file_entry (file_id, at, on_date, kind, title, document_id)
    select ${file.id}, now(), '2026-09-01', 'document', 'A reply', id from document where kind = 'reply'`.execute(
    store.db,
  );
  const words = async () =>
    (await Promise.all(ids.map((id) => readDocument(store.db, id)))).map(({ bytes }) => bytes.toString());
  const before = await words();
  await expect(store.db.transaction().execute((tx) => destroyDocumentKeys(tx, ada, NOW))).rejects.toThrow(
    'still being encrypted',
  );
  expect(await encryptPlainDocuments(store.db, { documents: 30 }, NOW)).toBe(30);
  expect(await countInPlain(store.db)).toBe(17);
  expect(await words()).toEqual(before);
  const told: number[] = [];
  const rest = { documents: Number.POSITIVE_INFINITY, progress: (done: number) => void told.push(done) };
  expect(await encryptPlainDocuments(store.db, rest, NOW)).toBe(17);
  expect(told).toEqual([17]);
  expect(await countInPlain(store.db)).toBe(0);
  expect(await words()).toEqual(before);
  const found = await sql<{ of: number[]; plain: boolean; count: string }>`
    select student_ids as of, position('document'::bytea in bytes) > 0 or position('twice'::bytea in bytes) > 0 as plain,
      count(*) from document group by 1, 2 order by 3`.execute(store.db);
  expect(found.rows).toEqual([
    { of: [ada], plain: false, count: '2' },
    { of: [], plain: false, count: '45' },
  ]);
  await sql`truncate file_entry, attendance_file, school_year cascade`.execute(store.db);
});
