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
    expect(templates.letterNames).toEqual(['first-letter', 'medical-letter']);
    expect(templates.letter('first-letter', 'es')?.reviewed).toBeNull();
  });

  test.each([
    [
      'an unknown placeholder',
      FIRST,
      '{{ student.name }}',
      '{{ student.nmae }}',
      /first-letter\.en\.md:13 {2}\{\{ student\.nmae \}\} is no placeholder; known are .*student\.name/,
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
    ['an unknown key', FIRST, 'version: 1', 'version: 1\ncolour: red', /[Uu]nrecognized key/],
    ['a version that is no number', FIRST, 'version: 1', 'version: one', /version/],
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

  test('a missing mail template is named', async () => {
    await rm(join(dir, 'mails', 'digest.en.md'));
    await expect(loadTemplates(dir)).rejects.toThrow(/digest\.en\.md is missing/);
  });

  test('a translation without its English version is refused', async () => {
    await rm(join(dir, FIRST));
    await expect(loadTemplates(dir)).rejects.toThrow(/has no English version first-letter\.en\.md/);
  });
});
