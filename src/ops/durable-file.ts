import { randomUUID } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const OWNER_ONLY = 0o600;

/**
 * Writes a file that is there whole or not at all, also after a power cut: beside its place, then under its name.
 * Several may write it at once, also from containers in which each process has the same number.
 */
export async function writeWhole(path: string, content: string | Buffer, mode = OWNER_ONLY): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    await writeToDisk(draft, content, mode);
    await renameForGood(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** On the disk once this returns, not only on its way there. What lay under the name is overwritten. */
export async function writeToDisk(
  path: string,
  content: string | Buffer | AsyncIterable<Buffer>,
  mode = OWNER_ONLY,
): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A power cut does not take the new name back. */
export async function renameForGood(from: string, to: string): Promise<void> {
  await rename(from, to);
  // Some file systems cannot do this with a folder: there the name is as safe as it gets.
  const folder = await open(dirname(to), 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
