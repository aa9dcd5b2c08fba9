import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../../ops/durable-file.ts';
import { type Binaries, program } from './binaries.ts';
import { EmbeddedPostgresError, hasCode, WAYS_OUT } from './errors.ts';
import type { Home } from './home.ts';
import { runProgram } from './run-program.ts';

/** Overrides of PostgreSQL's settings, for example `{ fsync: 'off' }` where a test may lose its data. */
export type ServerSettings = Readonly<Record<string, string>>;

/** The role that owns the cluster. */
export const ROLE = 'rollcall';

const DRAFT = 'cluster.draft-';

/**
 * Makes the cluster unless it is there. It is made beside its place and renamed when it is complete, so one
 * that was interrupted is never taken for a whole one.
 * @throws EmbeddedPostgresError when the cluster was made by another major version of PostgreSQL
 */
export async function ensureCluster(home: Home, binaries: Binaries, quick: boolean): Promise<string> {
  const major = await clusterMajor(home.cluster);
  if (major !== undefined && major !== binaries.major) {
    throw new EmbeddedPostgresError(
      `The database in ${home.cluster} was made by PostgreSQL ${major}, and this version of Rollcall comes with PostgreSQL ${binaries.major}. Start the version of Rollcall that made it and move the data over with pg_dump and pg_restore. ${WAYS_OUT}`,
    );
  }
  if (major !== undefined) return readPassword(home);
  const password = await ensurePassword(home);
  await removeDrafts(home.place);
  await initialise(home, binaries, password, quick);
  return password;
}

/** Written anew at each start, so that a later version of Rollcall can change what it ships. */
export async function writeSettings(home: Home, overrides: ServerSettings): Promise<void> {
  const lines = Object.entries({ ...SETTINGS, ...overrides }).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  const text = ['# Written by Rollcall at each start. Changes made here are lost.', ...lines, ''].join('\n');
  // Never opened in place: the folder belongs to a lesser account, which could have put a link there.
  const draft = path.join(home.cluster, `postgresql.conf.${randomBytes(6).toString('hex')}`);
  await writeFile(draft, text, { flag: 'wx', mode: 0o600 });
  if (home.account) await chown(draft, home.account.uid, home.account.gid);
  await rename(draft, path.join(home.cluster, 'postgresql.conf'));
}

const SETTINGS: ServerSettings = {
  listen_addresses: '127.0.0.1',
  // The path of a socket in a deep data folder would be too long.
  unix_socket_directories: '',
  max_connections: '100',
  password_encryption: 'scram-sha-256',
  shared_buffers: '256MB',
  // Workers take their memory from /dev/shm, which containers keep small.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO, YMD',
  lc_messages: 'C',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  // Errors of statements would carry names; whoever sent the statement is told anyway.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

async function clusterMajor(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function initialise(home: Home, binaries: Binaries, password: string, quick: boolean): Promise<void> {
  const draft = path.join(home.place, `${DRAFT}${randomBytes(6).toString('hex')}`);
  const passwordFile = `${draft}.password`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { flag: 'wx', mode: 0o600 });
  if (home.account) {
    await chown(draft, home.account.uid, home.account.gid);
    await chown(passwordFile, home.account.uid, home.account.gid);
  }
  const result = await runProgram(
    program(binaries, 'initdb'),
    [
      `--pgdata=${draft}`,
      `--username=${ROLE}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(quick ? ['--no-sync'] : []),
    ],
    { account: home.account, cwd: draft },
  );
  await rm(passwordFile, { force: true });
  if (result.kind === 'not-started' || result.code !== 0) {
    await rm(draft, { recursive: true, force: true });
    const reason = result.kind === 'ended' ? result.errors.trim().slice(-1000) : result.code;
    throw new EmbeddedPostgresError(
      `PostgreSQL could not make its files in ${home.place}: ${reason}. ${WAYS_OUT}`,
    );
  }
  await mkdir(path.join(draft, 'log'), { mode: 0o700 });
  if (home.account) await chown(path.join(draft, 'log'), home.account.uid, home.account.gid);
  await rename(draft, home.cluster);
}

async function removeDrafts(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    if (name.startsWith(DRAFT)) await rm(path.join(place, name), { recursive: true, force: true });
  }
}

function passwordPath(home: Home): string {
  return path.join(home.folder, 'password');
}

async function ensurePassword(home: Home): Promise<string> {
  const file = passwordPath(home);
  const earlier = await readFile(file, 'utf8').catch(() => '');
  if (earlier.trim() !== '') return earlier.trim();
  const password = randomBytes(24).toString('base64url');
  await writeWhole(file, `${password}\n`);
  return password;
}

/** @throws EmbeddedPostgresError when it is missing or empty */
export async function readPassword(home: Home): Promise<string> {
  let password = '';
  try {
    password = (await readFile(passwordPath(home), 'utf8')).trim();
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EACCES')) throw error;
  }
  if (password !== '') return password;
  throw new EmbeddedPostgresError(
    `The password of the database is missing or not readable in ${passwordPath(home)}. Restore that file from a backup. ${WAYS_OUT}`,
  );
}
