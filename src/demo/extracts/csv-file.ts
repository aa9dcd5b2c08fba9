import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Proof = 'trailer' | 'side-file';

export interface CsvFile {
  readonly folder: string;
  readonly name: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly extractedAt: Date;
  readonly proof: Proof;
}

/** Writes a file as a careful transfer does: complete under another name first, then under its own. */
export async function writeCsvFile(file: CsvFile): Promise<string> {
  const { folder, name, header, rows, extractedAt, proof } = file;
  const lines = [header, ...rows].map((cells) => cells.map(cell).join(','));
  if (proof === 'trailer') lines.push(`TRAILER,${rows.length},${extractedAt.toISOString()}`);
  const path = join(folder, name);
  if (proof === 'side-file') {
    const told = JSON.stringify({ rows: rows.length, extractedAt: extractedAt.toISOString() });
    await writeFile(`${path}.done`, told);
  }
  await writeFile(`${path}.part`, `\uFEFF${lines.join('\r\n')}\r\n`);
  await rename(`${path}.part`, path);
  return path;
}

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
