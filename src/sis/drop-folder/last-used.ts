import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../ops/durable-file.ts';
import { SisError } from '../sis-error.ts';

/** The file that was used last, so that no older one is used after it and none twice. */
const lastUsedSchema = z.object({
  file: z.string(),
  digest: z.string(),
  extractedAt: z.iso.datetime(),
});

export type LastUsed = z.output<typeof lastUsedSchema>;

const NAME = 'last-used.json';
const memorySchema = z.record(z.string(), lastUsedSchema);

/** @param content what the files hold; two kinds of files may share a folder */
export async function readLastUsed(archive: string, content: string): Promise<LastUsed | null> {
  const memory = await readMemory(archive);
  return Object.hasOwn(memory, content) ? (memory[content] ?? null) : null;
}

export async function writeLastUsed(archive: string, content: string, used: LastUsed): Promise<void> {
  const memory = { ...(await readMemory(archive)), [content]: used };
  await writeWhole(join(archive, NAME), `${JSON.stringify(memory, null, 2)}\n`, 0o666);
}

async function readMemory(archive: string): Promise<z.output<typeof memorySchema>> {
  const path = join(archive, NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return memorySchema.parse(JSON.parse(text));
  } catch {
    throw new SisError(
      'protocol',
      `${path} cannot be read, so that nobody knows which file was used last; put it back from a backup, or delete it if no old file lies in the folder`,
    );
  }
}
