import { constants } from 'node:fs';
import { access, lstat, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SisError } from '../sis-error.ts';

/**
 * `archive`: used. `refused`: cannot be used. `waiting`: read by a run that was stopped because of it, and which a
 * person may still release.
 */
export const SHELVES = ['archive', 'refused', 'waiting'] as const;

export type Shelf = (typeof SHELVES)[number];

/** All shelves have to be there, or ours to make, before anything is read. Changes nothing. @throws SisError */
export async function expectShelves(folder: string): Promise<void> {
  if (!(await stat(folder)).isDirectory()) {
    throw new SisError(
      'missing',
      `${folder} is no folder; expected the folder into which the files are dropped`,
    );
  }
  await access(folder, constants.R_OK | constants.W_OK);
  for (const shelf of SHELVES) {
    const path = join(folder, shelf);
    if (!(await isPlainFolder(path))) continue;
    await access(path, constants.R_OK | constants.W_OK);
  }
}

export async function makeShelves(folder: string): Promise<void> {
  await expectShelves(folder);
  for (const shelf of SHELVES) await mkdir(join(folder, shelf), { recursive: true });
}

/** False where there is nothing under the name. */
async function isPlainFolder(path: string): Promise<boolean> {
  try {
    if ((await lstat(path)).isDirectory()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  throw new SisError('refused', `${path} is a link; expected a folder, or nothing, under that name`);
}
