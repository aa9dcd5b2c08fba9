import type { RowProblem } from '../../domain/sis-records.ts';
import { clean } from '../clean.ts';
import type { FieldDoubt } from '../oneroster/careful.ts';
import { readRows } from '../oneroster/read-rows.ts';
import { type Field, shape } from '../shape.ts';
import type { CsvRow } from './read-csv.ts';
import type { Header } from './resolve-header.ts';

type Cells<C extends string> = Readonly<Partial<Record<C, string>>>;

export interface CellReader<C extends string, T> {
  /** `attendances`. */
  readonly collection: string;
  readonly file: string;
  readonly header: Header<C>;
  /** Reads the cells of one row, by our names of the columns. */
  readonly schema: Field<T>;
  /** Leaves out the cells that do not matter in this row. */
  readonly arrange?: (cells: Cells<C>) => Cells<C>;
  /** Cells that could not be read and cost less than their row, by our names of the columns. */
  readonly doubtsIn?: (read: T) => readonly FieldDoubt[];
}

/** Reads rows of a file; what one row lacks costs that row only and is told by file, line and header. */
export function readRecords<C extends string, T>(
  rows: readonly CsvRow[],
  { collection, file, header, schema, arrange = (cells) => cells, doubtsIn = () => [] }: CellReader<C, T>,
): { records: T[]; problems: RowProblem[] } {
  const placeOf = (row: CsvRow) => `${clean(file, 120)} line ${row.line}`;
  const whole = rows.filter((row) => row.cells.length === header.width);
  const uneven = rows.filter((row) => row.cells.length !== header.width);
  // `sourcedId` names the row in a problem, and a cell's content has no place there.
  const named = whole.map((row) => ({ sourcedId: placeOf(row), cells: arrange(header.cellsOf(row.cells)) }));
  const read = readRows(collection, named, {
    schema: shape({ cells: schema }),
    map: ({ cells }) => cells,
    doubtsIn: ({ cells }) => doubtsIn(cells),
  });
  return {
    records: read.records,
    problems: [
      ...read.problems.map((problem) => ({ ...problem, field: headerOf(problem.field, header) })),
      ...uneven.map((row) => ({
        collection,
        row: placeOf(row),
        field: '',
        found: `${row.cells.length} cells`,
        expected: `${header.width} cells, one for each header`,
      })),
    ],
  };
}

/** `cells.date` → what the file calls the date. */
function headerOf<C extends string>(path: string, header: Header<C>): string {
  return header.nameOf(path.replace(/^cells\./, '') as C);
}
