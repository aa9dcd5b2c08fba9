import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import type { Config } from '../../src/config/config-types.ts';
import { silentLog } from '../../src/ops/log.ts';
import { backUp } from '../../src/procedure/keeping/back-up.ts';
import { dropLeftDrills, openDrillDatabase } from '../../src/procedure/keeping/drill-database.ts';
import { proveBackup } from '../../src/procedure/keeping/prove-backup.ts';
import { readKeepingState } from '../../src/store/backup-runs.ts';
import type { Generation, Surroundings } from '../../src/wiring/generation.ts';
import { scheduleOf } from '../../src/wiring/schedule-of.ts';
import { documentKeyOf } from '../../src/wiring/unlock-documents.ts';
import { type Office, openOffice } from '../support/office.ts';

let office: Office;
let folder: string;

beforeAll(async () => {
  office = await openOffice();
  folder = await mkdtemp(join(tmpdir(), 'rollcall-drills-'));
  office.at('2026-09-22');
  await office.sync();
});
afterAll(async () => {
  await office.close();
  await rm(folder, { recursive: true, force: true });
});

const backup = { schedule: '30 2 * * *', drill: '0 4 1 * *', keep: 2 };
const configOf = (name: string): Config => ({
  ...office.config,
  backup: { ...backup, folder: join(folder, name) },
});
const store = () => ({ db: office.db, url: office.url });
/** A second apart each time: backups have the second in their names. */
let second = 0;
const now = () => new Date(Date.UTC(2026, 10, 2, 12, 0, second++));

test('a drill is on record whatever comes of it, and the last bad one is told', async () => {
  const config = configOf('on-record');
  const how = { documentKey: documentKeyOf(config), embedded: true, now };
  expect(await proveBackup(store(), config, how)).toBeNull();
  const { path } = await backUp(store(), config, { version: 'test', now });
  expect(await proveBackup(store(), config, how)).toMatchObject({ good: true });
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 100));
  expect(await proveBackup(store(), config, how)).toMatchObject({ good: false });
  await writeFile(path, 'PK');
  expect(await proveBackup(store(), config, how)).toMatchObject({ good: false, madeAt: null });
  await expect(
    proveBackup({ ...store(), url: 'postgres://127.0.0.1:9/none' }, config, how),
  ).rejects.toThrow();
  const drills = office.db.selectFrom('drill_run').select(['good', 'backup_made_at']).orderBy('id');
  expect((await drills.execute()).map(({ good, backup_made_at }) => [good, backup_made_at !== null])).toEqual(
    [
      [true, true],
      [false, false],
      [false, false],
      [false, false],
    ],
  );
  expect(await readKeepingState(office.db)).toMatchObject({ lastDrill: { good: false } });
  expect((await office.rollcall('status')).out).toMatch(/Drill +last good one .*, and a later one FAILED/);
});

test('what a drill that was killed has left behind goes at the next start; what is in use stays', async () => {
  const dataDir = join(folder, 'data');
  await mkdir(join(dataDir, 'rollcall_drill_aaaaaaaaaaaa', 'postgres'), { recursive: true });
  const here = { url: office.url, dataDir };
  const killed = await openDrillDatabase(here);
  // Its own connection keeps others away, as long as it lives.
  await expect(openDrillDatabase(here)).rejects.toThrow(/under way/);
  await dropLeftDrills(here);
  expect(await drillDatabases()).toHaveLength(1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'rollcall drill' and datname = current_database()`.execute(office.db);
  const user = new pg.Client({ connectionString: killed.url, application_name: IN_USE });
  await user.connect();
  await sql`create database rollcall_drill_bbbbbbbbbbbb`.execute(office.db);
  await waitUntilGone('rollcall drill');
  await dropLeftDrills(here);
  expect(await drillDatabases()).toEqual([new URL(killed.url).pathname.slice(1)]);
  expect(await readdir(dataDir)).toEqual([]);
  await user.end();
  await waitUntilGone(IN_USE);
  await dropLeftDrills(here);
  expect(await drillDatabases()).toEqual([]);
});

test('the schedule proves the newest backup by itself', async () => {
  const config = configOf('by-itself');
  await backUp(store(), config, { version: 'test', now });
  const before = (await readKeepingState(office.db)).lastGoodDrillAt;
  const schedule = scheduleOf(
    { config, jobs: office.jobs } as unknown as Generation,
    { store: store(), now, log: silentLog() } as unknown as Surroundings,
    async () => true,
  );
  try {
    await schedule.tick();
  } finally {
    await schedule.stop();
  }
  const { lastGoodDrillAt } = await readKeepingState(office.db);
  expect(lastGoodDrillAt?.getTime()).toBeGreaterThan(before?.getTime() ?? 0);
});

test('a drill that finds another one under way says nothing of the backup, and its slot is tried again', async () => {
  const config = configOf('under-way');
  await backUp(store(), config, { version: 'test', now });
  const drills = () => office.db.selectFrom('drill_run').select('good').orderBy('id').execute();
  const before = (await drills()).length;
  const other = await openDrillDatabase({ url: office.url, dataDir: config.dataDir });
  await office.db.deleteFrom('schedule_slot').where('name', '=', 'drill').execute();
  const schedule = scheduleOf(
    { config, jobs: office.jobs } as unknown as Generation,
    { store: store(), now, log: silentLog() } as unknown as Surroundings,
    async () => true,
  );
  try {
    const how = { documentKey: documentKeyOf(config), embedded: true, now };
    await expect(proveBackup(store(), config, how)).rejects.toThrow(/under way/);
    await schedule.tick();
    expect(await drills()).toHaveLength(before);
    await other.drop();
    await schedule.tick();
    expect((await drills()).slice(before)).toEqual([{ good: true }]);
  } finally {
    await schedule.stop();
    await other.drop().catch(() => undefined);
  }
});

test('backups that scatter over folders are told; old ones from before a restore go', async () => {
  const [here, there] = [configOf('here'), configOf('there')];
  const first = await backUp(store(), here, { version: 'test', now });
  expect((await backUp(store(), here, { version: 'test', now })).elsewhere).toBeNull();
  const { folder: place } = here.backup;
  expect((await backUp(store(), there, { version: 'test', now })).elsewhere).toEqual({
    host: hostname(),
    folder: place,
  });
  // Into a folder that somebody names for once says nothing of the others.
  await backUp(store(), there, { version: 'test', now, folder: join(folder, 'stick') });
  expect((await backUp(store(), there, { version: 'test', now })).elsewhere).toBeNull();

  const { id } = here.district;
  const [young, old] = ['20261020-120000', '20261001-120000'].map(
    (stamp) => `rollcall-${id}-${stamp}-before-restore.backup`,
  );
  for (const name of [young, old]) await writeFile(join(place, name ?? ''), '');
  await backUp(store(), here, { version: 'test', now });
  const left = await readdir(place);
  expect(left).toContain(young);
  expect(left).not.toContain(old);
  expect(left.some((name) => first.path.endsWith(name))).toBe(false);
});

const IN_USE = 'looks into what was left';

/** Ours, and those of versions before; other tests share the server. */
async function drillDatabases(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select datname as name from pg_database
    where starts_with(datname, 'rollcall_drill_' || left(encode(sha256(current_database()::text::bytea), 'hex'), 8))
      or datname = 'rollcall_drill_bbbbbbbbbbbb' order by 1`.execute(office.db);
  return rows.map(({ name }) => name);
}

/** A connection that has ended is there for a moment longer. */
async function waitUntilGone(name: string): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity
      where application_name = ${name} and (datname = current_database() or datname ~ '^rollcall_drill_')`.execute(
      office.db,
    );
    if (rows.length === 0) return;
  }
}
