import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FileRefusal } from '../csv/file-refusal.ts';
import { type CsvRow, type Delimiter, readCsv } from '../csv/read-csv.ts';
import { type Proof, trailerIn } from './proof.ts';

/** By what a file is known again: a file that was written to, or another one under its name, differs in something. */
export interface Identity {
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
}

/** One reading of a file. What it found is right once `rows` has ended. */
export interface FileScan {
  /** The header first; without the trailer. @throws FileRefusal when the file is damaged */
  rows(): AsyncGenerator<CsvRow>;
  identity(): Promise<Identity>;
  found(): { readonly dataRows: number; readonly trailer: Proof | null; readonly digest: string };
  close(): Promise<void>;
}

/** Opens a file for one reading, in pieces, so that its length costs no memory. Links are not followed. */
export async function scanFile(path: string, delimiter: Delimiter): Promise<FileScan> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  const hash = createHash('sha256');
  let dataRows = -1;
  let trailer: Proof | null = null;
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 })) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return {
    async *rows() {
      for await (const row of readCsv(bytes(), delimiter)) {
        if (trailer === null) trailer = trailerIn(row.cells);
        else if (row.cells.some((cell) => cell.trim() !== '')) {
          throw new FileRefusal(`line ${row.line} stands after its trailer; expected the trailer at the end`);
        }
        if (trailer !== null) continue;
        dataRows += 1;
        yield row;
      }
    },
    identity: () => identityOf(handle),
    found: () => ({ dataRows: Math.max(0, dataRows), trailer, digest: hash.copy().digest('hex') }),
    close: () => handle.close(),
  };
}

export function isSameFile(a: Identity, b: Identity): boolean {
  return a.inode === b.inode && a.size === b.size && a.modified === b.modified;
}

async function identityOf(handle: FileHandle): Promise<Identity> {
  const { ino, size, mtimeNs } = await handle.stat({ bigint: true });
  return { inode: ino, size, modified: mtimeNs };
}
