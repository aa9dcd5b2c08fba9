import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { runRollcall } from '../support/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/postgres.ts';

const SECRET = 'a-long-word-from-the-connections-page';
let home: string;
let sis: SimulatedSis;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
const district = buildDistrict({
  seed: 'init',
  schools: 2,
  students: 40,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});

beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => district.calendar.firstDay });
  database = await createTestDatabase();
});
afterAll(async () => {
  await sis.close();
  await database.drop();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rollcall-init-test-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const given = (): Record<string, string> => ({
  name: 'Cedar Valley School District',
  zone: 'America/Denver',
  phone: '(801) 555-0100',
  address: '1 District Plaza; Cedar Valley, UT 84999',
  'sis-url': sis.baseUrl,
  'token-url': sis.tokenUrl,
  source: 'oneroster-service',
  'attendance-url': sis.attendanceBaseUrl,
  'attendance-scope': sis.scopes.attendance,
  clerk: 'Ana Silva <asilva@example.org>',
  administrator: 'Dana Ruiz <druiz@example.org>',
  'it-contact': 'Sam Ortiz <sortiz@example.org>',
  officer: 'K. Moreno <truancy@county.example.org>',
  agency: 'County Truancy Office',
  'mail-from': 'Attendance Office <attendance@example.org>',
});
const credentials = () => ({
  ROLLCALL_SIS_CLIENT_ID: sis.clientId,
  ROLLCALL_SIS_CLIENT_SECRET: sis.clientSecret,
});
const words = (options: Record<string, string>) =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
const init = (
  folder: string,
  options: Record<string, string>,
  env: Record<string, string>,
  ...more: string[]
) => runRollcall(['init', folder, '--yes', ...words(options), ...more], env);

test('an empty folder becomes a configuration that is checked against the SIS, and is never written again', async () => {
  const folder = join(home, 'cedar');
  const env = { ...credentials(), DATABASE_URL: database.url };
  const { code, out, err } = await init(folder, given(), env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('It has the 2 schools of the SIS.');
  expect(out).not.toContain('failed');
  expect(out).toMatch(
    /Next\n {2}unset ROLLCALL_SIS_CLIENT_ID .*\n {2}set -a; \. .*rollcall\.env; set \+a\n {2}rollcall check\n/,
  );

  expect((await readdir(folder)).sort()).toEqual([
    'data',
    'district.schema.json',
    'district.yaml',
    'policy.schema.json',
    'policy.yaml',
    'rollcall.env',
    'secrets',
  ]);
  const text = await readFile(join(folder, 'district.yaml'), 'utf8');
  for (const school of district.schools)
    expect(text).toContain(`# ${school.name}\n  - id: "${school.sourcedId}"`);
  expect(text).toContain('mode: shadow');
  const variables = await readFile(join(folder, 'rollcall.env'), 'utf8');
  for (const written of [text, variables, out]) expect(written).not.toContain(sis.clientSecret);
  expect(await readFile(join(folder, 'secrets/sis-client-secret'), 'utf8')).toBe(`${sis.clientSecret}\n`);
  const modeOf = async (name: string) => ((await stat(join(folder, name))).mode & 0o777).toString(8);
  expect(
    await Promise.all(
      ['secrets', 'secrets/sis-client-secret', 'secrets/database-url', 'rollcall.env'].map(modeOf),
    ),
  ).toEqual(['700', '600', '600', '600']);

  // What it says to do next works with nothing but the file that it names.
  const next = Object.fromEntries(
    variables.split('\n').flatMap((line) => {
      const [, name = '', value = ''] = /^(\w+)='(.*)'$/.exec(line) ?? [];
      return name === '' ? [] : [[name, value]];
    }),
  );
  expect((await runRollcall(['check'], next)).code).toBe(0);

  const again = await init(folder, { ...given(), name: 'Another one' }, env);
  expect(again.code).toBe(2);
  expect(again.err).toContain(
    `${join(folder, 'district.yaml')} is there already, and nothing is ever overwritten`,
  );
  expect(await readFile(join(folder, 'district.yaml'), 'utf8')).toBe(text);
}, 60_000);

test('a folder with one file of ours in it is left as it is', async () => {
  await mkdir(join(home, 'secrets'));
  await writeFile(join(home, 'secrets/smtp-url'), 'theirs');
  const { code, err } = await init(home, given(), credentials());
  expect({ code, err }).toMatchObject({
    code: 2,
    err: expect.stringContaining('secrets/smtp-url is there already'),
  });
  expect(await readdir(home)).toEqual(['secrets']);
});

test('without a terminal everything that is missing is named at once, and nothing is written', async () => {
  const { clerk: _, agency: __, ...some } = given();
  const { code, err } = await init(join(home, 'new'), some, {});
  expect(code).toBe(2);
  expect(err).toContain('There is no answer to what these say:\n  --clerk <person>\n  --agency <text>\n');
  expect(await readdir(home)).toEqual([]);
});

test.each([
  ['id', 'Cedar Valley', 'expected 2 to 40 lower-case letters, digits or hyphens'],
  ['zone', 'Mountain', 'expected an IANA time zone such as America/Denver'],
  ['address', 'a; b; c; d; e', 'expected one to four lines'],
  ['address', ';', 'expected one to four lines'],
  ['oneroster', '2.0', 'expected one of 1.1, 1.2'],
  ['sis-url', 'http://sis.example.org/v1p2', 'expected a whole https:// address'],
  ['token-url', 'https://user:word@sis.example.org/token', 'expected a whole https:// address'],
  ['source', 'excel', 'expected one of oneroster-service, data-extract, ed-fi'],
  ['clerk', 'asilva@example.org', 'expected a name and an e-mail address such as'],
  ['officer', 'A <a@example.org, b@example.org>', 'expected a name and an e-mail address such as'],
  ['mail-from', 'Office\u202e <a@example.org>', 'expected a name and an e-mail address such as'],
  ['pages-url', 'https://attendance.example.org/pages', 'expected an address without a path'],
  ['pages-listen', 'everywhere', 'expected an address and a port'],
])('--%s %s is refused', async (option, value, expected) => {
  const { code, err } = await init(join(home, 'new'), { ...given(), [option]: value }, {});
  expect(code).toBe(2);
  expect(err).toContain(expected);
  expect(await readdir(home)).toEqual([]);
});

test('a secret that cannot be right stops it before anything is written, and is not repeated', async () => {
  const env = { ...credentials(), SMTP_URL: 'smtp://attendance:hunter2@mail.example.org:587/?tls=never' };
  const { code, err } = await init(join(home, 'new'), given(), {
    ...env,
    DATABASE_URL: 'mysql://hunter2@host/x',
  });
  expect(code).toBe(78);
  expect(err).toContain('DATABASE_URL');
  expect(err).not.toContain('hunter2');
  expect(await readdir(home)).toEqual([]);
});

test('a path with signs that a shell reads is refused', async () => {
  const { code, err } = await init(join(home, "principal's"), given(), {});
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('Name another folder') });
});

test('a SIS that does not answer leaves one school to fill in, and the rest is there', async () => {
  const folder = join(home, 'cedar');
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const { code, out } = await init(
    folder,
    { ...given(), 'sis-url': `${nowhere}/v1p2`, 'token-url': `${nowhere}/token` },
    { ...credentials(), DATABASE_URL: database.url },
  );
  expect(code).toBe(1);
  expect(out).toContain('The SIS could not be asked for its schools: ');
  expect(out).toContain('failed OneRoster sign-in');
  expect(out).toContain('Correct what failed above');
  expect(await readFile(join(folder, 'district.yaml'), 'utf8')).toContain('- id: "id-of-the-school"');
}, 30_000);

test('a secret that lies in a file stays there', async () => {
  const folder = join(home, 'cedar');
  const file = join(home, 'sis');
  await writeFile(file, SECRET, { mode: 0o600 });
  const { code } = await init(
    folder,
    given(),
    { ROLLCALL_SIS_CLIENT_ID: 'rollcall', ROLLCALL_SIS_CLIENT_SECRET_FILE: file },
    '--no-check',
  );
  expect(code).toBe(0);
  expect(await readFile(join(folder, 'rollcall.env'), 'utf8')).toContain(
    `ROLLCALL_SIS_CLIENT_SECRET_FILE='${file}'`,
  );
  expect(await readdir(join(folder, 'secrets'))).toEqual(['sis-client-id']);
});

test('the folder for the extracts is there, and `check` says that nothing was dropped yet', async () => {
  const folder = join(home, 'cedar');
  const { code, out } = await init(
    folder,
    { ...given(), source: 'data-extract' },
    { ...credentials(), DATABASE_URL: database.url },
  );
  expect(await readdir(folder)).toContain('drop');
  expect(code).toBe(1);
  expect(out).toMatch(/^failed attendance extract +no new file attendance\*\.csv/m);
}, 30_000);
