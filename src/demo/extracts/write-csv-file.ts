import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../faults/fault.ts';
import type { CsvFile } from './csv-file.ts';

/**
 * Writes a file as a careful transfer does: complete under another name first, then under its own.
 * @param faults what is wrong with it
 */
export async function writeCsvFile(sound: CsvFile, faults: readonly Fault[]): Promise<void> {
  const file = faults.reduce<CsvFile | null>(
    (file, fault) => (file === null || fault.file === undefined ? file : fault.file(file)),
    sound,
  );
  if (file === null) return;
  const path = join(file.folder, file.name);
  if (file.proof === 'side-file') {
    const told = JSON.stringify({ rows: file.counted, extractedAt: file.extractedAt.toISOString() });
    await writeFile(`${path}.done`, told);
    await utimes(`${path}.done`, file.writtenAt, file.writtenAt);
  }
  const bytes = faults.reduce<Buffer>((bytes, fault) => fault.bytes?.(bytes, file) ?? bytes, bytesOf(file));
  await writeFile(`${path}.part`, bytes);
  await utimes(`${path}.part`, file.writtenAt, file.writtenAt);
  await rename(`${path}.part`, path);
}

function bytesOf({ header, rows, proof, counted, extractedAt }: CsvFile): Buffer {
  const lines = [...(header === null ? [] : [header]), ...rows].map((cells) => cells.map(cell).join(','));
  if (proof === 'trailer') lines.push(`TRAILER,${counted},${extractedAt.toISOString()}`);
  return Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`);
}

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
