import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { editorFiles } from '../../src/config/editor-schemas.ts';
import { manifestSchemaFile } from '../../src/documents/packet-manifest.ts';

const shipped = (name: string) => readFileSync(resolve('config', name), 'utf8');
const made = editorFiles(shipped('README.md'));

test.each(Object.entries(made))('config/%s is up to date; `npm run schemas` makes it', (name, content) => {
  expect(shipped(name)).toBe(content);
});

test('the schema of manifests is up to date; `npm run schemas` makes it', () => {
  expect(shipped('packet-manifest.schema.json')).toBe(manifestSchemaFile());
});

test.each(['district', 'policy'])('%s.yaml tells editors where its schema is', (name) => {
  const [first] = shipped(`${name}.yaml`).split('\n');
  expect(first).toBe(`# yaml-language-server: $schema=./${name}.schema.json`);
});

test.each(['district', 'policy'] as const)('editors see every unknown key in %s.yaml', (name) => {
  const closed: boolean[] = [];
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    if ('properties' in node)
      closed.push('additionalProperties' in node && node.additionalProperties === false);
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(JSON.parse(made[`${name}.schema.json`]));
  expect(closed.length).toBeGreaterThan(3);
  expect(closed).not.toContain(false);
});

test('every key of the README says what it means, and what holds without it', () => {
  const rows = made['README.md']
    .split('\n')
    .filter((line) => /^\| `[a-z]/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\|$/g, '').trim()));
  expect(rows.filter(([, meaning]) => meaning === '')).toEqual([]);
  const dueIn = ['School days from opening to the due date.', 'whole number, 0 to 60', '`2`'];
  expect(rows).toContainEqual(['`steps[].tasks[].dueInSchoolDays`', ...dueIn]);
  expect(rows.find(([key]) => key === '`district.timeZone`')?.at(-1)).toBe('**must be set**');
});

test('a README without the marks is refused rather than written over', () => {
  expect(() => editorFiles('# Configuration\n')).toThrow('lacks the marks around the keys of district.yaml');
});
