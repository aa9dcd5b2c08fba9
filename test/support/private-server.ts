import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeEmbeddedPostgres } from '../../src/store/embedded/remove.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/start.ts';

const ROOM_BYTES = 6 * 1024 ** 3;

/** Outlives the set-up: jest runs set-up and teardown in the same process. */
const running: { readonly server: EmbeddedPostgres; readonly dataDir: string }[] = [];

/**
 * Starts a PostgreSQL in a temporary folder. What its disk holds after a power cut is of no interest, so
 * nothing waits for it.
 */
export async function startPrivateServer(): Promise<string> {
  const dataDir = await mkdtemp(path.join(await quickFolder(), 'rollcall-test-'));
  // Run as root, the server belongs to another account, which must get here.
  await chmod(dataDir, 0o711);
  const server = await startEmbeddedPostgres({
    dataDir,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  running.push({ server, dataDir });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, endRun);
  return server.url;
}

/** Memory where there is enough of it: hundreds of databases come and go, and a disk takes twice as long for them. */
async function quickFolder(): Promise<string> {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize > ROOM_BYTES ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}

export async function removePrivateServers(): Promise<void> {
  for (const { server, dataDir } of running.splice(0)) {
    await server.release();
    await removeEmbeddedPostgres({ dataDir });
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** jest runs no teardown when it is interrupted, and the server would stay. */
function endRun(): void {
  removePrivateServers().finally(() => process.exit(130));
}
