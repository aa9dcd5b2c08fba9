import { describe, expect, test } from '@jest/globals';
import {
  active,
  carefulFlag,
  date,
  idOf,
  list,
  lookUp,
  minutes,
  reference,
  references,
  requiredId,
  requiredReference,
  requiredText,
  text,
} from '../../src/sis/oneroster/wire-fields.ts';
import { type Field, shape } from '../../src/sis/shape.ts';
import { complaint, readOne } from './read-one.ts';
import { PAYLOAD } from './sis-server.ts';

/** Reads a field of a row, `value` where nothing else is said. */
const as =
  <T>(schema: Field<T>, name = 'value') =>
  (value: unknown) =>
    readIn(schema, name, { [name]: value });

function readIn<T>(schema: Field<T>, name: string, row: object): T {
  return readOne({ schema: shape({ [name]: schema }), map: (read) => read[name] as T }, row);
}

describe('a field', () => {
  test.each([
    ['text', 'x', 'x'],
    ['a number', 7, '7'],
    ['zero', 0, '0'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['null', null, null],
    ['empty', '', null],
    ['blank', '  \t', null],
  ])('textOf %s', (_name, value, expected) => {
    expect(as(text())(value)).toBe(expected);
  });

  test('that is missing or inherited is nothing', () => {
    expect(readIn(text(), 'value', {})).toBeNull();
    expect(
      readIn(
        list((one) => one),
        'value',
        {},
      ),
    ).toEqual([]);
    expect(lookUp({}, 'constructor')).toBeUndefined();
    expect(lookUp({}, '__proto__')).toBeUndefined();
    expect(lookUp({ a: {} }, 'a.toString')).toBeUndefined();
  });

  test.each([
    ['an object', { a: PAYLOAD }, 'value: an object, text'],
    ['a list', [PAYLOAD], 'value: a list, text'],
    ['huge', 'x'.repeat(20_001), 'value: 20001 characters, at most 20,000'],
  ])('%s is no text', (_name, value, said) => {
    expect(complaint(() => as(text())(value))).toBe(said);
  });

  test('is cleaned and capped', () => {
    expect(as(text())('\u202Ea\u0000b')).toBe('a b');
    expect(as(text())('y'.repeat(20_000))).toHaveLength(200);
  });

  test('that is required says so', () => {
    expect(complaint(() => as(requiredText(), 'name')(' '))).toBe('name: nothing, text');
  });

  test.each([
    ['0', 0],
    ['240', 240],
    [240, 240],
    ['240.00', 240],
    [1440, 1440],
    ['', null],
    ['   ', null],
    [null, null],
    [undefined, null],
  ])('minutes %p are %p: an empty text is never 0', (value, expected) => {
    expect(as(minutes())(value)).toBe(expected);
  });

  test.each([-1, '1e2', '0x10', '12,5', 12.5, 1441, '1441', true, 'Infinity', '１２'])(
    'minutes %p are refused',
    (value) => {
      expect(complaint(() => as(minutes())(value))).toBe('value: another value, minutes from 0 to 1440');
    },
  );

  test.each([
    ['2026-09-14', '2026-09-14'],
    ['2026-09-14T00:00:00.000Z', '2026-09-14'],
    ['2026-09-14T23:59:59-07:00', '2026-09-14'],
    ['2026-09-14 08:00', '2026-09-14'],
    ['2028-02-29', '2028-02-29'],
    ['', null],
    [null, null],
  ])('the date %p is %p', (value, expected) => {
    expect(as(date())(value)).toBe(expected);
  });

  test.each([
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '0000-00-00',
    '09/14/2026',
    '2026-9-4',
    20260914,
    '2026-09-14x',
    '2026-09-145',
    true,
  ])('the date %p is refused', (value) => {
    expect(complaint(() => as(date())(value))).toBe('value: no date of the calendar, YYYY-MM-DD');
  });

  test.each([
    [true, true],
    ['TRUE', true],
    [1, true],
    ['1', true],
    ['Yes', true],
    ['y', true],
    [false, false],
    ['false', false],
    [0, false],
    ['No', false],
    ['n', false],
    ['', null],
    [null, null],
  ])('the flag %p is %p', (value, expected) => {
    expect(as(carefulFlag(true))(value)).toEqual({ told: expected, doubt: null });
  });

  test.each(['maybe', 2, 'on', '-'])('the flag %p cannot be read and is on the safe side', (value) => {
    const doubt = { field: '', found: 'another word', expected: 'true or false' };
    expect(as(carefulFlag(true))(value)).toEqual({ told: true, doubt });
    expect(as(carefulFlag(false))(value)).toEqual({ told: false, doubt });
  });

  test.each([
    ['a-1', 'a-1'],
    [' a-1 ', 'a-1'],
    [12345, '12345'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), null],
    ['', null],
    [' ', null],
    [null, null],
    [true, null],
    [{}, null],
    ['a\u0000b', null],
    ['a\nb', null],
    ['\u202Ea', null],
    ['a  b', null],
  ])('the id %p is %p', (value, expected) => {
    expect(idOf(value)).toBe(expected);
  });

  test.each([
    [undefined, 'sourcedId: nothing, an id of at most 200 characters'],
    ['', 'sourcedId: nothing, an id of at most 200 characters'],
    [['a'], 'sourcedId: a list, an id of at most 200 characters'],
    ['a\u202Eb', 'sourcedId: a string, an id of at most 200 characters'],
    [true, 'sourcedId: a boolean, an id of at most 200 characters'],
  ])('the required id %p says "%s"', (sourcedId, said) => {
    expect(complaint(() => as(requiredId(), 'sourcedId')(sourcedId))).toBe(said);
  });

  test.each([
    [{ sourcedId: 'o1', href: 'x', type: 'org' }, 'o1'],
    [{ sourcedId: 5 }, '5'],
    ['o1', 'o1'],
    [7, '7'],
    [{}, null],
    [null, null],
    [[{ sourcedId: 'o1' }], null],
  ])('the reference %p is %p', (org, expected) => {
    expect(as(reference())(org)).toBe(expected);
  });

  test('a reference that is required says so', () => {
    expect(complaint(() => as(requiredReference(), 'org')({}))).toBe(
      'org: an object, a reference with a sourcedId',
    );
  });

  test.each([
    [{ a: 1 }, [{ a: 1 }]],
    [
      [{ a: 1 }, null, 'x', [1], { b: 2 }],
      [{ a: 1 }, { b: 2 }],
    ],
    [null, []],
    [undefined, []],
    ['x', []],
  ])('the list %p is %p', (value, expected) => {
    expect(as(list((one) => one))(value)).toEqual(expected);
  });

  test('a list that is too long is refused, not cut in silence', () => {
    const entries = (length: number) => Array.from({ length }, (_, index) => ({ sourcedId: index }));
    expect(as(list((one) => one))(entries(1_000))).toHaveLength(1_000);
    expect(complaint(() => as(list((one) => one))(entries(1_001)))).toBe(
      'value: a list of 1001, at most 1,000',
    );
    expect(complaint(() => as(references())(entries(5_000)))).toBe('value: a list of 5000, at most 1,000');
  });

  test('an entry of a list that cannot be used is named by its place', () => {
    const roles = list(shape({ beginDate: date() }));
    expect(complaint(() => as(roles)([{}, { beginDate: '2026-02-30' }]))).toBe(
      'value.1.beginDate: no date of the calendar, YYYY-MM-DD',
    );
  });

  test('references in a list may be bare ids; what is none is left out, and each comes once', () => {
    expect(as(references())([{ sourcedId: 'g1' }, 'g2', 7, { sourcedId: 'g1' }, null, {}, ''])).toEqual([
      'g1',
      'g2',
      '7',
    ]);
    expect(as(references())({ sourcedId: 'g1' })).toEqual(['g1']);
    expect(as(references())(null)).toEqual([]);
  });

  test.each([2 ** 53, 1.5, Number.NaN, -0.5])(
    'the number %p is no id: digits may be lost, and two people would share what is left',
    (value) => {
      expect(idOf(value)).toBeNull();
    },
  );

  test('is found by its exact name first, then by its path', () => {
    expect(lookUp({ 'a.b': 1, a: { b: 2 } }, 'a.b')).toBe(1);
    expect(lookUp({ a: { b: 2 } }, 'a.b')).toBe(2);
    expect(lookUp({ a: [{ b: 2 }] }, 'a.b')).toBeUndefined();
  });

  test.each([
    [undefined, true],
    ['', true],
    ['active', true],
    ['ACTIVE', true],
    ['tobedeleted', false],
    ['ToBeDeleted', false],
    ['inactive', false],
  ])('status %p is active: %p', (status, expected) => {
    expect(as(active())(status)).toBe(expected);
  });
});
