import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceFile } from '../../domain/sis-records.ts';
import { inFolder } from './folder-error.ts';
import { readLastUsed, writeLastUsed } from './last-used.ts';
import { matcher } from './list-candidates.ts';
import { putAway } from './put-away.ts';
import { makeShelves } from './shelves.ts';

/** A later run has read a newer file: those that wait are of no more use. */
export async function archiveWaiting(
  { folder, files }: { readonly folder: string; readonly files: string },
  now: Date,
): Promise<void> {
  const matches = matcher(files);
  for (const name of await filesIn(join(folder, 'waiting'))) {
    if (matches(name)) await archive(folder, join(folder, 'waiting'), name, now);
  }
}

/**
 * A person has let the run into force that has read this file: it counts as used, wherever it waits. A file that lies
 * there by now under its name is another one and stays.
 * @throws SisError when the folder cannot be used
 */
export async function useReleasedFile(folder: string, file: SourceFile, now: Date): Promise<void> {
  const { content, ...used } = file;
  await inFolder(folder, async () => {
    await makeShelves(folder);
    const last = await readLastUsed(join(folder, 'archive'), content);
    if (last === null || last.extractedAt <= used.extractedAt) {
      await writeLastUsed(join(folder, 'archive'), content, used);
    }
    const waiting = join(folder, 'waiting');
    for (const [place, names] of [
      [waiting, await filesIn(waiting)],
      [folder, (await filesIn(folder)).filter((name) => name === file.file)],
    ] as const) {
      for (const name of names) {
        if ((await digestOf(join(place, name))) === file.digest) await archive(folder, place, name, now);
      }
    }
  });
}

async function archive(folder: string, place: string, name: string, now: Date): Promise<void> {
  const path = join(place, name);
  const side = (await readdir(place)).includes(`${name}.done`) ? `${path}.done` : null;
  await putAway(folder, 'archive', { name, path, sidePath: side }, { now });
  if (place !== folder) await rm(`${path}.why.txt`, { force: true });
}

/** Without side files and reasons. Links are passed over. */
async function filesIn(place: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(place)).sort()) {
    if (!/\.(?:done|why\.txt)$/i.test(name) && (await lstat(join(place, name))).isFile()) found.push(name);
  }
  return found;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
