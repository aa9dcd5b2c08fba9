import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import type { AbsenceFacts, District, History } from '../../src/demo/district/model.ts';
import { endOfDate } from '../../src/demo/district/state-on.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { playYear } from '../../src/demo/play-year.ts';
import { startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { addDays, type SchoolDate, schoolDate, weekday } from '../../src/domain/school-date.ts';
import { openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { listAskedApprovals } from '../../src/store/approvals.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { runRollcall } from '../support/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** The second example, whose letters begin anew with each term, from a fall into the spring after it. */
const POLICY = 'config/examples/three-letters/policy.yaml';
const TIME_ZONE = 'America/Denver';
const FALL = [schoolDate('2026-08-19'), schoolDate('2026-10-13')] as const;
const SPRING = [schoolDate('2027-01-04'), schoolDate('2027-02-12')] as const;

/** In the fall whole days on Mondays and Wednesdays from 24 August on, in the spring from 4 January on. */
const MISSED = {
  /** A first letter in each term. */
  both: [3, 3],
  /** Approved in the fall, refused in the spring. */
  approved: [8, 8],
  /** Nobody answers. */
  unanswered: [8, 0],
  quiet: [2, 2],
} as const;
type Who = keyof typeof MISSED;

const built = buildDistrict({ seed: 7, schools: 1, students: 40, schoolYear: 2027, timeZone: TIME_ZONE });
const whole = studentsOf(built);
const district: District = {
  ...built,
  absences: Object.entries(whole).flatMap(([who, id]) => daysMissed(who as Who, id)),
};

let home: string;
let database: TestDatabase;
let sink: SmtpSink;
let store: Database;
let problems: string[];
let folders: string[];
let env: Record<string, string>;
const answers: string[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rollcall-terms-'));
  database = await createTestDatabase();
  sink = await startSmtpSink();
  store = openDatabase({ url: database.url, maxConnections: 2 });
  let sisToday: SchoolDate = FALL[0];
  let now = new Date(0);
  const sis = await startSimulatedSis({ district, today: () => sisToday });
  const written = await writeDemoHome({
    dir: home,
    district,
    sis,
    shippedPolicyFile: POLICY,
    shippedTemplatesDir: 'templates',
  });
  const file = join(written.configDir, 'district.yaml');
  const terms = `calendar:\n  terms:\n    - { name: Fall, from: ${FALL[0]} }\n    - { name: Spring, from: ${SPRING[0]} }\n`;
  await writeFile(file, (await readFile(file, 'utf8')).replace('calendar:\n', terms));
  env = { ...written.env, DATABASE_URL: database.url, SMTP_URL: sink.url };
  folders = ['--config', written.configDir, '--data', home];
  const config = loadConfig({
    configDir: written.configDir,
    dataDir: home,
    env,
    shippedTemplatesDir: 'templates',
  });
  const app = await openApp({ config, log: silentLog(), now: () => now });
  problems = [];
  try {
    app.startWorkers();
    for (const [from, until] of [FALL, SPRING]) {
      for (let date: SchoolDate = from; date <= until; date = addDays(date, 1)) {
        await playYear(
          {
            db: app.store.db,
            procedure: (date) => createProcedureBook(app.store.db, procedureSettings(config)).on(date),
            cycle: async () => problems.push(...(await app.runCycle()).problems),
            setClock: (clock, day) => {
              now = clock;
              sisToday = day;
            },
          },
          { from: date, until: date, timeZone: TIME_ZONE, seed: 7, weekdaysOnly: true },
        );
        await principal(date);
      }
    }
  } finally {
    await app.close(5_000);
    await sis.close();
  }
}, 120_000);

afterAll(async () => {
  await store?.close();
  await sink?.stop();
  await database?.drop();
  if (home !== undefined) await rm(home, { recursive: true, force: true });
});

const rollcall = (...words: string[]) => runRollcall([...folders, ...words], env);

/** In the evening the principal answers about one student: yes in the fall, no in the spring. */
async function principal(date: SchoolDate): Promise<void> {
  for (const { ref, student } of await listAskedApprovals(store.db)) {
    if (student !== whole.approved) continue;
    const yes = date < SPRING[0];
    const words = yes
      ? ['approve', ref, '--by', 'Dana Ruiz']
      : ['refuse', ref, '--by', 'Dana Ruiz', '--why', 'the family has moved the appointments'];
    const { code, out, err } = await rollcall('approvals', ...words, '--as-of', date);
    answers.push(`${code} ${out}${err}`.trim());
  }
}

/** Step, round and term of each letter that has left. */
async function lettersOf(who: Who): Promise<string[]> {
  const rows = await store.db
    .selectFrom('letter')
    .innerJoin('student', 'student.id', 'letter.student_id')
    .select(['step', 'round', 'handed_over_on'])
    .where('sourced_id', '=', whole[who])
    .where('letter.state', 'in', ['sent', 'posted'])
    .execute();
  return [
    ...new Set(
      rows.map(
        ({ step, round, handed_over_on: on }) =>
          `${step} ${round} ${on !== null && on < SPRING[0] ? 'fall' : 'spring'}`,
      ),
    ),
  ].sort();
}

async function stepsOf(who: Who): Promise<Record<string, string>> {
  const rows = await store.db
    .selectFrom('ladder_step')
    .innerJoin('student', 'student.id', 'ladder_step.student_id')
    .select(['step', 'state', 'round', 'approval'])
    .where('sourced_id', '=', whole[who])
    .execute();
  return Object.fromEntries(
    rows.map((row) => [
      row.step,
      `${row.state} ${row.round}${row.approval === null ? '' : ` ${row.approval}`}`,
    ]),
  );
}

describe('a year of three letters a term', () => {
  test('every cycle went through', () => expect(problems).toEqual([]));

  test('the first letter goes out in each term, and nothing else does for three days', async () => {
    expect(await lettersOf('both')).toEqual(['term-letter-1 1 fall', 'term-letter-1 2 spring']);
    expect(await stepsOf('both')).toEqual({ 'term-letter-1': 'taken 2' });
  });

  test('two days are too few in each', async () => {
    expect(await lettersOf('quiet')).toEqual([]);
    expect(await stepsOf('quiet')).toEqual({});
  });

  test('the third letter goes when it is approved, and in the next term it is asked for and refused', async () => {
    expect(await lettersOf('approved')).toEqual([
      'term-letter-1 1 fall',
      'term-letter-1 2 spring',
      'term-letter-2 1 fall',
      'term-letter-2 2 spring',
      'term-letter-3 1 fall',
    ]);
    expect(await stepsOf('approved')).toMatchObject({ 'term-letter-3': 'skipped 2 refused' });
    expect(answers).toEqual([
      '0 One step approved: what it sends goes on at once where the service runs, else with the next cycle.',
      '0 One step refused: nothing of it is sent.',
    ]);
  });

  test('the file goes to the officer on the days of the whole year', async () => {
    expect((await stepsOf('approved')).officer).toMatch(/^(owed|taken) 1$/);
    expect(await stepsOf('unanswered')).not.toHaveProperty('officer');
  });

  test('without an answer nothing leaves, and everybody is told how late it is', async () => {
    expect(await lettersOf('unanswered')).toEqual(['term-letter-1 1 fall', 'term-letter-2 1 fall']);
    const list = await rollcall('approvals', 'list', '--json', '--as-of', SPRING[1]);
    // The term is over, and what nobody approved in it is over with it.
    expect(JSON.parse(list.out)).toEqual([]);
    const digests = sink.delivered.filter(({ raw }) => raw.includes('X-Rollcall-Kind: digest'));
    const texts: string[] = [];
    for (const { raw } of digests) texts.push((await PostalMime.parse(raw)).text ?? '');
    for (const words of [
      'Approve or refuse: due',
      'Approve or refuse: approve today',
      'Approve or refuse: overdue by law',
    ])
      expect(texts.some((text) => text.includes(words)) ? words : `nobody was told: ${words}`).toBe(words);
  });

  test('explain says of the second round who refused it, and why', async () => {
    const { code, out } = await rollcall('explain', whole.approved, '--as-of', SPRING[1]);
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('Skipped: the approval was refused. Dana Ruiz refused it on');
    expect(out.replace(/\s+/g, ' ')).toContain('“the family has moved the appointments”');
    const first = await rollcall('explain', whole.both, '--as-of', SPRING[1]);
    expect(first.out.replace(/\s+/g, ' ')).toContain('It is owed for the 2nd time this school year.');
  });

  test('a letter tells the dates that were counted', async () => {
    const letters = sink.delivered.filter(({ raw }) => raw.includes('X-Rollcall-Step: term-letter-1'));
    expect(letters.length).toBeGreaterThan(0);
    for (const { raw } of letters) {
      const { text } = await PostalMime.parse(raw);
      expect(text).toMatch(/Absences counted: (August 19 – .*2026|January 4 – .*2027)\n/);
    }
  });

  test('each mail has an id of its own, and each letter a reference', async () => {
    const ids: (string | undefined)[] = [];
    for (const { raw } of sink.delivered) ids.push((await PostalMime.parse(raw)).messageId);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** Four students to whose families letters go by e-mail or post. */
function studentsOf({ students, guardians }: District): Record<Who, string> {
  const reachable = students.filter(({ versions }) => {
    const [facts] = versions.map((version) => version.facts);
    if (versions.length !== 1 || facts === undefined || facts.enrolments.some(({ ends }) => ends !== null))
      return false;
    return facts.guardians.some((id) => {
      const guardian = guardians.find(({ sourcedId }) => sourcedId === id);
      return guardian?.versions.every(
        ({
          facts: { role, email, mailing, noContact, wantsPaper, private: hidden, language, relationships },
        }) =>
          role !== 'relative' &&
          email !== null &&
          mailing &&
          !noContact &&
          !wantsPaper &&
          !hidden &&
          language.startsWith('en') &&
          relationships.every((link) => link.guardian),
      );
    });
  });
  const [both, approved, unanswered, quiet] = reachable.map(({ sourcedId }) => sourcedId);
  if (both === undefined || approved === undefined || unanswered === undefined || quiet === undefined)
    throw new Error(`only ${reachable.length} students of the district can be written to`);
  return { both, approved, unanswered, quiet };
}

function daysMissed(who: Who, student: string): History<AbsenceFacts>[] {
  const [school] = built.schools;
  const code = built.codes.find(({ versions }) => versions[0]?.facts.excuse === 'unexcused');
  if (school === undefined || code?.versions[0] === undefined)
    throw new Error('the district has no school or no code');
  const { title, excuse } = code.versions[0].facts;
  return MISSED[who].flatMap((count, term) =>
    mondaysAndWednesdays(schoolDate(term === 0 ? '2026-08-24' : SPRING[0]), count).map((date) => {
      const sourcedId = `missed-${who}-${date}`;
      const facts: AbsenceFacts = {
        student,
        school: school.sourcedId,
        date,
        kind: 'daily',
        period: null,
        status: 'absent',
        excuse,
        dayFraction: '1',
        minutesAbsent: 400,
        minutesScheduled: 400,
        code: code.sourcedId,
        codeTitle: title,
        comment: null,
      };
      return {
        sourcedId,
        versions: [{ sourcedId, knownAt: endOfDate(built, date), state: 'active', facts }],
      };
    }),
  );
}

function mondaysAndWednesdays(from: SchoolDate, count: number): SchoolDate[] {
  const closed = (date: SchoolDate) =>
    built.calendar.closures.some((one) => one.from <= date && date <= one.to);
  const dates: SchoolDate[] = [];
  for (let date = from; dates.length < count; date = addDays(date, 1)) {
    if ((weekday(date) === 1 || weekday(date) === 3) && !closed(date)) dates.push(date);
  }
  return dates;
}
