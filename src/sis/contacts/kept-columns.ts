import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../ops/durable-file.ts';
import { FileRefusal } from '../csv/file-refusal.ts';
import type { Header } from '../csv/resolve-header.ts';
import { SisError } from '../sis-error.ts';
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
  const path = join(folder, 'archive', NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
  try {
    return memorySchema.parse(JSON.parse(text));
  } catch {
    throw new SisError(
      'protocol',
      `${path} cannot be read, so that nobody knows which columns the last contacts file had; delete it if the headers of the new file are right`,
    );
  }
}

export async function writeKeptColumns(folder: string, header: Header<ContactColumn>): Promise<void> {
  const columns = PROTECTING.filter((column) => header.has(column));
  await writeWhole(join(folder, 'archive', NAME), `${JSON.stringify(columns)}\n`, 0o666);
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
