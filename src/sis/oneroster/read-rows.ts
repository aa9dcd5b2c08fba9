import type { RowProblem } from '../../domain/sis-records.ts';
import { type Field, Refusal } from '../shape.ts';
import { doubtOf, type FieldDoubt } from './careful.ts';
import { idOf, isRow, kindOf } from './wire-fields.ts';

type Row = Readonly<Record<string, unknown>>;

/** How one row becomes a record: its shape, and what is made of it. */
export interface RowReader<Wire, T> {
  readonly schema: Field<Wire>;
  /** False for a row that is none of ours, so that its faults are none of ours either. */
  readonly concerns?: (row: Row) => boolean;
  /** Puts what this server keeps elsewhere where the schema looks for it. */
  readonly arrange?: (row: Row) => Row;
  readonly map: (wire: Wire) => T;
  /** Fields that could not be read and cost less than their row. */
  readonly doubtsIn?: (wire: Wire) => readonly FieldDoubt[];
}

/**
 * Reads every row of a page; what one row lacks costs that row only, and is told by the first field that cannot be read.
 * @returns of the digests, if any, those of the records
 */
export function readRows<Wire, T>(
  collection: string,
  rows: readonly unknown[],
  { schema, concerns = () => true, arrange = (row) => row, map, doubtsIn = () => [] }: RowReader<Wire, T>,
  digests: readonly Uint8Array[] = [],
): { records: T[]; problems: RowProblem[]; digests: (Uint8Array | null)[] } {
  const records: T[] = [];
  const kept: (Uint8Array | null)[] = [];
  const problems: RowProblem[] = [];
  rows.forEach((row, index) => {
    if (!isRow(row)) {
      problems.push({
        collection,
        row: placeOf(index),
        field: '',
        found: kindOf(row),
        expected: 'an object',
      });
      return;
    }
    if (!concerns(row)) return;
    const arranged = arrange(row);
    const read = readRow(schema, arranged);
    const of = { collection, row: idOf(arranged.sourcedId) ?? placeOf(index) };
    if (read instanceof Refusal) {
      problems.push({ ...of, ...doubtOf(read) });
      return;
    }
    const told = doubtsIn(read);
    for (const doubt of told) problems.push({ ...of, ...doubt, rowKept: true });
    records.push(map(read));
    const digest = digests[index];
    // A row that is in doubt is told every time that it comes.
    if (digest !== undefined) kept.push(told.length === 0 ? digest : null);
  });
  return { records, problems, digests: kept };
}

function placeOf(index: number): string {
  return `#${index + 1}`;
}

function readRow<Wire>(schema: Field<Wire>, row: Row): Wire | Refusal {
  try {
    return schema(row);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
