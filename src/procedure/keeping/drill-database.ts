import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { errorCode } from '../../ops/describe-error.ts';
import { removeEmbeddedPostgres } from '../../store/embedded/remove.ts';
import { startEmbeddedPostgres } from '../../store/embedded/start.ts';
import { connectForLong } from './make-backup.ts';

/** A database that comes for a drill and goes with it. */
export interface DrillDatabase {
  readonly url: string;
  /** Where it is: beside the one in use, or on a server of its own where none may be made there. */
  readonly where: 'same-server' | 'embedded';
  drop(): Promise<void>;
}

interface Place {
  /** Of the database in use. */
  readonly url: string;
  readonly dataDir: string;
}

const NOT_ALLOWED = '42501';

/** Another process has a drill under way just now. */
export class DrillUnderWayError extends Error {
  override readonly name = 'DrillUnderWayError';
}

/**
 * One at a time. What a drill that was killed has left behind goes first: it is a copy of everything.
 * @param hasRoom asked once no other drill takes any
 * @throws DrillUnderWayError
 */
export async function openDrillDatabase(
  { url, dataDir }: Place,
  hasRoom: () => Promise<void> = async () => {},
): Promise<DrillDatabase> {
  const client = await connectForLong(url, 'rollcall drill');
  try {
    if (!(await isOurs(client))) throw new DrillUnderWayError('Another drill is under way.');
    await sweep(client, dataDir);
    await hasRoom();
    const name = `${await prefixOf(client)}${randomBytes(6).toString('hex')}`;
    const { drop, ...rest } = await make(client, { url, dataDir }, name);
    return {
      ...rest,
      async drop() {
        await drop().finally(() => client.end());
      },
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** At a start: whatever a drill that was killed has left behind. */
export async function dropLeftDrills({ url, dataDir }: Place): Promise<void> {
  const client = await connectForLong(url, 'rollcall drill');
  try {
    if (await isOurs(client)) await sweep(client, dataDir);
  } finally {
    await client.end();
  }
}

/** For as long as the connection lasts: whoever holds this one is the only one to make or drop such databases. */
async function isOurs(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`select pg_try_advisory_lock(hashtext('rollcall drill')) as ours`);
  return rows[0]?.ours === true;
}

async function make(client: pg.Client, { url, dataDir }: Place, name: string): Promise<DrillDatabase> {
  try {
    await client.query(`create database ${name} template template0`);
  } catch (error) {
    if (errorCode(error) !== NOT_ALLOWED) throw error;
    return openEmbedded(join(dataDir, name));
  }
  const scratchUrl = new URL(url);
  scratchUrl.pathname = `/${name}`;
  return {
    url: scratchUrl.href,
    where: 'same-server',
    drop: async () => {
      await client.query(`drop database if exists ${name} with (force)`);
    },
  };
}

async function openEmbedded(folder: string): Promise<DrillDatabase> {
  const server = await startEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' } });
  return {
    url: server.url,
    where: 'embedded',
    async drop() {
      await server.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Several districts may share a server: each has names of its own. */
async function prefixOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  const mark = createHash('sha256')
    .update(rows[0]?.name ?? '')
    .digest('hex')
    .slice(0, 8);
  return `rollcall_drill_${mark}_`;
}

/** As versions before named them, without saying whose they were. */
const FORMER = '^rollcall_drill_[0-9a-f]{12}$';

/** Of those that are ours, and that nobody is connected to. */
async function sweep(client: pg.Client, dataDir: string): Promise<void> {
  const prefix = await prefixOf(client);
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database d
    where (starts_with(datname, $1) or datname ~ $2) and pg_has_role(datdba, 'usage')
      and not exists (select from pg_stat_activity a where a.datname = d.datname)`,
    [prefix, FORMER],
  );
  for (const { name } of rows) await client.query(`drop database if exists ${client.escapeIdentifier(name)}`);
  const former = new RegExp(FORMER);
  for (const name of await readdir(dataDir).catch(() => [])) {
    if (!name.startsWith(prefix) && !former.test(name)) continue;
    // Its server may still run: only one that nobody uses is stopped.
    await removeEmbeddedPostgres({ dataDir: join(dataDir, name) });
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}
