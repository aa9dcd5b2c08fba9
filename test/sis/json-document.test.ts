import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readJsonDocument } from '../../src/sis/json-document.ts';

const read = (text: string) => readJsonDocument(Buffer.from(text, 'utf8'));

function rowsOf(text: string, ...keys: string[]): unknown[] | null {
  const rows = keys.length === 0 ? read(text).rowsAtRoot() : read(text).rowsUnder(keys);
  return rows === null ? null : Array.from({ length: rows.length }, (_, index) => rows.parse(index));
}

const json = fc.jsonValue({ maxDepth: 4, noneString: false } as fc.JsonSharedConstraints);
const blank = fc.stringMatching(/^[ \n\r\t]{0,3}$/);

describe('the rows of a document', () => {
  test('are what JSON.parse finds there, whatever stands in them and around them', () => {
    fc.assert(
      fc.property(fc.array(json), json, blank, fc.constantFrom(0, 1, 2), (rows, other, space, indent) => {
        const text = `${space}${JSON.stringify({ before: other, users: rows, after: other }, null, indent)}${space}`;
        expect(rowsOf(text, 'users')).toEqual(JSON.parse(text).users);
        expect(read(text).value()).toEqual(JSON.parse(text));
      }),
    );
  });

  test('of a list at the root are its elements', () => {
    fc.assert(
      fc.property(fc.array(json), (rows) => {
        expect(rowsOf(JSON.stringify(rows))).toEqual(JSON.parse(JSON.stringify(rows)));
      }),
    );
  });

  test.each([
    ['one object instead of a list', '{"user": {"a": 1}}', [{ a: 1 }]],
    ['the second key, where the first has no list', '{"users": null, "user": [1]}', [1]],
    ['the last of two equal keys', '{"users": [1], "users": [2]}', [2]],
    ['a key with escapes', '{"u\\u0073ers": [1]}', [1]],
    ['brackets and quotes in texts', '{"users": [{"a": "]}\\"[{"}, "x,y"]}', [{ a: ']}"[{' }, 'x,y']],
    ['nothing', '{"users": []}', []],
  ])('%s', (_name, text, expected) => {
    expect(rowsOf(text, 'users', 'user')).toEqual(expected);
  });

  test.each(['{"users": "none"}', '{"users": 3}', '{}', '[]', '"users"', 'null'])(
    'are not found in %s',
    (text) => {
      expect(rowsOf(text, 'users')).toBeNull();
    },
  );

  test('keep their bytes, blanks and all', () => {
    const rows = read('{"users": [ {"a" : 1} ,{"é":2}]}').rowsUnder(['users']);
    expect(rows?.bytes(0).toString()).toBe('{"a" : 1}');
    expect(rows?.bytes(1).toString()).toBe('{"é":2}');
  });
});

describe('half a document', () => {
  test('is none, wherever it was cut', () => {
    const whole = JSON.stringify({ users: [{ name: 'Ng "A" \\', grades: ['01'] }, null, 4.5e3], total: 2 });
    for (let end = 0; end < whole.length; end += 1) {
      expect(() => read(whole.slice(0, end))).toThrow(SyntaxError);
    }
  });

  test.each([
    '{"users": [1 2]}',
    '{"users": [1,, 2]}',
    '{"users" [1]}',
    '{users: [1]}',
    '{"users": [1]} more',
    '{"users": [1]]',
    '<html></html>',
    '{"users": [nil]}',
  ])('%s is none either', (text) => {
    expect(() => read(text)).toThrow(SyntaxError);
  });

  test('a row that is no JSON inside is told when it is read', () => {
    expect(() => rowsOf('{"users": [{"a": 1}, {"a" 2}]}', 'users')).toThrow(SyntaxError);
  });
});
