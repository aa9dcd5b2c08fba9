import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { readVaultMark, rewrapKeys } from '../../src/store/document-keys.ts';
import { readDocument, saveDocument } from '../../src/store/documents.ts';
import { unlockDocuments } from '../../src/wiring/unlock-documents.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const [KEY, OTHER] = ['a key of this district, for its documents', 'the key of another district altogether'];

let dataDir: string;
let file: string;
let created: TestDatabase;
const opened: Database[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'rollcall-document-key-'));
  file = join(dataDir, 'document.key');
  created = await createTestDatabase();
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  await created.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A process that starts. @returns its database */
async function start(documentKey: string | null = null) {
  const database = openDatabase({ url: created.url, maxConnections: 2 });
  opened.push(database);
  await unlockDocuments(database.db, { environment: { documentKey }, dataDir });
  return database.db;
}

async function refusal(documentKey: string | null = null): Promise<string> {
  const error = await start(documentKey).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('expected the configuration to be refused');
  expect(error.exitCode).toBe(78);
  expect(error.message).not.toContain(KEY);
  expect(error.message).not.toContain(OTHER);
  return error.message;
}

const keep = (db: Awaited<ReturnType<typeof start>>) =>
  saveDocument(db, {
    mediaType: 'text/plain',
    kind: 'letter',
    bytes: Buffer.from('kept'),
    students: [],
    now: new Date(),
  });

test('a key is made in the data folder at the first start, for its owner alone, and used from then on', async () => {
  const { id } = await keep(await start());
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(['document.key']);
  expect((await readDocument(await start(), id)).bytes.toString()).toBe('kept');
});

test('two processes that start at once take the same key', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect((await readDocument(other, (await keep(one)).id)).bytes.toString()).toBe('kept');
});

test('a key from the environment needs no file', async () => {
  const { id } = await keep(await start(KEY));
  expect(existsSync(file)).toBe(false);
  expect((await readDocument(await start(KEY), id)).bytes.toString()).toBe('kept');
});

test('what does not fit the documents is refused, and nothing is made in its place', async () => {
  const mark = await readVaultMark(await start(KEY));
  expect(await refusal()).toContain(
    `${file}  does not exist, and ROLLCALL_DOCUMENT_KEY is not set; expected the key ${mark}`,
  );
  expect(existsSync(file)).toBe(false);
  expect(await refusal(OTHER)).toContain(
    `ROLLCALL_DOCUMENT_KEY — is not the key that the documents of this database are encrypted with, expected the key ${mark}`,
  );
  writeFileSync(file, OTHER, { mode: 0o600 });
  expect(await refusal()).toContain(`${file}  is not the key`);
  expect(await refusal(KEY)).toContain('holds another key; expected one of the two');
  writeFileSync(file, KEY);
  await start(KEY);
  await start();
});

test.each([
  ['can be read by everybody', 'x'.repeat(40), 0o644],
  ['has less than 32 bytes', 'too short', 0o600],
])('a file that %s is refused', async (said, key, mode) => {
  writeFileSync(file, key, { mode });
  expect(await refusal()).toContain(said);
  expect(await readVaultMark(openedNow())).toBeNull();
});

const openedNow = () => {
  const database = openDatabase({ url: created.url, maxConnections: 1 });
  opened.push(database);
  return database.db;
};

test('a change of the key that was cut off is ended by the next start, on either side of the cut', async () => {
  const db = await start();
  const { id } = await keep(db);
  const before = readFileSync(file, 'utf8');
  writeFileSync(`${file}.next`, OTHER, { mode: 0o600 });
  // Before the database has taken it.
  expect((await readDocument(await start(), id)).bytes.toString()).toBe('kept');
  expect(readFileSync(file, 'utf8')).toBe(before);
  // After.
  await db.transaction().execute((tx) => rewrapKeys(tx, OTHER));
  expect((await readDocument(await start(), id)).bytes.toString()).toBe('kept');
  expect(readdirSync(dataDir)).toEqual(['document.key']);
  expect(readFileSync(file, 'utf8')).toBe(OTHER);
});
