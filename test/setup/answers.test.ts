import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.ts';
import { districtText } from '../../src/setup/district-text.ts';
import { openPrompt } from '../../src/setup/prompt.ts';
import type { Answers } from '../../src/setup/questions.ts';
import { readAnswers } from '../../src/setup/read-answers.ts';

const ed = {
  source: 'ed-fi',
  attendanceUrl: 'https://ods.example.org/data/v3',
  attendanceTokenUrl: 'https://ods.example.org/oauth/token',
};
const service = { source: 'oneroster-service', attendanceUrl: 'https://attendance.example.org/v1' };
const answers: Answers = {
  name: 'O’Brien: "North" #1 & Łódź Schools',
  id: 'north',
  zone: 'America/New_York',
  phone: '(201) 555-0100',
  address: '1: Main Street # 5; [North], NJ 07000',
  oneroster: '1.2',
  sisUrl: 'https://sis.example.org/ims/oneroster/v1p2',
  tokenUrl: 'https://sis.example.org/token?appName=north',
  ...service,
  clerk: "Ana {Silva}, 'Jr.' <asilva@example.org>",
  administrator: '- Dana \\ Ruiz <druiz@example.org>',
  itContact: 'yes <sortiz@example.org>',
  officer: '@ K. Moreno <truancy@county.example.org>',
  agency: 'null',
  legalBasis: '*N.J.S.A. 18A:38-27: compulsory attendance',
  mailFrom: 'Office, Attendance: North <attendance@example.org>',
  pagesUrl: '',
};

test.each<[string, Answers, Record<string, unknown>]>([
  ['an attendance service', {}, { source: 'oneroster-service', scopes: [] }],
  [
    'a service with a scope',
    { attendanceScope: 'https://x.example.org/a' },
    { scopes: ['https://x.example.org/a'] },
  ],
  ['extracts', { source: 'data-extract', dropFolder: 'drop: here' }, { source: 'data-extract' }],
  ['Ed-Fi and OneRoster 1.1', { ...ed, oneroster: '1.1' }, { source: 'ed-fi' }],
  [
    'pages',
    { pagesUrl: 'https://a.example.org', pagesListen: '0.0.0.0:8080' },
    { source: 'oneroster-service' },
  ],
])('what is written says what was answered: %s', async (_, more, attendance) => {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-answers-'));
  try {
    await writeFile(
      join(dir, 'district.yaml'),
      districtText({ ...answers, ...more }, [{ id: '0123', name: 'Line\nschools: []' }]),
    );
    await cp('config/policy.yaml', join(dir, 'policy.yaml'));
    const config = loadConfig({ configDir: dir, dataDir: dir, env: {}, shippedTemplatesDir: 'templates' });
    expect(config).toMatchObject({
      district: {
        name: answers.name,
        addressLines: ['1: Main Street # 5', '[North], NJ 07000'],
        timeZone: 'America/New_York',
      },
      goLive: { mode: 'shadow' },
      schools: [{ id: '0123', signature: { name: '- Dana \\ Ruiz' } }],
      truancyOfficer: { name: '@ K. Moreno', agency: 'null', legalBasis: answers.legalBasis },
      mail: { from: { name: 'Office, Attendance: North' }, messageIdDomain: 'example.org' },
      sis: { attendance },
    });
    expect(config.staff.map(({ name, role }) => [role, name])).toEqual([
      ['attendance-clerk', "Ana {Silva}, 'Jr.'"],
      ['administrator', '- Dana \\ Ruiz'],
      ['it-contact', 'yes'],
    ]);
    expect(config.pages?.listen ?? null).toEqual(more.pagesUrl ? { host: '0.0.0.0', port: 8080 } : null);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

/** What a person would type, line by line, and what is shown in return. */
async function typed(lines: readonly string[], given: Answers = {}) {
  const output = new PassThrough();
  const prompt = openPrompt(Readable.from(lines.map((line) => `${line}\n`)), output);
  const told = await readAnswers(given, {}, prompt).catch((error: Error) => error);
  prompt.close();
  return { told, shown: String(output.read()) };
}

test('a wrong answer is asked again, with what is expected; Enter takes what is usual', async () => {
  const { id: _, zone: __, oneroster: ___, legalBasis: ____, ...given } = answers;
  const { told, shown } = await typed(
    // Short name, zone twice, OneRoster, scope, legal basis, pages, client id, secret twice, SMTP twice, database,
    // packet password twice
    [
      '',
      'Eastern',
      'America/New_York',
      '',
      '',
      '',
      'rollcall',
      'secret',
      'w8Zk-22',
      'ftp://mail.example.org',
      'smtps://u:p@mail.example.org:465',
      '',
      'short',
      'seven green lamps',
    ],
    given,
  );
  expect(told).toMatchObject({
    answers: {
      ...given,
      id: 'o-brien-north-1-odz',
      zone: 'America/New_York',
      oneroster: '1.2',
      attendanceScope: '',
    },
    secrets: [
      { question: { variable: 'ROLLCALL_SIS_CLIENT_ID' }, value: 'rollcall' },
      { question: { variable: 'ROLLCALL_SIS_CLIENT_SECRET' }, value: 'w8Zk-22' },
      { question: { variable: 'SMTP_URL' }, value: 'smtps://u:p@mail.example.org:465' },
      { question: { variable: 'ROLLCALL_PACKET_PASSWORD' }, value: 'seven green lamps' },
    ],
  });
  expect(shown).toContain('This takes an IANA time zone such as America/Denver.');
  expect(shown).toContain('This is a sample value, expected the real secret.');
});

test('answers that end too soon are an error, not a wait', async () => {
  const { told } = await typed(['Cedar Valley']);
  expect(told).toMatchObject({
    name: 'SetupError',
    message: expect.stringContaining('The answers end before'),
  });
});
