import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedPostgresError, hasCode, WAYS_OUT } from './errors.ts';
import { isAlive, startedAt } from './processes.ts';

const POLL_MS = 50;
/** First start on a slow disk, or recovery after a crash, happens while the lock is held. */
const WAIT_MS = 180_000;
/** How long a file without a readable owner may be one that is just being written. */
const UNREADABLE_MS = 3_000;

interface Owner {
  readonly pid: number;
  readonly started: string;
}

/**
 * Runs the action while no other process on this machine runs one under the same lock file. The lock of a
 * process that is gone is taken over, also when its number now belongs to another process.
 * @throws EmbeddedPostgresError when a living process holds the lock for longer than three minutes
 */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  let unreadableSince: number | undefined;
  while (!(await createLock(path))) {
    const text = await readLock(path);
    const owner = text === undefined ? undefined : parseOwner(text);
    if (text !== undefined && owner === undefined) unreadableSince ??= performance.now();
    else unreadableSince = undefined;
    const abandoned =
      owner === undefined
        ? unreadableSince !== undefined && performance.now() - unreadableSince > UNREADABLE_MS
        : !(await lives(owner));
    if (text !== undefined && abandoned) await removeAbandoned(path, text);
    else if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        `Process ${owner?.pid ?? 'unknown'} has been starting or stopping the database for minutes (${path}). End it and try again. ${WAYS_OUT}`,
      );
    } else await wait(POLL_MS);
  }
  try {
    return await action();
  } finally {
    await rm(path, { force: true });
  }
}

async function createLock(path: string): Promise<boolean> {
  const owner: Owner = { pid: process.pid, started: await startedAt(process.pid) };
  try {
    await writeFile(path, JSON.stringify(owner), { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value))
      return undefined;
    return { pid: Number(value.pid), started: String(value.started) };
  } catch {
    return undefined;
  }
}

async function lives(owner: Owner): Promise<boolean> {
  return isAlive(owner.pid) && (await startedAt(owner.pid)) === owner.started;
}

/**
 * Two processes may find the same abandoned lock. Unlinking it outright, the slower one would remove the lock
 * that the faster one has just made, so the removal is itself guarded and looks again.
 */
async function removeAbandoned(path: string, text: string): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await createLock(guard))) {
    const holder = parseOwner((await readLock(guard)) ?? '');
    if (holder !== undefined && !(await lives(holder))) await rm(guard, { force: true });
    await wait(POLL_MS);
    return;
  }
  try {
    if ((await readLock(path)) === text) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}
