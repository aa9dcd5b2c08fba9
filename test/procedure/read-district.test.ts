import { describe, expect, test } from '@jest/globals';
import type { RecordPage, RowProblem } from '../../src/domain/sis-records.ts';
import { Reading } from '../../src/procedure/read-district.ts';

const problem = (row: string, rowKept?: true): RowProblem => ({
  collection: 'x',
  row,
  field: 'f',
  found: 'a list',
  expected: 'text',
  ...(rowKept && { rowKept }),
});
const times = <T>(count: number, make: (place: number) => T) =>
  Array.from({ length: count }, (_, place) => make(place));

async function doubt(
  collection: string,
  { good, leftOut = 0, kept = 0 }: { good: number; leftOut?: number; kept?: number },
  changesOnly = false,
) {
  async function* pages(): AsyncGenerator<RecordPage<number>> {
    yield {
      records: times(good + kept, (place) => place),
      problems: [
        ...times(leftOut, (place) => problem(`left-out-${place}`)),
        // Two fields of one row.
        ...times(kept, (place) => problem(`kept-${place}`, true)),
        ...times(kept, (place) => problem(`kept-${place}`, true)),
      ],
      repeated: 0,
    };
  }
  const reading = new Reading();
  await reading.all(collection, pages(), async () => undefined);
  return reading.doubt(changesOnly)?.reason ?? null;
}

const words = (invalid: number, all: number, collection: string) =>
  `${invalid} of ${all} rows of ${collection} are invalid; up to 5 % would be passed over one by one`;

describe('a collection of which much cannot be read is broken', () => {
  test.each<[string, string, { good: number; leftOut?: number; kept?: number }, string | null]>([
    ['one row of a few says nothing', 'attendanceCodes', { good: 11, leftOut: 1 }, null],
    ['a handful says nothing', 'students', { good: 20, leftOut: 9 }, null],
    ['from ten on the share counts', 'students', { good: 20, leftOut: 10 }, words(10, 30, 'students')],
    ['5 % are left out one by one', 'students', { good: 190, leftOut: 10 }, null],
    ['more than 5 % stop', 'students', { good: 189, leftOut: 10 }, words(10, 199, 'students')],
    [
      'nothing left stops, however few',
      'attendanceCodes',
      { good: 0, leftOut: 3 },
      words(3, 3, 'attendanceCodes'),
    ],
    ['each school counts', 'schools', { good: 11, leftOut: 1 }, words(1, 12, 'schools')],
    ['each session counts', 'academicSessions', { good: 3, leftOut: 1 }, words(1, 4, 'academicSessions')],
    [
      'a row with two odd fields is one row, and no row more',
      'guardians',
      { good: 189, kept: 10 },
      words(10, 199, 'guardians'),
    ],
    ['rows that are used are not nothing', 'guardians', { good: 0, kept: 3 }, null],
  ])('%s', async (_name, collection, rows, expected) => {
    expect(await doubt(collection, rows)).toBe(expected);
  });

  test('of a read of changes one odd row may be all', async () => {
    expect(await doubt('students', { good: 0, leftOut: 1 }, true)).toBeNull();
    expect(await doubt('students', { good: 0, leftOut: 10 }, true)).toBe(words(10, 10, 'students'));
  });
});
