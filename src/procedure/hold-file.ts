import type { SchoolDate } from '../domain/school-date.ts';
import { dateCell, keyCell, textCell } from '../sis/csv/cells.ts';
import { FileRefusal } from '../sis/csv/file-refusal.ts';
import { type CsvRow, readCsv } from '../sis/csv/read-csv.ts';
import { type Field, Refusal, refuse } from '../sis/shape.ts';
import type { FileRowProblem } from './file-row-problem.ts';

/** One hold as a file words it; whether it may stand is judged later. */
export interface HoldRow {
  readonly line: number;
  /** sourcedId, another id, or number. */
  readonly student: string;
  readonly kind: string;
  readonly scope: string | null;
  readonly from: SchoolDate | null;
  readonly until: SchoolDate | null;
  readonly owner: string;
  readonly reason: string;
}

export type ReadHolds =
  | { readonly kind: 'read'; readonly rows: readonly HoldRow[] }
  | { readonly kind: 'refused'; readonly problems: readonly FileRowProblem[] };

const COLUMNS = ['student', 'kind', 'scope', 'from', 'until', 'owner', 'reason'] as const;
type Column = (typeof COLUMNS)[number];
const NEEDED: readonly Column[] = ['student', 'kind', 'owner', 'reason'];

const MOST_ROWS = 5_000;

/**
 * Reads a file of holds: CSV in UTF-8 with a line of headers, in any order.
 * @throws FileRefusal when it cannot be read as a table at all
 */
export async function readHoldFile(bytes: AsyncIterable<Buffer>): Promise<ReadHolds> {
  const rows: HoldRow[] = [];
  const problems: FileRowProblem[] = [];
  let places: ReadonlyMap<Column, number> | null = null;
  let width = 0;
  for await (const row of readCsv(bytes, ',')) {
    if (places === null) {
      places = placesOf(row.cells);
      width = row.cells.length;
      continue;
    }
    if (row.cells.length !== width) {
      const found = `${row.cells.length} cells`;
      problems.push({ line: row.line, column: '', found, expected: `${width}, one for each header` });
      continue;
    }
    const read = readRow(row, places);
    if ('problem' in read) problems.push(read.problem);
    else rows.push(read.row);
    if (rows.length > MOST_ROWS) throw new FileRefusal(`it has more than ${MOST_ROWS} rows; split it`);
  }
  if (places === null)
    throw new FileRefusal('it is empty; expected a line of headers and a row for each hold');
  if (problems.length > 0) return { kind: 'refused', problems };
  if (rows.length === 0) {
    throw new FileRefusal('it has no row below its headers; holds are ended by `rollcall holds end`');
  }
  return { kind: 'read', rows };
}

/** Every header is one of ours: what is not read would be taken for said. */
function placesOf(headers: readonly string[]): ReadonlyMap<Column, number> {
  const names = headers.map((header) => header.trim().toLowerCase());
  const expected = `expected ${COLUMNS.join(', ')}`;
  names.forEach((name, index) => {
    if (!(COLUMNS as readonly string[]).includes(name)) {
      throw new FileRefusal(`line 1, column ${index + 1}: its header is not known; ${expected}`);
    }
    if (names.indexOf(name) < index) {
      throw new FileRefusal(`line 1, column ${index + 1}: its header ${name} is there twice; expected once`);
    }
  });
  const missing = NEEDED.find((column) => !names.includes(column));
  if (missing !== undefined) throw new FileRefusal(`line 1: it has no column ${missing}; ${expected}`);
  return new Map(names.map((name, index) => [name as Column, index]));
}

const told =
  (read: Field<string | null>): Field<string> =>
  (value) =>
    read(value) ?? refuse('nothing', 'text');

const READERS = {
  student: told(keyCell(200)),
  kind: told(keyCell(40)),
  scope: keyCell(20),
  from: dateCell(),
  until: dateCell(),
  owner: told(keyCell(320)),
  reason: told(textCell(500)),
} as const;

function readRow(
  { line, cells }: CsvRow,
  places: ReadonlyMap<Column, number>,
): { row: HoldRow } | { problem: FileRowProblem } {
  let column: Column = 'student';
  const cell = <T>(of: Column, read: Field<T>): T => {
    column = of;
    return read(cells[places.get(of) ?? -1]);
  };
  try {
    return {
      row: {
        line,
        student: cell('student', READERS.student),
        kind: cell('kind', READERS.kind),
        scope: cell('scope', READERS.scope),
        from: cell('from', READERS.from),
        until: cell('until', READERS.until),
        owner: cell('owner', READERS.owner),
        reason: cell('reason', READERS.reason),
      },
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problem: { line, column, found: error.found, expected: error.expected } };
  }
}
