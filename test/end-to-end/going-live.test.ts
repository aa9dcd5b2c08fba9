import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { playYear } from '../../src/demo/play-year.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { addDays, instantInZone, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { type App, openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { runRollcall } from '../support/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** A district that comes to Rollcall in November, step by step: shadow, tasks, live. */
const TIME_ZONE = 'America/Denver';
const FIRST = schoolDate('2026-11-02');
const district = buildDistrict({ seed: 4, schools: 2, students: 320, schoolYear: 2027, timeZone: TIME_ZONE });

let home: string;
let database: TestDatabase;
let store: Database;
let sink: SmtpSink;
let sis: SimulatedSis;
let configDir: string;
let env: Record<string, string>;
let sisToday: SchoolDate = FIRST;
let now = new Date(0);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rollcall-going-live-'));
  database = await createTestDatabase();
  store = openDatabase({ url: database.url, maxConnections: 2 });
  sink = await startSmtpSink();
  sis = await startSimulatedSis({ district, today: () => sisToday });
  const written = await writeDemoHome({
    dir: home,
    district,
    sis,
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  configDir = written.configDir;
  env = { ...written.env, DATABASE_URL: database.url, SMTP_URL: sink.url };
}, 60_000);

afterAll(async () => {
  await store?.close();
  await sis?.close();
  await sink?.stop();
  await database?.drop();
  if (home !== undefined) await rm(home, { recursive: true, force: true });
});

/** What an IT person changes in the file. */
async function goLive(mode: 'shadow' | 'tasks' | 'live'): Promise<void> {
  const file = join(configDir, 'district.yaml');
  const text = await readFile(file, 'utf8');
  const changed = text.replace(
    /^goLive:\n {2}mode: \w+\n {2}baseline: \w+$/m,
    `goLive:\n  mode: ${mode}\n  baseline: mark`,
  );
  expect(changed).toContain(`mode: ${mode}`);
  await writeFile(file, changed);
}

async function withApp<T>(use: (app: App) => Promise<T>): Promise<T> {
  const config = loadConfig({ configDir, dataDir: home, env, shippedTemplatesDir: 'templates' });
  const app = await openApp({ config, log: silentLog(), now: () => now });
  try {
    return await use(app);
  } finally {
    await app.close(5_000);
  }
}

/** From one day to another, with what the staff do. */
function play(from: string, until: string): Promise<void> {
  return withApp(async (app) => {
    app.startWorkers();
    const setClock = (clock: Date, date: SchoolDate) => {
      now = clock;
      sisToday = date;
    };
    const year = {
      from: schoolDate(from),
      until: schoolDate(until),
      timeZone: TIME_ZONE,
      seed: 4,
      weekdaysOnly: true,
    };
    await playYear(
      {
        db: app.store.db,
        procedure: (date) => createProcedureBook(app.store.db, procedureSettings(app.config)).on(date),
        cycle: async () => expect((await app.runCycle()).problems).toEqual([]),
        setClock,
      },
      year,
    );
  });
}

const rollcall = (...args: string[]) => runRollcall(['--config', configDir, '--data', home, ...args], env);

async function told(...args: string[]): Promise<string> {
  const { code, out, err } = await rollcall(...args);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return out;
}

/** What `status` says; its code is another matter, since no service runs here. */
async function toldByStatus(): Promise<string> {
  const { out, err } = await rollcall('status');
  expect(err).toBe('');
  return out;
}

async function asJson<T>(...args: string[]): Promise<T> {
  return JSON.parse(await told(...args, '--json')) as T;
}

async function file(name: string, lines: readonly string[]): Promise<string> {
  const path = join(home, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

const mailsOf = (kind: string) =>
  sink.delivered.filter((mail) => new RegExp(`^X-Rollcall-Kind: ${kind}\\r?$`, 'm').test(String(mail.raw)));

interface StepRow {
  readonly student: string;
  readonly step: string;
  readonly state: string;
  readonly outside: boolean;
}

async function steps(): Promise<StepRow[]> {
  return store.db
    .selectFrom('ladder_step')
    .innerJoin('student', 'student.id', 'ladder_step.student_id')
    .select(['student.sourced_id as student', 'step', 'state', 'outside'])
    .orderBy('student.sourced_id')
    .orderBy('step')
    .execute();
}

const nameOf = ({ student, step }: { student: string; step: string }) => `${student} ${step}`;

interface Listed {
  readonly ref: string;
  readonly kind: string;
  readonly student: string;
  readonly step: string;
  readonly on: SchoolDate | null;
}

let preExisting: StepRow[];
let imported: string[];

test('a process that dies between the first read and the baseline has sent nothing', async () => {
  await goLive('shadow');
  await withApp(async (app) => {
    now = instantInZone(FIRST, '08:00', TIME_ZONE);
    sisToday = addDays(FIRST, -1);
    expect((await app.jobs.sync()).kind).toBe('applied');
  });
  expect(await toldByStatus()).toContain('The baseline of 2026-11-02 is not taken yet');
  await play('2026-11-02', '2026-11-02');
  const status = await toldByStatus();
  expect(status).toContain('All 2 schools are in shadow: nothing leaves.');
  expect(status).not.toContain('not taken yet');
  preExisting = (await steps()).filter(({ state }) => state === 'pre-existing');
  const names = new Set(preExisting.map(({ step }) => step));
  expect(names).toContain('contact');
  expect(names).toContain('first-letter');
  expect((await steps()).filter(({ state }) => state !== 'pre-existing' && state !== 'skipped')).toEqual([]);
}, 120_000);

test('who stands where is shown with totals per school', async () => {
  const shown = await asJson<{ steps: StepRow[]; totals: { students: number }[] }>(
    'baseline',
    'show',
    '--as-of',
    '2026-11-02',
  );
  expect(shown.steps.map(nameOf).sort()).toEqual(preExisting.map(nameOf).sort());
  expect(shown.totals.reduce((sum, { students }) => sum + students, 0)).toBe(preExisting.length);
  const text = await told('baseline', 'show', '--as-of', '2026-11-02', '--step', 'first-letter');
  expect(text).toContain('By school');
  expect(text).not.toContain('medical-letter');
  const csv = await told('baseline', 'show', '--as-of', '2026-11-02', '--csv');
  expect(csv.trim().split('\r\n')).toHaveLength(preExisting.length + 1);
});

test('in shadow weeks nothing leaves, and what would have can be looked at', async () => {
  await play('2026-11-03', '2026-11-20');
  expect(sink.delivered).toEqual([]);
  expect(await store.db.selectFrom('print_run').select('id').execute()).toEqual([]);
  const listed = await asJson<Listed[]>('shadow', 'list', '--as-of', '2026-11-20');
  const letters = listed.filter(({ kind }) => kind === 'letter');
  expect(letters.length).toBeGreaterThan(2);
  for (const letter of letters) expect(preExisting.map(nameOf)).not.toContain(nameOf(letter));
  const pdf = join(home, 'letter.pdf');
  const ref = letters.find(({ on }) => on !== null)?.ref ?? '';
  expect(await told('shadow', 'show', ref, '--out', pdf, '--as-of', '2026-11-20')).toContain(ref);
  expect((await readFile(pdf)).subarray(0, 5).toString()).toBe('%PDF-');
  expect(await rollcall('shadow', 'show', 'L-2222-2222', '--as-of', '2026-11-20')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Nothing in shadow has the reference L-2222-2222.'),
  });
  expect(await rollcall('tasks')).toMatchObject({ code: 0, out: expect.stringContaining('No task is open') });
  expect(await told('tasks', 'list', '--shadow')).toContain('contact-family');
}, 300_000);

test('the clerk’s own list is held against it, each difference with its reason', async () => {
  const listed = await asJson<Listed[]>('shadow', 'list', '--as-of', '2026-11-20');
  const ours = new Map<string, { student: string; step: string; on: SchoolDate }>();
  for (const { kind, student, step, on } of listed) {
    const key = `${student} ${step}`;
    if (kind === 'letter' && on !== null && !ours.has(key)) ours.set(key, { student, step, on });
  }
  const [same, sooner, dropped] = [...ours.values()];
  if (same === undefined || sooner === undefined || dropped === undefined) throw new Error('too few letters');
  const other = preExisting.find(
    ({ step, student }) => step === 'contact' && !ours.has(`${student} first-letter`),
  );
  const list = await file('theirs.csv', [
    'Student ID,Letter,Date Sent,Remark',
    `${same.student},${same.step},${same.on},`,
    `${sooner.student},First Letter,${addDays(sooner.on, -2)},by hand`,
    `${other?.student},First Letter,11/12/2026,`,
    'nobody-at-all,first-letter,2026-11-12,',
    `${other?.student},First Letter,2026-09-10,`,
  ]);
  const compared = await asJson<{
    totals: Record<string, number>;
    letters: {
      kind: string;
      student: string;
      step: string;
      days: number | null;
      why: string;
      theirs: string | null;
    }[];
  }>('shadow', 'compare', list, '--as-of', '2026-11-20');
  expect(compared.totals).toMatchObject({
    'same-day': 1,
    'only-theirs': sooner.step === 'first-letter' ? 3 : 4,
  });
  const of = (student: string, theirs: string | null) =>
    compared.letters.find((one) => one.student === student && one.theirs === theirs);
  expect(of(same.student, same.on)).toMatchObject({ kind: 'same-day', days: 0 });
  expect(of(dropped.student, null)).toMatchObject({
    kind: 'only-ours',
    why: expect.stringContaining('settled'),
  });
  expect(of(other?.student ?? '', '2026-11-12')).toMatchObject({
    kind: 'only-theirs',
    why: expect.stringMatching(/^First Letter: .* settled of the 7 it takes/),
  });
  expect(of(other?.student ?? '', '2026-09-10')?.why).toContain('Sent before Rollcall first looked');
  expect(of('nobody-at-all', '2026-11-12')?.why).toBe('No student has this sourcedId or number.');
  const text = await told('shadow', 'compare', list, '--as-of', '2026-11-20');
  expect(text).toContain('both, on the same day');
  const csv = await told('shadow', 'compare', list, '--as-of', '2026-11-20', '--csv');
  expect(csv).toContain('student,step,Rollcall,list,difference,why');
});

test('a list that cannot be right is refused by line, and nothing is recorded', async () => {
  const student = preExisting[0]?.student ?? '';
  const wrong = await file('wrong.csv', [
    'student,step,date',
    `${student},first-leter,2026-10-01`,
    `${student},contact,2026-10-01`,
    `${student},first-letter,2026-13-01`,
    `${student},first-letter,2027-01-10`,
    `${student},first-letter`,
    ',first-letter,2026-10-01',
  ]);
  const { code, err } = await rollcall('baseline', 'import', wrong, '--by', 'Clerk', '--as-of', '2026-11-20');
  expect(code).toBe(2);
  expect(err).toContain('Nothing was imported: the file has 6 problems:');
  expect(err).toContain(
    'wrong.csv:2 step: found another name, expected the id or the title of a step with a letter',
  );
  expect(err).toContain('wrong.csv:4 date: found no date of the calendar');
  expect(err).toMatch(/wrong.csv:5 date: found 2027-01-10, expected a day from 2026-\d\d-\d\d to 2026-11-20/);
  expect(err).toContain('wrong.csv:6: found 2 cells, expected 3, one for each header');
  expect(err).toContain('wrong.csv:7 student: found nothing, expected text');
  expect((await rollcall('baseline', 'import', join(home, 'none.csv'), '--by', 'Clerk')).err).toContain(
    'none.csv cannot be read (ENOENT).',
  );
  const headless = await file('headless.csv', ['a,b', '1,2']);
  expect((await rollcall('baseline', 'import', headless, '--by', 'Clerk')).code).toBe(2);
  expect((await steps()).filter(({ outside }) => outside)).toEqual([]);
});

test('in tasks mode staff hear of their tasks, and no letter leaves', async () => {
  await goLive('tasks');
  await play('2026-11-23', '2026-11-24');
  await play('2026-11-30', '2026-12-04');
  expect(await toldByStatus()).toContain('All 2 schools are in tasks mode');
  expect(mailsOf('digest').length).toBeGreaterThan(0);
  expect(mailsOf('letter')).toEqual([]);
  expect(mailsOf('packet')).toEqual([]);
  // Contacts of the shadow weeks were nobody's; letters of then never leave.
  const states = (await steps()).filter(({ step }) => step === 'contact').map(({ state }) => state);
  expect(states).toContain('pre-existing');
}, 300_000);

test('letters of the old process are read in, and what would come is planned, before anything leaves', async () => {
  await goLive('live');
  const chosen = preExisting.filter(({ step }) => step === 'first-letter').slice(0, 2);
  imported = chosen.map(nameOf);
  const list = await file('letters.csv', [
    'student number,notice,mailed',
    ...chosen.map(({ student }) => `${student},First Letter,2026-10-05`),
  ]);
  const options = ['--by', 'Clerk', '--as-of', '2026-12-04'];
  expect(await told('baseline', 'import', list, ...options, '--dry-run')).toContain(
    `A dry run, nothing was kept: ${chosen.length} letters recorded, 0 known before.`,
  );
  expect((await steps()).filter(({ outside }) => outside)).toEqual([]);
  expect(await told('baseline', 'import', list, ...options)).toContain(
    `${chosen.length} letters recorded, 0 known`,
  );
  expect(await told('baseline', 'import', list, ...options)).toContain(
    `0 letters recorded, ${chosen.length} known`,
  );
  expect((await steps()).filter(({ outside }) => outside).map(nameOf)).toEqual([...imported].sort());
  const plan = await asJson<{
    planned: { shadow: boolean; student: string; step: string }[];
    left: object[];
  }>('plan', '--days', '14', '--as-of', '2026-12-07');
  expect(plan.planned.every(({ shadow }) => !shadow)).toBe(true);
  for (const row of plan.planned) expect(preExisting.map(nameOf)).not.toContain(nameOf(row));
  expect(plan.left.length).toBeGreaterThan(0);
  expect(await told('plan', '--days', '14', '--as-of', '2026-12-07')).toContain('Left to the school');
  expect(mailsOf('letter')).toEqual([]);
}, 120_000);

test('a changed policy is looked at before it is switched on: what it alone would reach is left to the school', async () => {
  const policy = await readFile(join(configDir, 'policy.yaml'), 'utf8');
  const changed = await file('changed.yaml', [policy.replace(/^(\s+at: )7$/m, '$15')]);
  const plan = await asJson<{ left: { because: string; step: string }[]; planned: { step: string }[] }>(
    'plan',
    '--days',
    '0',
    '--policy',
    changed,
    '--as-of',
    '2026-12-07',
  );
  const byChange = plan.left.filter(({ because }) => because === 'policy-changed');
  expect(byChange.length).toBeGreaterThan(0);
  expect(new Set(byChange.map(({ step }) => step))).toEqual(new Set(['first-letter']));
  const csv = await told('plan', '--days', '5', '--as-of', '2026-12-07', '--csv');
  expect(csv.split('\r\n')[0]).toBe('day,school,student,name,step,what,in the way');
  expect(await rollcall('plan', '--policy', 'policy.yaml')).toMatchObject({
    code: 2,
    err: expect.stringContaining('goes with --days'),
  });
  expect(await rollcall('plan', '--days', 'ten')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--days takes a number from 0 to 366; found "ten".'),
  });
}, 120_000);

test('live, only what is reached from now on is sent, and each letter once', async () => {
  const before = (await steps()).filter(
    ({ state }) => state === 'owed' || state === 'taken' || state === 'pre-existing',
  );
  // A process dies after the read of the first live day.
  await withApp(async (app) => {
    now = instantInZone(schoolDate('2026-12-07'), '08:00', TIME_ZONE);
    sisToday = schoolDate('2026-12-06');
    expect((await app.jobs.sync()).kind).toBe('applied');
  });
  await play('2026-12-07', '2026-12-18');
  const sent = await store.db
    .selectFrom('letter')
    .innerJoin('student', 'student.id', 'letter.student_id')
    .innerJoin('letter_addressee', 'letter_addressee.letter_id', 'letter.id')
    .select(['student.sourced_id as student', 'letter.step', 'letter_addressee.guardian_id as guardian'])
    .where('letter.state', 'in', ['sent', 'posted', 'printed', 'queued', 'uncertain'])
    .execute();
  expect(sent.length).toBeGreaterThan(0);
  const letters = sent.map(({ guardian, ...letter }) => `${nameOf(letter)} ${guardian}`);
  expect(new Set(letters).size).toBe(letters.length);
  const reachedBefore = new Set(before.map(nameOf));
  for (const letter of sent) expect(reachedBefore).not.toContain(nameOf(letter));
  const ids = mailsOf('letter').map((mail) => /^Message-ID: (.*)\r?$/im.exec(String(mail.raw))?.[1]);
  expect(new Set(ids).size).toBe(ids.length);
}, 300_000);

test('some of what was left to the school is released, and goes out once', async () => {
  const left = (await steps()).find(({ step, state }) => step === 'first-letter' && state === 'pre-existing');
  const student = left?.student ?? '';
  const by = ['--by', 'Principal', '--why', 'the family was told', '--as-of', '2026-12-18'];
  expect((await rollcall('baseline', 'release', ...by)).err).toContain('Say whose steps');
  expect((await rollcall('baseline', 'release', 'nobody', ...by)).err).toContain('nothing was released');
  expect((await rollcall('baseline', 'release', '--step', 'frist-letter', ...by)).err).toContain(
    '--step takes one of',
  );
  expect(await told('baseline', 'release', student, '--step', 'first-letter', ...by)).toContain(
    '1 steps of 1 students are released',
  );
  await play('2027-01-04', '2027-01-06');
  const after = (await steps()).find((one) => one.student === student && one.step === 'first-letter');
  expect(['taken', 'owed', 'skipped']).toContain(after?.state);
}, 120_000);
