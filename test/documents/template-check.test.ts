import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { englishSyllables, readingEase, spanishSyllables } from '../../src/documents/reading-ease.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import { checkTemplates, type TemplateFinding } from '../../src/documents/template-check.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rollcall-templates-'));
  await cp('templates', dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function change(file: string, from: string, to: string): Promise<void> {
  const path = join(dir, file);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replaceAll(from, to));
}

async function findingsIn(file: string): Promise<TemplateFinding[]> {
  const { findings } = await checkTemplates(dir);
  return findings.filter(({ path }) => path === join(dir, file));
}

const ENGLISH = 'letters/first-letter.en.md';
const SPANISH = 'letters/first-letter.es.md';
const HARD =
  'Notwithstanding considerable administrative difficulties, educational institutions systematically accumulate comprehensive documentation regarding individual absenteeism, necessitating immediate parental collaboration.';

describe('what is checked', () => {
  test('the shipped templates have no errors, are short and easy to read', async () => {
    const { findings, measures } = await checkTemplates(dir);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(findings.map(({ message }) => message).filter((message) => !/review/.test(message))).toEqual([]);
    expect(measures.length).toBeGreaterThanOrEqual(11);
    for (const { path, reading } of measures)
      expect({ path, easy: reading?.easy }).toEqual({ path, easy: true });
  });

  test.each([
    [
      'no student',
      ENGLISH,
      '{{ student.name }}',
      'Your child',
      'error',
      8,
      /says nowhere \{\{ student\.name \}\} or/,
    ],
    [
      'no count',
      ENGLISH,
      '{{ absence.count }}',
      'often',
      'error',
      8,
      /absence\.count \}\} or \{\{ absence\.percent/,
    ],
    ['nobody to call', ENGLISH, '{{ contact.phone }}', 'the school', 'warning', 8, /contact\.phone \}\} or/],
    ['no dates', ENGLISH, '{{ absence.dates }}', '', 'warning', 8, /says nowhere \{\{ absence\.dates \}\}/],
    [
      'an unknown placeholder',
      ENGLISH,
      '{{ student.name }}',
      '{{ student.nam }}',
      'error',
      13,
      /did you mean/,
    ],
    [
      'no required sentence',
      ENGLISH,
      'are counted together. Every',
      'Every',
      'error',
      null,
      /required sentence/,
    ],
    [
      'a translation that says less',
      SPANISH,
      '{{ contact.name }}',
      'la oficina',
      'warning',
      8,
      /contact\.name \}\}, which the English letter says/,
    ],
    [
      'fewer required sentences',
      SPANISH,
      'requiredSentences:\n  - "Las ausencias justificadas y las injustificadas se cuentan juntas."\n',
      '',
      'warning',
      1,
      /names 0 required sentences, and the English letter 1/,
    ],
    [
      'no name in a form',
      'forms/contract-form.en.md',
      '{{ signatures }}',
      '',
      'error',
      6,
      /says nowhere \{\{ signatures \}\}/,
    ],
  ] as const)('%s', async (_, file, from, to, severity, line, message) => {
    await change(file, from, to);
    const found = await findingsIn(file);
    const one = found.find((finding) => message.test(finding.message));
    expect(one).toMatchObject({ severity });
    if (line !== null) expect(one?.line).toBe(line);
  });

  test('a text that is too long, or too hard, is warned of', async () => {
    const path = join(dir, ENGLISH);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('Thank you', `${`${HARD} `.repeat(8)}\n\nThank you`));
    const messages = (await findingsIn(ENGLISH)).map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringMatching(/^has \d{3} words before the dates, expected at most 150$/),
      expect.stringMatching(/^is hard to read: grade \d+\.\d by Flesch-Kincaid, expected grade 8 or below$/),
    ]);
  });

  test('a translation behind its English letter is named at its version', async () => {
    await change(ENGLISH, 'version: 2', 'version: 3');
    const found = await findingsIn(SPANISH);
    expect(found).toContainEqual({
      severity: 'warning',
      path: join(dir, SPANISH),
      line: 3,
      message:
        'is version 2, and the English letter is version 3: it is not sent until what has changed is translated and it is raised',
    });
  });

  test('a review ends the warning, of letters and of help lines', async () => {
    expect((await findingsIn(SPANISH)).map(({ message }) => message)).toEqual([
      expect.stringContaining('nobody of the district has reviewed it'),
    ]);
    await change(
      SPANISH,
      'version: 2\n',
      'version: 2\nreviewed: { by: "Language office", on: 2026-08-01 }\n',
    );
    expect(await findingsIn(SPANISH)).toEqual([]);
    const before = await findingsIn('languages.yaml');
    await change('languages.yaml', 'reviewed: null', 'reviewed: { by: "Language office", on: 2026-08-01 }');
    expect([before.length, (await findingsIn('languages.yaml')).length]).toEqual([10, 0]);
  });

  test('a copy of the templates from before there were notices and forms goes on', async () => {
    await rm(join(dir, 'notices'), { recursive: true });
    await rm(join(dir, 'forms'), { recursive: true });
    const templates = await loadTemplates(dir);
    expect(templates.notice('correction-letter', 'en')).toBeNull();
    expect(templates.form('contract-form', 'en')).toBeNull();
  });

  test('a form without its words is refused', async () => {
    await appendFile(join(dir, 'languages.yaml'), 'fr:\n  name: French\n  days: jours\n');
    await cp(join(dir, 'forms/contract-form.en.md'), join(dir, 'forms/contract-form.fr.md'));
    await expect(loadTemplates(dir)).rejects.toThrow(
      /contract-form\.fr\.md: languages\.yaml lacks "contract" for fr/,
    );
  });
});

describe('reading ease', () => {
  test.each([
    ['cat', 1],
    ['school', 1],
    ['absent', 2],
    ['together', 3],
    ['excused', 2],
    ['document', 3],
    ['table', 2],
    ['the', 1],
    ['interpreter', 4],
    ['attendance', 3],
    ['needed', 2],
    ['called', 1],
    ['dates', 1],
  ])('%s has %i syllables in English', (word, count) => {
    expect(englishSyllables(word)).toBe(count);
  });

  test.each([
    ['sol', 1],
    ['escuela', 3],
    ['ausencia', 3],
    ['día', 2],
    ['días', 2],
    ['que', 1],
    ['leer', 2],
    ['injustificadas', 6],
    ['ciudad', 2],
    ['guerra', 2],
    ['muy', 1],
    ['pingüino', 3],
  ])('%s has %i syllables in Spanish', (word, count) => {
    expect(spanishSyllables(word)).toBe(count);
  });

  test('follows the formulas', () => {
    // 6 words in 2 sentences, 7 syllables: 0.39 · 3 + 11.8 · 7/6 − 15.59.
    expect(readingEase(['The cat sat.', 'It was happy.'], 'en')?.found).toBe('grade -0.7');
    // 4 words in one sentence, 7 syllables: 206.84 − 60 · 7/4 − 1.02 · 4.
    expect(readingEase(['La escuela es buena.'], 'es')?.found).toBe('ease 97.8');
    expect(readingEase(['Bonjour.'], 'fr')).toBeNull();
  });
});
