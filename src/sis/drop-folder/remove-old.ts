import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { matcher } from './list-candidates.ts';
import { withoutNumber } from './put-away.ts';

const DAY_MS = 86_400_000;

/** Removes what was put away more than `keepDays` ago; files that are none of the pattern stay. */
export async function removeOld(
  shelf: string,
  { files, keepDays, now }: { files: string; keepDays: number; now: Date },
): Promise<void> {
  const matches = matcher(files);
  for (const name of await readdir(shelf)) {
    const plain = name.replace(/\.(?:done|why\.txt)$/, '');
    if (!matches(plain) && !matches(withoutNumber(plain))) continue;
    const path = join(shelf, name);
    const found = await lstat(path);
    const old = now.getTime() - found.mtimeMs > keepDays * DAY_MS;
    if (old && found.isFile()) await rm(path, { force: true });
  }
}
