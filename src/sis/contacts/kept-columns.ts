import { join } from 'node:path';
import { z } from 'zod';
import { FileRefusal } from '../csv/file-refusal.ts';
import type { Header } from '../csv/resolve-header.ts';
import { readMemory, writeMemory } from '../drop-folder/memory-file.ts';
import type { ContactColumn } from './contact-columns.ts';

/** Columns that keep letters from people: in a file that has one under a new name, nobody would be protected any more. */
const PROTECTING = [
  'guardian',
  'mailing',
  'noContact',
  'private',
] as const satisfies readonly ContactColumn[];

const NAME = 'contact-columns.json';
const memorySchema = z.array(z.string());

/** The protecting columns that the last used file had. @throws SisError when that cannot be known */
export async function readKeptColumns(folder: string): Promise<readonly string[]> {
  const unknown =
    'which columns the last contacts file had; delete it if the headers of the new file are right';
  return (await readMemory(join(folder, 'archive', NAME), memorySchema, unknown)) ?? [];
}

export async function writeKeptColumns(folder: string, header: Header<ContactColumn>): Promise<void> {
  const columns = PROTECTING.filter((column) => header.has(column));
  await writeMemory(join(folder, 'archive', NAME), columns);
}

/** @throws FileRefusal when a protecting column is gone that the last used file had */
export function expectKeptColumns(header: Header<ContactColumn>, kept: readonly string[]): void {
  const lost = PROTECTING.filter((column) => kept.includes(column) && !header.has(column));
  if (lost.length === 0) return;
  const [columns, it] = lost.length === 1 ? ['column', 'it'] : ['columns', 'them'];
  throw new FileRefusal(
    `it no longer has the ${columns} ${lost.join(', ')}, and the last file had ${it}; expected the same ${columns}, whose cells may be empty; where the SIS now words a header otherwise, name it under sis.contacts.columns`,
  );
}
