import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeEmbeddedPostgres } from '../../src/store/embedded/remove.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/start.ts';

/** Outlives the set-up: jest runs set-up and teardown in the same process. */
const running: { readonly server: EmbeddedPostgres; readonly dataDir: string }[] = [];

/**
 * Starts a PostgreSQL in a temporary folder. What its disk holds after a power cut is of no interest, so
 * nothing waits for it.
 */
export async function startPrivateServer(): Promise<string> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'rollcall-test-'));
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
