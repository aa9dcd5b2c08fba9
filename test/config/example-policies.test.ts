import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkPolicy } from '../../src/config/check-policy.ts';
import { districtSchema } from '../../src/config/district-schema.ts';
import { asPolicy, policySchema } from '../../src/config/policy-schema.ts';
import type { PolicySurroundings } from '../../src/config/policy-surroundings.ts';
import { readYamlFile } from '../../src/config/yaml-file.ts';
import { loadTemplates } from '../../src/documents/template.ts';

const SHIPPED = 'config/policy.yaml';
const THREE_LETTERS = 'config/examples/three-letters/policy.yaml';

const { schools, staff } = readYamlFile('config/district.yaml', districtSchema).sections;
const letters = new Map(
  readdirSync('templates/letters')
    .filter((name) => name.endsWith('.en.md'))
    .map((name) => [name.replace('.en.md', ''), readFileSync(join('templates/letters', name), 'utf8')]),
);
const surroundings: PolicySurroundings = { schools, staff, letters, schoolYear: null, hasTerms: true };

function problemsOf(path: string, changed: Partial<PolicySurroundings> = {}): string[] {
  const { problems, sections, at } = readYamlFile(path, policySchema);
  return [...problems, ...checkPolicy(sections, { ...surroundings, ...changed }, at)].map(
    ({ line, key, message }) => `${line} ${key}: ${message}`,
  );
}

describe.each([SHIPPED, THREE_LETTERS])('%s', (path) => {
  test('has nothing that contradicts itself or the district', () => expect(problemsOf(path)).toEqual([]));

  test('says in each letter what it counts', async () => {
    const templates = await loadTemplates('templates');
    const { value } = readYamlFile(path, policySchema);
    for (const { letter, window } of value?.steps ?? []) {
      if (letter === undefined) continue;
      expect(templates.letter(letter, 'en')).not.toBeNull();
      expect(letters.get(letter)).toContain(
        window === 'term' ? '** this term, as of' : '** this school year, as of',
      );
    }
  });

  test('has no step by name in the program', () => {
    const { value } = readYamlFile(path, policySchema);
    // A word of the domain may be the name of a step.
    const ids = (value?.steps ?? []).map(({ id }) => id).filter((id) => id.includes('-'));
    expect(ids.length).toBeGreaterThan(1);
    const sources = ['src', 'jobs'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.startsWith('demo'))
        .map((name) => join(folder, name)),
    );
    for (const source of sources) {
      const text = readFileSync(source, 'utf8');
      for (const id of ids) expect(text.includes(`'${id}'`) ? `${source} names ${id}` : '').toBe('');
    }
  });
});

test('the second example needs terms, and says so where the calendar has none', () => {
  expect(problemsOf(THREE_LETTERS, { hasTerms: false })).toEqual(
    [1, 2, 3].map((step) =>
      expect.stringContaining(
        `steps[${step}].window: found term, expected terms in the calendar of district.yaml: without them there is no term to count in`,
      ),
    ),
  );
});

test('the two have nothing in common but the words of a policy', () => {
  const policies = [SHIPPED, THREE_LETTERS].map((path) => {
    const { value } = readYamlFile(path, policySchema);
    if (value === null) throw new Error(`${path} cannot be read`);
    return asPolicy(value, {});
  });
  const [shipped, other] = policies.map(({ steps }) =>
    steps.flatMap(({ id, title, letter }) => [id, title, letter]),
  );
  expect(other?.filter((name) => name !== null && shipped?.includes(name))).toEqual([]);
  expect(new Set(policies.map(({ contentHash }) => contentHash)).size).toBe(2);
});

test('a letter that speaks of percent is for a step that counts in percent', () => {
  const text = letters.get('first-term-letter') ?? '';
  const withPercent = new Map(letters).set('first-term-letter', `${text}\n{{absence.percent}}\n`);
  expect(problemsOf(THREE_LETTERS, { letters: withPercent })).toEqual([
    expect.stringContaining(
      'steps[1].letter: found "first-term-letter", whose template says {{ absence.percent }}, expected one without it, or `unit: percent`: this step counts days',
    ),
  ]);
});
