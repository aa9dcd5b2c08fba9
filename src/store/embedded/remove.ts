import { access, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { counted } from '../../domain/plain-words.ts';
import { findBinaries } from './binaries.ts';
import { readPassword } from './cluster.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { type Home, prepareHomeFolder, resolveHome } from './home.ts';
import { withLock } from './lock-file.ts';
import { connectToRunning, countOtherKeepers, disconnect, stop } from './server.ts';

/**
 * Deletes the database of the data folder, wherever it lives, and stops its server if a crash left it running.
 * @throws EmbeddedPostgresError when a command is using it
 */
export async function removeEmbeddedPostgres(options: { readonly dataDir: string }): Promise<void> {
  const folder = await prepareHomeFolder(options.dataDir);
  const lock = path.join(folder, 'lock');
  await withLock(lock, async () => {
    const home = await resolveHome(folder);
    if (await exists(home.cluster)) await stopUnused(home);
    if (home.place !== folder) await rm(home.place, { recursive: true, force: true });
    for (const name of await readdir(folder)) {
      if (path.join(folder, name) !== lock)
        await rm(path.join(folder, name), { recursive: true, force: true });
    }
  });
}

async function stopUnused(home: Home): Promise<void> {
  const binaries = await findBinaries(home.account, home.copies);
  const cluster = { home, binaries, password: await readPassword(home), settings: {} };
  const running = await connectToRunning(cluster);
  if (running === undefined) return;
  const others = await countOtherKeepers(running);
  await disconnect(running);
  if (others > 0) {
    throw new EmbeddedPostgresError(
      `The database in ${home.cluster} is in use by ${counted(others, 'other command')} and is not deleted. End ${others === 1 ? 'it' : 'them'} first.`,
    );
  }
  await stop(cluster);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
