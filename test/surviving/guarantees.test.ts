import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/** As many as are promised. */
const NUMBERS = Array.from({ length: 27 }, (_, index) => `G${index + 1}`);

interface Row {
  readonly number: string;
  readonly promise: string;
  readonly files: readonly string[];
}

const rows: readonly Row[] = promisedIn(readFileSync('README.md', 'utf8'));

test('the README promises each guarantee once, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(NUMBERS);
  for (const { promise } of rows) expect(promise).not.toBe('');
});

test('each number is in the names of tests of exactly the files that the README names for it', () => {
  const named = rows.map(({ number, files }) => `${number}: ${[...files].sort().join(', ')}`);
  const proved = provedIn('test');
  const found = NUMBERS.map((number) => `${number}: ${(proved.get(number) ?? []).sort().join(', ')}`);
  expect(named).toEqual(found);
});

function promisedIn(readme: string): Row[] {
  const section = readme.split(/^## /m).find((text) => text.startsWith('What is promised')) ?? '';
  const cells = section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return cells.slice(2).map(([, number = '', promise = '', , proof = '']) => ({
    number,
    promise,
    files: [...proof.matchAll(/\]\((test\/[^)]+)\)/g)].map(([, file = '']) => file),
  }));
}

/** The files of tests by the numbers that the names of their tests begin with. */
function provedIn(folder: string): Map<string, string[]> {
  const proved = new Map<string, string[]>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.test.ts')) continue;
    const file = join(folder, name);
    const titles = readFileSync(file, 'utf8').matchAll(/['"`](G\d+(?:, G\d+)*): /g);
    const numbers = new Set([...titles].flatMap(([, list = '']) => list.split(', ')));
    for (const number of numbers) proved.set(number, [...(proved.get(number) ?? []), file]);
  }
  return proved;
}
