import { pipeline, Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { FileRefusal } from './file-refusal.ts';

export type Delimiter = ',' | ';' | '|' | 'tab';

export interface CsvRow {
  /** Line of the file on which the row begins; the first is 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Characters; far more than any row of an extract, and little enough to keep. */
const LONGEST_ROW = 500_000;

/**
 * Rows of a CSV file in UTF-8, with or without BOM, lines ended by LF or CRLF. Rows may differ in length: whoever
 * knows the header judges that. @throws FileRefusal when the bytes are not UTF-8 or the quotes do not match
 */
export async function* readCsv(bytes: AsyncIterable<Buffer>, delimiter: Delimiter): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    info: true,
    delimiter: delimiter === 'tab' ? '\t' : delimiter,
    record_delimiter: ['\r\n', '\n'],
    max_record_size: LONGEST_ROW,
    // The last line of many extracts is empty; what is missing shows in the number of rows.
    skip_empty_lines: true,
    // The trailer is shorter than the rows.
    relax_column_count: true,
  });
  // Errors reach the reader through the parser, which the pipeline destroys.
  const rows: AsyncIterable<{ info: Info; record: string[] }> = pipeline(
    Readable.from(inUtf8(bytes)),
    parser,
    () => undefined,
  );
  // The parser counts CRLF within quotes as two lines.
  let surplus = 0;
  try {
    for await (const { info, record } of rows) {
      const breaks = countOf(record, /[\r\n]/g);
      yield { line: info.lines - surplus - breaks, cells: record };
      surplus += breaks - countOf(record, /\n/g);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new FileRefusal(damageIn(error, surplus));
  }
}

async function* inUtf8(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const check = (chunk?: Buffer) => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new FileRefusal('it is not UTF-8; expected an export in UTF-8, with or without BOM');
    }
  };
  for await (const chunk of bytes) {
    check(chunk);
    yield chunk;
  }
  check();
}

function countOf(cells: readonly string[], pattern: RegExp): number {
  let count = 0;
  for (const cell of cells) count += cell.match(pattern)?.length ?? 0;
  return count;
}

/** The parser's own messages repeat what stands in the cell. */
function damageIn(error: CsvError, surplus: number): string {
  const line = typeof error.lines === 'number' ? `near line ${error.lines - surplus} ` : '';
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'it ends within quotes; expected every opening quote to be closed';
    case 'CSV_MAX_RECORD_SIZE':
      return `${line}there is a row of more than 500,000 characters; expected a quote that was opened to be closed`;
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `${line}a quote stands inside a cell; expected the whole cell in quotes and quotes in it doubled`;
    default:
      return `${line}it cannot be read as CSV (${error.code})`;
  }
}
