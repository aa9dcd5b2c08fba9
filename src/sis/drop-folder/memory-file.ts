import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { writeWhole } from '../../ops/durable-file.ts';
import { SisError } from '../sis-error.ts';

/** Who looks after the folder may read what Rollcall remembers in it. */
const MODE = 0o666;

/**
 * What was remembered of files that were used before.
 * @param unknown what nobody knows when it cannot be read, and what to do about that
 * @returns null: nothing was remembered yet. @throws SisError when it cannot be read
 */
export async function readMemory<T>(path: string, schema: z.ZodType<T>, unknown: string): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new SisError('protocol', `${path} cannot be read, so that nobody knows ${unknown}`);
  }
}

export async function writeMemory(path: string, memory: unknown): Promise<void> {
  await writeWhole(path, `${JSON.stringify(memory, null, 2)}\n`, MODE);
}
