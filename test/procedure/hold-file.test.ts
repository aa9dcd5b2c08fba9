import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { refusalWords } from '../../src/cli/holds.ts';
import { readHoldFile } from '../../src/procedure/hold-file.ts';

const HEAD = 'student,kind,scope,from,until,owner,reason';
const read = (text: string | Buffer) => readHoldFile(Readable.from([Buffer.from(text as string)]));

test('rows are read whatever the order of the columns, and what is left out stays open', async () => {
  const file =
    '\ufeffReason,student,KIND,owner,until\r\n"cares for ""Bo"", since May",204,illness-plan,counselor,12/01/2026\r\n';
  expect(await read(file)).toEqual({
    kind: 'read',
    rows: [
      {
        line: 2,
        student: '204',
        kind: 'illness-plan',
        scope: null,
        from: null,
        until: '2026-12-01',
        owner: 'counselor',
        reason: 'cares for "Bo", since May',
      },
    ],
  });
});

describe('a file that is no table of holds is refused as a whole', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['empty', '', /it is empty/],
    ['headers only', `${HEAD}\n`, /no row below its headers/],
    [
      'a header that is none of ours',
      'student,kind,owner,reason,note\n',
      /line 1, column 5: its header is not known; expected student, kind/,
    ],
    ['semicolons', 'student;kind;owner;reason\n', /line 1, column 1: its header is not known/],
    [
      'a header twice',
      'student,kind,owner,reason,Kind\n',
      /line 1, column 5: its header kind is there twice/,
    ],
    ['a column missing', 'student,kind,reason\n', /line 1: it has no column owner/],
    ['no UTF-8', Buffer.from([0x73, 0xff, 0x0a]), /not UTF-8/],
    ['an open quote', `${HEAD}\n204,"illness-plan,,,,counselor,x\n`, /ends within quotes/],
  ])('%s', async (_, file, message) => {
    await expect(read(file)).rejects.toThrow(message);
  });
});

describe('a row that cannot be used is told by line and column, without what stands in it', () => {
  test.each<[string, string, string, string]>([
    ['too few cells', '204,illness-plan', '', '2 cells'],
    ['no student', ',illness-plan,,,,counselor,x', 'student', 'nothing'],
    ['a formula for a student', '=1+1,illness-plan,,,,counselor,x', 'student', 'a formula'],
    ['no kind', '204,,,,,counselor,x', 'kind', 'nothing'],
    ['no date', '204,illness-plan,,2026-13-01,,counselor,x', 'from', 'no date of the calendar'],
    [
      'a date that does not exist',
      '204,illness-plan,,,2026-02-30,counselor,x',
      'until',
      'no date of the calendar',
    ],
    ['no owner', '204,illness-plan,,,,,x', 'owner', 'nothing'],
    ['no reason', '204,illness-plan,,,,counselor,', 'reason', 'nothing'],
    ['a reason without end', `204,illness-plan,,,,counselor,${'x'.repeat(501)}`, 'reason', '501 characters'],
  ])('%s', async (_, row, column, found) => {
    const answer = await read(`${HEAD}\n300,illness-plan,,,,counselor,fine\n${row}\n`);
    expect(answer).toMatchObject({ kind: 'refused', problems: [{ line: 3, column, found }] });
  });
});

test('all problems are told, in the order of the file, the first twenty in words', () => {
  const problem = (line: number) => ({
    line,
    column: 'kind',
    found: 'another word',
    expected: 'one of illness-plan',
    told: 'ilness-plan',
    known: ['illness-plan'],
  });
  const words = refusalWords(
    'holds.csv',
    Array.from({ length: 22 }, (_, index) => problem(30 - index)),
  );
  expect(words.split('\n')).toHaveLength(22);
  expect(words).toContain('Nothing was imported: the file has 22 problems:');
  expect(words).toContain(
    '  holds.csv:9 kind: found another word, expected one of illness-plan; did you mean "illness-plan"?',
  );
  expect(words).toContain('… and 2 more');
});
