import { clean } from '../clean.ts';
import { FileRefusal } from '../csv/file-refusal.ts';
import type { CsvRow, Delimiter } from '../csv/read-csv.ts';
import { SisError } from '../sis-error.ts';
import { type FileScan, isSameFile, scanFile } from './scan-file.ts';
import type { WholeFile } from './verify-file.ts';

const PAGE_ROWS = 5_000;

/**
 * The rows of a file that was found whole, without the header. @throws SisError `cut-off` when it is not the same
 * file any more; an iteration that ends without an error was complete
 */
export async function* readPages(
  file: WholeFile<unknown>,
  delimiter: Delimiter,
): AsyncGenerator<readonly CsvRow[]> {
  let scan: FileScan | null = null;
  try {
    scan = await scanFile(file.candidate.path, delimiter);
    yield* pagesOf(scan, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof FileRefusal || code === 'ENOENT' || code === 'ELOOP') throw changed(file);
    throw error;
  } finally {
    await scan?.close();
  }
}

async function* pagesOf(scan: FileScan, file: WholeFile<unknown>): AsyncGenerator<readonly CsvRow[]> {
  let page: CsvRow[] = [];
  let header = true;
  await expectSame(scan, file);
  for await (const row of scan.rows()) {
    if (header) header = false;
    else page.push(row);
    if (page.length < PAGE_ROWS) continue;
    await expectSame(scan, file);
    yield page;
    page = [];
  }
  await expectSame(scan, file);
  if (scan.found().digest !== file.digest) throw changed(file);
  if (page.length > 0) yield page;
}

async function expectSame(scan: FileScan, file: WholeFile<unknown>): Promise<void> {
  if (!isSameFile(await scan.identity(), file.identity)) throw changed(file);
}

function changed(file: WholeFile<unknown>): SisError {
  return new SisError(
    'cut-off',
    `${clean(file.candidate.name)} changed while it was read; it is read again when nothing is written to it`,
  );
}
