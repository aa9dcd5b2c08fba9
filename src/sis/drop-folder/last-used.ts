import { join } from 'node:path';
import { z } from 'zod';
import { readMemory, writeMemory } from './memory-file.ts';

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
  const memory = await readAll(archive);
  return Object.hasOwn(memory, content) ? (memory[content] ?? null) : null;
}

export async function writeLastUsed(archive: string, content: string, used: LastUsed): Promise<void> {
  const memory = { ...(await readAll(archive)), [content]: used };
  await writeMemory(join(archive, NAME), memory);
}

async function readAll(archive: string): Promise<z.output<typeof memorySchema>> {
  const unknown =
    'which file was used last; put it back from a backup, or delete it if no old file lies in the folder';
  return (await readMemory(join(archive, NAME), memorySchema, unknown)) ?? {};
}
