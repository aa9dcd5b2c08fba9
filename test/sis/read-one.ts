import { type RowReader, readRows } from '../../src/sis/oneroster/read-rows.ts';

/** The record of one row. @throws the problem of a row that cannot be used */
export function readOne<Wire, T>(reader: RowReader<Wire, T>, row: unknown): T {
  const { records, problems } = readRows('rows', [row], reader);
  if (problems[0] !== undefined) throw problems[0];
  if (records.length === 0) throw new Error('the row is none of ours');
  return records[0] as T;
}

/** What is said of a row that cannot be used. */
export function complaint(read: () => unknown): string {
  try {
    return `read ${JSON.stringify(read())}`;
  } catch (error) {
    const { field, found, expected } = error as { field: string; found: string; expected: string };
    return `${field}: ${found}, ${expected}`;
  }
}
