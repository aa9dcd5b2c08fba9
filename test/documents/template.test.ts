import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadTemplates, TemplateError } from '../../src/documents/template.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rollcall-templates-'));
  await cp('templates', dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function problemsAfter(file: string, from: string, to: string): Promise<readonly string[]> {
  const path = join(dir, file);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
  try {
    await loadTemplates(dir);
  } catch (error) {
    if (error instanceof TemplateError) return error.problems;
    throw error;
  }
  return [];
}

const FIRST = 'letters/first-letter.en.md';

describe('templates', () => {
  test('the shipped ones can be used, and no translation of them is reviewed', async () => {
    const templates = await loadTemplates(dir);
    expect(templates.letterNames).toEqual([
      'first-letter',
      'first-letter-to-student',
      'first-term-letter',
      'medical-letter',
      'medical-letter-to-student',
      'second-letter',
      'third-letter',
    ]);
    expect(templates.letter('first-letter', 'es')?.reviewed).toBeNull();
  });

  test.each([
    [
      'an unknown placeholder',
      FIRST,
      '{{ student.name }}',
      '{{ student.nmae }}',
      /first-letter\.en\.md:\d+:1 {2}\{\{ student\.nmae \}\} is no placeholder; did you mean \{\{ student\.name \}\}\? Known are addressees, student\.name/,
    ],
    [
      'an unknown placeholder in the middle of a line',
      FIRST,
      'Please call {{ contact.name }} at {{ contact.phone }}',
      'Please call {{ contact.name }} at {{ phone }}',
      /first-letter\.en\.md:\d+:35 {2}\{\{ phone \}\} is no placeholder\. Known are/,
    ],
    [
      'an unknown placeholder in a subject',
      FIRST,
      'subject: "About school attendance"',
      'subject: "About {{ studnt.name }}"',
      /subject: \{\{ studnt\.name \}\} is no placeholder; did you mean \{\{ student\.name \}\}\?/,
    ],
    [
      'an unknown placeholder in a help line',
      'languages.yaml',
      'rele {{ contact.phone }}',
      'rele {{ contact.fone }}',
      /languages\.yaml: ht\.helpLine: \{\{ contact\.fone \}\} is no placeholder; did you mean/,
    ],
    [
      'a block in a sentence',
      FIRST,
      'Thank you for',
      '{{ absence.dates }} for',
      /stands in a sentence, expected it alone on its line/,
    ],
    [
      'broken braces',
      FIRST,
      '{{ student.name }}',
      '{{ student name }}',
      /found braces that make no placeholder/,
    ],
    ['template logic', FIRST, 'Thank you', '{% if x %} Thank you', /found braces that make no placeholder/],
    ['HTML', FIRST, 'Thank you', '<b>Thank</b> you', /found HTML, expected plain text/],
    ['an image', FIRST, 'Thank you', '![x](https://example.org/x.png)', /found an image/],
    [
      'a link to a script',
      FIRST,
      'Thank you',
      '[Thank](javascript:x) you',
      /found a link, expected https:, mailto: or tel:/,
    ],
    [
      'a missing required sentence',
      FIRST,
      '. Excused and unexcused absences are counted together. Every',
      '. Every',
      /required sentence "Excused and unexcused absences are counted together\." is not in the text/,
    ],
    ['no front matter', FIRST, '---\nsubject', 'subject', /found no front matter/],
    [
      'a key twice',
      FIRST,
      'version: 2',
      'version: 2\nversion: 3',
      /first-letter\.en\.md:\d+ {2}Map keys must be unique/,
    ],
    [
      'an unknown key',
      FIRST,
      'version: 2',
      'version: 2\ncolour: red',
      /first-letter\.en\.md:\d+ {2}.*colour/,
    ],
    [
      'a version that is no number',
      FIRST,
      'version: 2',
      'version: one',
      /first-letter\.en\.md:\d+ {2}version/,
    ],
    [
      'an unknown key of a language',
      'languages.yaml',
      '  copy: English copy',
      '  kopy: English copy',
      /languages\.yaml:\d+ {2}en\.kopy/,
    ],
    [
      'a language without words',
      'languages.yaml',
      '  days: días\n',
      '',
      /languages\.yaml lacks "days" for es/,
    ],
  ])('%s is refused with its place', async (_, file, from, to, message) => {
    expect((await problemsAfter(file, from, to)).join('\n')).toMatch(message);
  });

  test('everything that is wrong is told at once', async () => {
    await problemsAfter(FIRST, 'Thank you', '<b>Thank you');
    const problems = await problemsAfter(
      'letters/medical-letter.es.md',
      '{{ signature.name }}',
      '{{ name }}',
    );
    expect(problems.map((problem) => /[a-z-]+\.[a-z]{2}\.md/.exec(problem)?.[0])).toEqual([
      'first-letter.en.md',
      'medical-letter.es.md',
    ]);
  });

  test.each(['first-letter', 'medical-letter'])(
    '%s is short: under 150 words before the dates',
    async (name) => {
      for (const language of ['en', 'es']) {
        const text = await readFile(join(dir, 'letters', `${name}.${language}.md`), 'utf8');
        const [, , body = ''] = text.split(/^---$/m);
        const [letter = ''] = body.split(/^## /m);
        const words = letter.replace(/\{\{[^}]*\}\}/g, 'value').match(/[\p{L}\d]+/gu);
        expect(words?.length).toBeLessThan(150);
      }
    },
  );

  test('a language is found by its nearest name', async () => {
    const templates = await loadTemplates(dir);
    expect(templates.letter('first-letter', 'ES-mx')?.language).toBe('es');
    expect(templates.words('zh-TW')?.name).toBe('Chinese (traditional)');
    expect(templates.words('zh-CN')?.name).toBe('Chinese');
    expect(templates.words('constructor')).toBeNull();
    expect([templates.languageName('am'), templates.languageName('not a language')]).toEqual([
      'Amharic',
      'not a language',
    ]);
  });

  test('a missing mail template is named', async () => {
    await rm(join(dir, 'mails', 'digest.en.md'));
    await expect(loadTemplates(dir)).rejects.toThrow(/digest\.en\.md is missing/);
  });

  test('a translation without its English version is refused', async () => {
    await rm(join(dir, FIRST));
    await expect(loadTemplates(dir)).rejects.toThrow(/has no English version first-letter\.en\.md/);
  });
});
