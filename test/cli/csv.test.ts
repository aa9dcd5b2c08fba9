import { expect, test } from '@jest/globals';
import { csvText } from '../../src/cli/csv.ts';

test.each<[string, string | number, string]>([
  ['plain text', 'Ada', 'Ada'],
  ['a comma', 'Park, Lee', '"Park, Lee"'],
  ['a quotation mark', 'the "old" file', '"the ""old"" file"'],
  ['a line break', 'one\ntwo', '"one\ntwo"'],
  ['a number', -3, '-3'],
  ['nothing', '', ''],
  ['an equals sign', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
  ['a plus sign', '+1 303', "'+1 303"],
  ['a minus sign', '-Lee', "'-Lee"],
  ['an at sign', '@home', "'@home"],
  ['an equals sign within', 'a=b', 'a=b'],
])('a cell with %s', (_name, value, cell) => {
  expect(csvText(['it'], [[value]])).toBe(`it\r\n${cell}\r\n`);
});

test('a table without rows is its head', () => {
  expect(csvText(['student', 'step'], [])).toBe('student,step\r\n');
});
