import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CommandResult, runRollcall } from '../support/command-line.ts';
import { readPdf } from '../support/pdf.ts';
import { aPng } from '../support/pictures.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rollcall-templates-'));
  await cp('config', home, { recursive: true });
  await cp('templates', join(home, 'templates'), { recursive: true });
  await writeFile(join(home, 'logo.png'), aPng(60, 30));
  const path = join(home, 'district.yaml');
  const text = await readFile(path, 'utf8');
  const logo = '  logo: { file: logo.png, alt: A river }\n';
  await writeFile(path, `${text.replace('  address:\n', `${logo}  address:\n`)}\ntemplates: ./templates\n`);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const templates = (...words: string[]): Promise<CommandResult> =>
  runRollcall(['--config', home, '--data', join(home, 'data'), 'templates', ...words], {});

test('warnings alone end well, and count with --strict', async () => {
  const { code, out, err } = await templates('check');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/letters\/first-letter\.en\.md +2 +\d+ +grade \d\.\d \(Flesch-Kincaid\) +needs none/);
  expect(out).toMatch(/^warning .*first-letter\.es\.md:1 {2}nobody of the district has reviewed it/m);
  expect(out).toMatch(/^0 errors, 18 warnings$/m);
  expect((await templates('check', '--strict')).code).toBe(1);
});

test('an error ends with 1 and has its file and line, as text, CSV and JSON', async () => {
  const path = join(home, 'templates/letters/second-letter.en.md');
  const text = await readFile(path, 'utf8');
  await writeFile(
    path,
    text.replace('{{ contact.name }}', '{{ contact.nam }}').replace('Dear', '{{ dear }}'),
  );
  try {
    const { code, out } = await templates();
    expect(code).toBe(1);
    expect(out).toMatch(
      /^error {3}.*second-letter\.en\.md:\d+ {2}\{\{ contact\.nam \}\} is no placeholder; did you mean/m,
    );
    expect(out).toMatch(/^2 errors, 18 warnings$/m);
    const csv = (await templates('check', '--csv')).out.split('\r\n');
    expect(csv[0]).toBe('severity,file,line,finding');
    expect(csv.filter((line) => line.startsWith('error,'))).toHaveLength(2);
    const json = JSON.parse((await templates('check', '--json')).out);
    expect(json.findings.filter((one: { severity: string }) => one.severity === 'error')).toHaveLength(2);
    expect(json.measures[0]).toMatchObject({ reviewed: null, reading: { measure: 'Flesch-Kincaid' } });
  } finally {
    await writeFile(path, text);
  }
});

test('a preview shows every sample of a template as PDF, HTML and text, translations that wait for review too', async () => {
  const dir = join(home, 'preview');
  const { code, out, err } = await templates(
    'preview',
    'first-letter',
    '--out',
    dir,
    '--as-of',
    '2026-10-06',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const files = await readdir(dir);
  expect(out).toContain(`${files.length} files are in`);
  const samples = [...new Set(files.map((file) => file.split('.')[1]))];
  for (const sample of [
    'plain',
    'long-names',
    'thirty-dates',
    'household-1',
    'household-2',
    'right-to-left-name',
  ])
    expect(samples).toContain(sample);
  for (const language of ['ar', 'es', 'hmn', 'ht', 'pt', 'ru', 'so', 'vi', 'zh', 'zh-hant'])
    expect(samples).toContain(`language-${language}`);
  expect(files).toHaveLength(samples.length * 3);
  const read = (name: string) => readFile(join(dir, `first-letter.${name}`));
  expect(String(await read('language-es.txt'))).toContain('Estimada familia');
  const thirty = await readPdf(await read('thirty-dates.pdf'));
  expect(thirty.pages).toHaveLength(2);
  expect(thirty.pages[0]?.roles).toContain('Figure');
  expect(String(await read('household-1.txt'))).not.toContain('Other');
  expect((await readPdf(await read('household-2.pdf'))).text).not.toContain('1 Sample Street');
});

test('a preview shows an invitation as it is mailed and as it is handed over', async () => {
  const dir = join(home, 'invitations');
  const given = ['preview', 'meeting-invitation', '--out', dir, '--as-of', '2026-10-06'];
  const { code, err } = await templates(...given);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const read = (name: string) => readFile(join(dir, `meeting-invitation.${name}`));
  const text = String(await read('language-es.txt'));
  expect(text).toContain('martes, 13 de octubre de 2026');
  expect(text).toContain('Tuesday, October 13, 2026');
  expect((await readPdf(await read('plain.pdf'))).text).toContain('Please come to a meeting');
  expect((await readdir(dir)).filter((file) => /dates|one-day/.test(file))).toEqual([]);
});

test('of a template that there is not is refused', async () => {
  const { code, err } = await templates('preview', 'frist-letter', '--out', join(home, 'none'));
  expect(code).toBe(2);
  expect(err).toContain('name takes one of first-letter');
});

test.each([
  ['a missing file', 'gone.png', null, 'does not exist'],
  [
    'no picture',
    'text.png',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
    'is an SVG, expected a whole PNG or JPEG',
  ],
  ['too many bytes', 'large.png', Buffer.alloc(500_001), 'has 500001 bytes, expected at most 500000'],
  ['too many pixels', 'wide.png', aPng(3_001, 1), 'is 3001 × 1 pixels, expected at most 3000 on each side'],
])('a logo that is %s is refused with its line', async (_, file, bytes, message) => {
  if (bytes !== null) await writeFile(join(home, file), bytes);
  const path = join(home, 'district.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('logo.png', file));
  try {
    const { code, err } = await templates('check');
    expect(code).toBe(78);
    expect(err).toMatch(/district\.yaml:\d+:\d+ {2}district\.logo\.file — found /);
    expect(err).toContain(`${file}, which ${message}`);
  } finally {
    await writeFile(path, text);
  }
});
