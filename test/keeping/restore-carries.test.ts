import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { silentLog } from '../../src/ops/log.ts';
import { anchorFile, keepAudit } from '../../src/procedure/keep-audit.ts';
import { applyRetention, planRetention } from '../../src/procedure/keeping/retention.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { readDocument, saveDocument } from '../../src/store/documents.ts';
import { readSafeMode } from '../../src/store/safe-mode.ts';
import { type CommandResult, runRollcall } from '../support/command-line.ts';
import { type Office, openOffice } from '../support/office.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { aStudent, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
let folder: string;
let backup: string;
let scratch: TestDatabase;
let database: Database;

beforeAll(async () => {
  office = await openOffice();
  folder = await mkdtemp(join(tmpdir(), 'rollcall-carries-'));
  const enrolments = [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }];
  office.sis.students = [...office.sis.students, ...['bo', 'cy'].map((id) => aStudent(id, { enrolments }))];
  office.absent(weekdaysFrom('2026-09-08', 7));
  office.absent(weekdaysFrom('2026-09-08', 4), 'cy');
  await office.day('2026-09-22');
  await saveDocument(office.db, {
    bytes: Buffer.from('of Cy alone'),
    kind: 'other',
    mediaType: 'application/pdf',
    students: [await office.studentId('cy')],
    now: new Date(),
  });
  const made = await office.rollcall('backup', '--out', folder);
  backup = made.out.split('\n')[0] ?? '';
  scratch = await createTestDatabase({ empty: true });
  // By another name than ours: restoring waits for whoever is at work.
  database = openDatabase({ url: scratch.url, applicationName: 'looking on' });
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
  await office.close();
  await rm(folder, { recursive: true, force: true });
});

test('without a newer database nobody knows what was stopped: somebody has to look before mail leaves', async () => {
  const said = await there('restore', backup, '--by', 'IT');
  expect(said.err).not.toContain('rror');
  expect(said.out).toContain('Nobody knows what was stopped, held or destroyed since the backup');
  const settle = ['restore', 'settle', '--by', 'IT', '--why', 'looked'];
  const refused = await there(...settle);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--holds-checked') });
  expect(await readSafeMode(database.db)).not.toBeNull();
  expect(await there(...settle, '--holds-checked')).toMatchObject({ code: 0 });
  expect(await readSafeMode(database.db)).toBeNull();
});

test('what was stopped, held and destroyed since the backup is so again in the restored database', async () => {
  const { db } = database;
  const owner = ['--owner', 'attendance-clerk', '--why', 'told by phone', '--by', 'Clerk'];
  const placed = await there('holds', 'add', 'ada', '--kind', 'deceased', ...owner);
  expect(placed.err).toBe('');
  await there('retention', 'hold', 'bo', '--by', 'Counsel', '--why', 'case 12');
  await there('letters', 'stop', '--by', 'Principal', '--why', 'a wrong code');
  const destroyed = await destroyCy();
  const [cy, document] = await ofCy();
  await keepAudit(
    { db, log: silentLog(), dataDir: office.config.dataDir },
    { now: new Date(), today: schoolDate('2026-11-26') },
  );
  const anchors = await readFile(anchorFile(office.config.dataDir), 'utf8');

  const confirm = ['--by', 'IT', '--replace', '--confirm', office.config.district.id];
  const said = await there('restore', backup, ...confirm);
  expect(said.err).not.toContain('rror');
  expect(said.out).toContain('Stopped since the backup, and stopped again: all letters and packets');
  expect(said.out).toMatch(/Holds placed or changed since the backup, and in force again: H-/);
  expect(said.out).toMatch(/Legal holds placed since the backup, and in force again: H-/);
  expect(said.out).toContain(`destroyed again (certificates): ${destroyed}`);
  expect(said.out).not.toContain('Look for it');
  const file = /The same is in (\S+)\./.exec(said.out)?.[1] ?? '';
  const written = await readFile(file, 'utf8');
  expect(JSON.parse(written)).toMatchObject({ complete: true, destructions: { putBack: [destroyed] } });
  expect(written).not.toMatch(/Zephyrine|ada|told by phone|case 12/);

  const holds = db.selectFrom('hold').select(['kind', 'scope', 'student_id', 'ended_at', 'reason']);
  expect(await holds.execute()).toEqual([
    { kind: 'deceased', scope: 'absolute', student_id: 1, ended_at: null, reason: 'told by phone' },
  ]);
  expect(await db.selectFrom('legal_hold').select('ended_at').execute()).toEqual([{ ended_at: null }]);
  expect((await there('status')).out).toContain('A person has stopped all letters');
  await unlockWith(db, (await readFile(join(office.config.dataDir, 'document.key'), 'utf8')).trim());
  await expect(readDocument(db, document)).rejects.toThrow(/destroyed/);
  const names = db.selectFrom('student').select('family_name').where('id', '=', cy);
  expect(await names.execute()).toEqual([{ family_name: '(destroyed)' }]);
  expect(await db.selectFrom('absence_record').select('id').where('student_id', '=', cy).execute()).toEqual(
    [],
  );
  expect(await db.selectFrom('destruction').select('ref').execute()).toEqual([{ ref: destroyed }]);

  // As a process leaves it that is killed before it has put the ends of the log aside.
  await writeFile(anchorFile(office.config.dataDir), anchors);
  expect((await there('audit', 'verify')).code).toBe(0);
  expect(await readFile(anchorFile(office.config.dataDir), 'utf8')).not.toBe(anchors);

  const settled = await there('restore', 'settle', '--by', 'IT', '--why', 'looked into the log');
  expect(settled).toMatchObject({ code: 0 });
  expect((await there('audit', 'verify')).code).toBe(0);
});

function there(...words: readonly string[]): Promise<CommandResult> {
  const { configDir, dataDir } = office.config;
  return runRollcall(['--config', configDir, '--data', dataDir, ...words], { DATABASE_URL: scratch.url });
}

/** Years later, and of the one who has left. @returns the reference of the certificate */
async function destroyCy(): Promise<string> {
  const { db } = database;
  await db.updateTable('student').set({ active: false }).where('sourced_id', '=', 'cy').execute();
  const rules = { files: 7, absences: 5, mails: 3, people: 7 };
  const later = { now: new Date('2035-01-10T18:00:00Z'), today: schoolDate('2035-01-10') };
  const planned = await planRetention(db, rules, later.today);
  const expected = planned.reduce((sum, { rows }) => sum + rows, 0);
  const asked = { district: 'd', districtName: 'District', timeZone: 'America/Denver', by: 'Dana', expected };
  const done = await applyRetention(db, rules, asked, later);
  if (done.kind !== 'destroyed') throw new Error('nothing was destroyed');
  return done.ref;
}

async function ofCy(): Promise<[number, string]> {
  const row = await database.db
    .selectFrom('student as s')
    .innerJoin('document_key as k', 'k.student_id', 's.id')
    .innerJoin('document as d', 'd.key_id', 'k.id')
    .select(['s.id as student', 'd.id'])
    .where('s.sourced_id', '=', 'cy')
    .executeTakeFirstOrThrow();
  return [row.student, row.id];
}
