import { createCipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { sql } from 'kysely';
import { addDays, schoolDate, weekday } from '../../src/domain/school-date.ts';
import { silentLog } from '../../src/ops/log.ts';
import { drill } from '../../src/procedure/keeping/drill.ts';
import { connectForLong, makeBackup } from '../../src/procedure/keeping/make-backup.ts';
import { restoreBackup } from '../../src/procedure/keeping/restore-backup.ts';
import { writeDatabase } from '../../src/store/backup/write-database.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { saveDocument } from '../../src/store/documents.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { type Figure, type Findings, figureWords, type Unit } from './figures.ts';
import { fillDistrict } from './fill-district.ts';

const STUDENTS_PER_SCHOOL = 1_000;
/** One student in twenty has a letter, as PDF or as the mail that it went with. */
const STUDENTS_PER_DOCUMENT = 20;
const DOCUMENT_BYTES = 40_000;
const SAVED_AT_ONCE = 8;
const KEY = 'a key for benches that nobody else has';
const MB = 1_000_000;

/** A backup of a district, restoring it, and a drill, against the same bytes through gzip and a cipher. */
export async function benchKeeping(sizes: readonly number[]): Promise<Findings> {
  const figures: Figure[] = [];
  for (const students of sizes) figures.push(...(await measure(students)));
  return {
    bench: 'keeping',
    setting: `Districts of ${sizes.join(' and ')} students with an encrypted document of ${DOCUMENT_BYTES / 1_000} kB for every twentieth, on the embedded PostgreSQL`,
    figures,
    notes: [
      'The floor reads the bare content of the backup from a file, and writes it compressed and encrypted into another.',
    ],
  };
}

async function measure(students: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  const keep = (what: string, value: number, unit: Unit, ratio?: Figure['ratio']) => {
    const figure = { what: `${students} students: ${what}`, value, unit, ...(ratio && { ratio }) };
    print(figureWords(figure));
    figures.push(figure);
  };
  print(`\n${students} students`);
  const dataDir = await mkdtemp('/tmp/rollcall-bench-');
  await chmod(dataDir, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog(), settings: {} });
  const database = openDatabase({ url: postgres.url });
  const { db } = database;
  try {
    await migrateToLatest(postgres.url);
    await fill(db, students);
    keep('the database on the disk', (await sizeInBytes(db)) / MB, 'MB');
    const bare = join(dataDir, 'bare');
    const copied = await secondsOf(() => writeBare(postgres.url, bare));
    const bytes = (await stat(bare)).size;
    keep('its bare content', bytes / MB, 'MB');
    keep('copying the bare content out of PostgreSQL', copied, 's');
    const floor = await secondsOf(() => throughGzipAndCipher(bare, join(dataDir, 'floor')));
    keep('the same bytes through gzip and a cipher', floor, 's');

    const now = () => new Date();
    const options = { district: 'bench', version: 'bench', folder: dataDir, place: null, key: KEY, now };
    const made = await makeBackup({ ...options, db, url: postgres.url, taken: async () => undefined });
    const backup = made.milliseconds / 1_000;
    keep('a backup', backup, 's', { value: backup / floor, to: 'the same bytes' });
    keep('a backup', bytes / MB / backup, 'MB/s');
    keep('the file', made.bytes / MB, 'MB');

    const scratch = await emptyDatabase(postgres.url);
    const again = await restoreBackup({
      url: scratch,
      file: made.path,
      keys: [KEY],
      district: 'bench',
      replace: false,
    });
    const restored = again.milliseconds / 1_000;
    keep('restoring it', restored, 's', { value: restored / floor, to: 'the same bytes' });
    keep('restoring it', bytes / MB / restored, 'MB/s');
    const proof = await drill({
      file: made.path,
      keys: [KEY],
      documentKey: KEY,
      district: 'bench',
      url: postgres.url,
      dataDir,
      anchors: [],
    });
    if (!proof.good) throw new Error(`the backup is no good: ${JSON.stringify(proof)}`);
    const drilled = proof.milliseconds / 1_000;
    keep('a drill: restored, each document read', drilled, 's', {
      value: drilled / restored,
      to: 'restoring it',
    });
    return figures;
  } finally {
    await database.close();
    await postgres.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function fill(db: Db, students: number): Promise<void> {
  const dates: ReturnType<typeof schoolDate>[] = [];
  for (let day = schoolDate('2026-08-19'); day <= '2026-11-18'; day = addDays(day, 1))
    if (weekday(day) <= 5) dates.push(day);
  await fillDistrict(db, {
    students,
    schools: Math.max(1, Math.round(students / STUDENTS_PER_SCHOOL)),
    dates,
  });
  if (!(await unlockWith(db, KEY))) throw new Error('the documents have another key');
  let next = STUDENTS_PER_DOCUMENT;
  const save = async () => {
    for (let student = next; student <= students; student = next) {
      next += STUDENTS_PER_DOCUMENT;
      await saveDocument(db, {
        bytes: randomBytes(DOCUMENT_BYTES),
        kind: 'letter',
        mediaType: 'application/pdf',
        students: [student],
        now: new Date(),
      });
    }
  };
  await Promise.all(Array.from({ length: SAVED_AT_ONCE }, save));
}

async function sizeInBytes(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: string }>`
    select pg_database_size(current_database())::text as bytes`.execute(db);
  return Number(rows[0]?.bytes ?? 0);
}

async function writeBare(url: string, path: string): Promise<void> {
  const client = await connectForLong(url, 'bench');
  const nobody = () => undefined;
  try {
    await pipeline(writeDatabase(client, 'bench', nobody, nobody), createWriteStream(path));
  } finally {
    await client.end();
  }
}

/** With the level and the cipher of a backup. */
async function throughGzipAndCipher(from: string, to: string): Promise<void> {
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
  await pipeline(
    createReadStream(from, { highWaterMark: 256 * 1024 }),
    createGzip({ level: 3 }),
    cipher,
    createWriteStream(to),
  );
}

async function emptyDatabase(url: string): Promise<string> {
  const client = await connectForLong(url, 'bench');
  await client.query('create database again template template0');
  await client.end();
  const other = new URL(url);
  other.pathname = '/again';
  return other.href;
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
