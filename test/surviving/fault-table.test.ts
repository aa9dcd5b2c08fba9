import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Fault {
  readonly fault: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  readonly numbers: readonly string[];
}

const faults: readonly Fault[] = readFileSync('test/surviving/README.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!fault |-)/.test(line))
  .map((line) => {
    const [, fault = '', tests = '', asked = ''] = line.split('|').map((cell) => cell.trim());
    return {
      fault,
      tests: [...tests.matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, file = '', name = '']) => ({ file, name })),
      numbers: [...asked.matchAll(/G\d+/g)].map(([number]) => number),
    };
  });

test('each fault stands in the table once, with a test', () => {
  expect(faults.length).toBeGreaterThan(40);
  expect(new Set(faults.map(({ fault }) => fault)).size).toBe(faults.length);
  expect(faults.filter(({ tests }) => tests.length === 0)).toEqual([]);
});

test.each(faults)('$fault: its tests are there, and name what they prove', ({ tests, numbers }) => {
  const texts = tests.map(({ file, name }) => {
    const path = `test/${file}.test.ts`;
    expect([path, existsSync(path)]).toEqual([path, true]);
    const text = readFileSync(path, 'utf8');
    expect([name, text.includes(name)]).toEqual([name, true]);
    return text;
  });
  for (const number of numbers)
    expect([number, texts.some((text) => new RegExp(`['"\`](?:G\\d+, )*${number}\\b`).test(text))]).toEqual([
      number,
      true,
    ]);
});
