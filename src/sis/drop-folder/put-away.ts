import { lstat, open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Candidate } from './list-candidates.ts';
import type { Shelf } from './shelves.ts';

/** What stands beside a file that was put aside. */
export interface Note {
  readonly state: string;
  readonly why: string;
  readonly advice: string;
}

/**
 * Moves a file, with its side file, to a shelf of its folder. Nothing there is overwritten: a name that is taken gets
 * a number. The time of the files becomes `now`, from which on they are kept. With a note it says beside it why.
 * @returns false when the file is gone
 */
export async function putAway(
  folder: string,
  shelf: Shelf,
  { name, path, sidePath }: Pick<Candidate, 'name' | 'path' | 'sidePath'>,
  { now, note }: { readonly now: Date; readonly note?: Note },
): Promise<boolean> {
  const target = await reserve(join(folder, shelf), name);
  if (note !== undefined) {
    await writeFile(`${target}.why.txt`, noteText(name, note, now), { flag: 'wx' });
    await utimes(`${target}.why.txt`, now, now);
  }
  if (!(await move(path, target, now))) {
    await rm(target, { force: true });
    await rm(`${target}.why.txt`, { force: true });
    return false;
  }
  if (sidePath !== null) await move(sidePath, `${target}.done`, now);
  return true;
}

/** The number that `putAway` added to a name, taken away again. */
export function withoutNumber(name: string): string {
  return name.replace(/\.\d+(\.[^.]*)?$/, '$1');
}

/** An empty file under the new name keeps everybody else from it until the rename replaces it. */
async function reserve(shelf: string, name: string): Promise<string> {
  const { name: stem, ext } = parse(name);
  for (let number = 1; ; number += 1) {
    const target = join(shelf, number === 1 ? name : `${stem}.${number}${ext}`);
    const taken = await Promise.all([`${target}.done`, `${target}.why.txt`].map(isThere));
    if (taken.includes(true)) continue;
    try {
      await (await open(target, 'wx')).close();
      return target;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function move(from: string, to: string, now: Date): Promise<boolean> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  await utimes(to, now, now);
  return true;
}

function noteText(name: string, { state, why, advice }: Note, now: Date): string {
  return [
    `${name} was put aside on ${now.toISOString()}. ${state}`,
    '',
    `Why: ${why}.`,
    '',
    `What to do: ${advice}`,
    '',
  ].join('\n');
}
