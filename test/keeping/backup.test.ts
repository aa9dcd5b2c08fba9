import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { backupKeyOf } from '../../src/config/backup-keys.ts';
import { silentLog } from '../../src/ops/log.ts';
import { keepAudit } from '../../src/procedure/keep-audit.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { readDocument, saveDocument } from '../../src/store/documents.ts';
import { type CommandResult, runRollcall } from '../support/command-line.ts';
import type { Dying } from '../support/die-while-keeping.ts';
import { type Office, openOffice } from '../support/office.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
let folder: string;
let backup: string;
/** What was in each table when the backup was made. */
let before: Record<string, string>;

beforeAll(async () => {
  office = await openOffice();
  folder = await mkdtemp(join(tmpdir(), 'rollcall-backups-'));
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.day('2026-09-22');
  // More than one piece of the file.
  const bytes = randomBytes(900_000);
  await saveDocument(office.db, {
    bytes,
    kind: 'other',
    mediaType: 'application/pdf',
    students: [await office.studentId()],
    now: new Date(),
  });
  await keepAudit({ db: office.db, log: silentLog(), dataDir: office.config.dataDir }, office.moment());
  const made = await office.rollcall('backup', '--out', folder);
  expect(made).toMatchObject({ code: 0 });
  backup = made.out.split('\n')[0] ?? '';
  before = await digests(office.db);
});
afterAll(async () => {
  await office.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a backup', () => {
  test('is one file, with its hash beside it, and says nothing about anybody', async () => {
    const bytes = await readFile(backup);
    const sum = await readFile(`${backup}.sha256`, 'utf8');
    expect(sum).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(bytes.includes('Zephyrine')).toBe(false);
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('comes back into another database with every row, document and place of the audit log', async () => {
    await restored(async ({ db, said }) => {
      expect(said.code).toBe(0);
      const after = await digests(db);
      for (const [table, digest] of Object.entries(before)) {
        if (CHANGED_BY_RESTORING.has(table)) continue;
        expect([table, after[table]]).toEqual([table, digest]);
      }
      await unlockWith(db, (await readFile(join(office.config.dataDir, 'document.key'), 'utf8')).trim());
      const documents = await db.selectFrom('document').select('id').execute();
      expect(documents.length).toBeGreaterThan(1);
      for (const { id } of documents) expect((await readDocument(db, id)).bytes.length).toBeGreaterThan(0);
      // It goes on where it was: identities, references between tables, triggers.
      const { rows } = await sql<{ id: number }>`
        insert into student (sourced_id, given_name, family_name, active) values ('new', 'New', 'Student', true)
        returning id`.execute(db);
      expect(rows[0]?.id).toBe((await office.studentId()) + 1);
      await expect(
        sql`insert into evaluation_due (student_id, reason, since) values (99999, 'x', now())`.execute(db),
      ).rejects.toThrow(/foreign key/);
      await expect(sql`delete from audit_event`.execute(db)).rejects.toThrow(/only grows/);
      const { rows: pending } = await sql`select from audit_pending`.execute(db);
      expect(pending).toHaveLength(1);
    });
  });
});

describe('a drill', () => {
  test('proves a good backup, says so, and leaves no database behind', async () => {
    const said = await office.rollcall('drill', backup);
    expect(said).toMatchObject({ code: 0 });
    expect(said.out).toMatch(/is good, of .*\n {2}Rows: \d+.*\n {2}Documents: \d+ whole, 0 broken/);
    expect(await office.db.selectFrom('drill_run').select('good').execute()).toEqual([{ good: true }]);
    const { rows } = await sql`
      select from pg_database
      where starts_with(datname, 'rollcall_drill_' || left(encode(sha256(current_database()::text::bytea), 'hex'), 8))`.execute(
      office.db,
    );
    expect(rows).toEqual([]);
  });

  test('finds what is wrong, in the file or in what was backed up', async () => {
    const missing = await office.rollcall('drill');
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('No backup lies in') });
    const bad = join(folder, 'bad.backup');
    await writeFile(bad, flip(await readFile(backup), 5_000));
    expect(await office.rollcall('drill', bad)).toMatchObject({ code: 1 });
    await rm(bad);
    const undo = sql`update document set sha256 = reverse(sha256) where kind = 'other'`;
    await undo.execute(office.db);
    const elsewhere = join(folder, 'elsewhere');
    const made = await office.rollcall('backup', '--out', elsewhere);
    await undo.execute(office.db);
    const said = await office.rollcall('drill', made.out.split('\n')[0] ?? '', '--json');
    expect(said.code).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({ good: false, documents: { broken: 1 } });
    await rm(elsewhere, { recursive: true });
  });
});

describe('what is refused, and leaves nothing half done', () => {
  const cases = [
    {
      name: 'another key',
      change: (bytes: Buffer) => bytes,
      env: { ROLLCALL_BACKUP_KEY: 'another key that nobody else has, and as long as it must be' },
      home: false,
      says: /was encrypted with the backup key/,
    },
    {
      name: 'a byte in the middle',
      change: (bytes: Buffer) => flip(bytes, Math.floor(bytes.length / 2)),
      env: {},
      home: true,
      says: /altered or cut off/,
    },
    {
      name: 'a byte at the end',
      change: (bytes: Buffer) => flip(bytes, bytes.length - 1),
      env: {},
      home: true,
      says: /altered or cut off/,
    },
    {
      name: 'a byte of the head',
      change: (bytes: Buffer) => flip(bytes, bytes.indexOf('madeAt') + 12),
      env: {},
      home: true,
      says: /altered or cut off/,
    },
    {
      name: 'an end that is missing',
      change: (bytes: Buffer) => bytes.subarray(0, bytes.length - 5_000),
      env: {},
      home: true,
      says: /cut off/,
    },
    {
      name: 'something behind the end',
      change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(40)]),
      env: {},
      home: true,
      says: /altered|cut off/,
    },
    { name: 'another file', change: () => Buffer.from('PK\n'), env: {}, home: true, says: /no backup/ },
  ];
  test.each(cases)('$name', async ({ change, env, home, says }) => {
    const file = join(folder, 'changed.backup');
    await writeFile(file, change(await readFile(backup)));
    const scratch = await createTestDatabase({ empty: true });
    const data = home ? office.config.dataDir : await mkdtemp(join(tmpdir(), 'rollcall-other-'));
    const said = await restoreInto(scratch, file, { data, env });
    expect(said.err).toMatch(says);
    expect(said.code).toBe(1);
    expect(await tablesIn(scratch.url)).toEqual([]);
    await scratch.drop();
    await rm(file);
  });

  test('a database that holds something, unless it may go; then it is backed up first', async () => {
    const scratch = await createTestDatabase();
    const database = openDatabase({ url: scratch.url });
    await sql`insert into school (sourced_id, name, active) values ('s', 'School', true)`.execute(
      database.db,
    );
    await database.close();
    expect((await restoreInto(scratch, backup)).err).toContain('not empty');
    expect((await restoreInto(scratch, backup, { words: ['--replace'] })).err).toContain('--confirm');
    const said = await restoreInto(scratch, backup, {
      words: ['--replace', '--confirm', office.config.district.id],
    });
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/What was there before is in .*before-restore\.backup/);
    await scratch.drop();
  });

  test('documents whose key is not here', async () => {
    const scratch = await createTestDatabase({ empty: true });
    const data = await mkdtemp(join(tmpdir(), 'rollcall-other-'));
    await writeFile(join(data, 'backup.key'), await readFile(join(office.config.dataDir, 'backup.key')), {
      mode: 0o600,
    });
    const said = await restoreInto(scratch, backup, { data });
    expect(said.err).toMatch(/encrypted with the document key [0-9a-f]{16}; there is none/);
    expect(await tablesIn(scratch.url)).toEqual([]);
    await scratch.drop();
  });
});

test('a process that is killed while it backs up or restores leaves no backup and no rows', async () => {
  const scratch = await createTestDatabase({ empty: true });
  const killed = join(folder, 'killed');
  const shared = { district: office.config.district.id, key: backupKeyOf(office.config), folder: killed };
  const ends = [
    { ...shared, url: office.url, file: null },
    { ...shared, url: scratch.url, file: backup },
  ].map(async (dying: Dying) => {
    const script = ['--import', 'tsx', 'test/support/die-while-keeping.ts', JSON.stringify(dying)];
    const [, signal] = await once(spawn(process.execPath, script, { stdio: 'ignore' }), 'exit');
    return signal;
  });
  expect(await Promise.all(ends)).toEqual(['SIGKILL', 'SIGKILL']);
  expect((await readdir(killed)).filter((name) => !name.endsWith('.part'))).toEqual([]);
  expect(await tablesIn(scratch.url)).toEqual([]);
  // The next one clears away what was left.
  expect(await office.rollcall('backup', '--out', killed)).toMatchObject({ code: 0 });
  expect((await readdir(killed)).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect((await restoreInto(scratch, backup)).code).toBe(0);
  await scratch.drop();
});

const CHANGED_BY_RESTORING = new Set([
  'audit_event',
  'audit_pending',
  'backup_run',
  'safe_mode',
  'send_epoch',
  'staff_mail',
]);

function flip(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

function restoreInto(
  scratch: TestDatabase,
  file: string,
  { data = office.config.dataDir, env = {}, words = [] as string[] } = {},
): Promise<CommandResult> {
  return runRollcall(
    ['--config', office.config.configDir, '--data', data, 'restore', file, '--by', 'IT', ...words],
    { ...env, DATABASE_URL: scratch.url },
  );
}

async function restored(
  use: (there: { db: Database['db']; said: CommandResult }) => Promise<void>,
): Promise<void> {
  const scratch = await createTestDatabase({ empty: true });
  const said = await restoreInto(scratch, backup);
  expect(said.err).not.toContain('error');
  const database = openDatabase({ url: scratch.url });
  await use({ db: database.db, said });
  await database.close();
  await scratch.drop();
}

/** A digest of each table's rows. */
async function digests(db: Database['db']): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await tableNames(db)) {
    const { rows } = await sql<{ digest: string }>`
      select count(*) || ':' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as digest
      from ${sql.table(name)} t`.execute(db);
    found[name] = rows[0]?.digest ?? '';
  }
  return found;
}

async function tableNames(db: Database['db']): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname !~ '^stage_' order by 1`.execute(
    db,
  );
  return rows.map(({ name }) => name);
}

async function tablesIn(url: string): Promise<string[]> {
  const database = openDatabase({ url });
  const names = await tableNames(database.db);
  await database.close();
  return names;
}
