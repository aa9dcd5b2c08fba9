import { mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { loadConfig } from '../config/load-config.ts';
import { findUp } from '../config/project-files.ts';
import { buildDistrict } from '../demo/district/build-district.ts';
import { endOfDate } from '../demo/district/state-on.ts';
import { writeExtracts } from '../demo/extracts/write-extracts.ts';
import { createFaults } from '../demo/faults/switchboard.ts';
import { writeDemoHome } from '../demo/home.ts';
import { playYear } from '../demo/play-year.ts';
import type { ReportFacts } from '../demo/report/collect.ts';
import { writeReport } from '../demo/report/write.ts';
import { startSimulatedSis } from '../demo/server/simulated-sis.ts';
import { earlierOf, isSchoolDate, type SchoolDate } from '../domain/school-date.ts';
import { type App, openApp } from '../main.ts';
import { createLog } from '../ops/log.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { removeEmbeddedPostgres } from '../store/embedded/remove.ts';
import { folders } from './context.ts';
import { faultArgument, printChosenSource, printFaults, showFault, sourceFor } from './demo-fault.ts';
import { type ServeOptions, serveDemo } from './demo-serve.ts';
import { soakDemo } from './demo-year.ts';
import { heading, print, progress, table } from './output.ts';

const TIME_ZONE = 'America/Denver';
const SCHOOL_YEAR = 2027;
const LATE_AUTUMN = '2026-11-20';
const SOAK_STUDENTS = 200;

/** A demonstration is played anew after a crash of the machine: its database need not wait for the disk. */
const DISPOSABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

type DemoOptions = Omit<ServeOptions, 'port'> & { readonly until: SchoolDate };

/** As a person words it. */
type Asked = Omit<ServeOptions & DemoOptions, 'source' | 'fault'> & {
  readonly serve?: true;
  readonly year?: true;
  readonly from?: SchoolDate;
  readonly source?: ServeOptions['source'];
  readonly fault?: ReturnType<typeof faultArgument>;
};

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Play a school year of a simulated district, day by day: real HTTP, PostgreSQL, queue and mails, everything in <data>/demo. Starts fresh each time.',
    )
    .option('--seed <number>', 'another district', wholeNumber, 1)
    .option('--students <number>', 'how many students', wholeNumber, 600)
    .option('--schools <number>', 'how many schools', wholeNumber, 3)
    .option('--until <date>', 'last day to play, YYYY-MM-DD', dateArgument, LATE_AUTUMN as SchoolDate)
    .option(
      '--from <date>',
      'with --year: first day to play (default: the first day of school)',
      dateArgument,
    )
    .option(
      '--fault <name>',
      'lay a fault on one more night and show what comes of it; with --serve, keep it on; `list` lists them',
      faultArgument,
    )
    .option(
      '--serve',
      'keep the simulated SIS running on the real clock instead, with credentials and a configuration',
    )
    .option('--port <number>', 'with --serve: a fixed port', wholeNumber)
    .option(
      '--year',
      'play the whole year in three processes of the service instead, with something going wrong every few days, and check what has come of it; ends with 1 where something does not hold (200 students unless --students says otherwise)',
    )
    .addOption(
      new Option(
        '--source <name>',
        'where absences are read (default: oneroster-service, or what the fault lies on)',
      ).choices(['oneroster-service', 'data-extract', 'ed-fi']),
    )
    .addOption(new Option('--oneroster <version>', 'of the rosters').choices(['1.1', '1.2']).default('1.2'))
    .action(async ({ fault, source, ...asked }: Asked, command: Command) => {
      if (fault === 'list') return printFaults();
      const options = { ...asked, source: sourceFor(fault, source ?? null), ...(fault && { fault }) };
      printChosenSource(fault, source ?? null, options.source);
      const { dataDir } = folders({ ...command.optsWithGlobals(), demo: true });
      if (asked.year === true) await playSoakYear(dataDir, asked, command);
      else if (asked.serve === true) await serveDemo(dataDir, TIME_ZONE, options);
      else await playDemo(dataDir, options);
    });
}

/** What nobody has asked for is that of a soak: a year, and fewer students. */
async function playSoakYear(
  home: string,
  { seed, students, schools, from, until }: Asked,
  command: Command,
): Promise<void> {
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  await startFresh(home);
  const holds = await soakDemo(home, {
    seed,
    students: given('students') ? students : SOAK_STUDENTS,
    schools,
    schoolYear: SCHOOL_YEAR,
    timeZone: TIME_ZONE,
    from: from ?? null,
    until: given('until') ? until : null,
  });
  if (!holds) process.exitCode = 1;
}

async function playDemo(home: string, options: DemoOptions): Promise<void> {
  const began = performance.now();
  await startFresh(home);
  const shown = progress();
  shown.update('building the district');
  const district = buildDistrict({ ...options, schoolYear: SCHOOL_YEAR, timeZone: TIME_ZONE });
  let sisToday: SchoolDate = district.calendar.firstDay;
  let now = new Date(`${sisToday}T14:00:00Z`);
  const dropFolder = join(home, 'drop');
  const faults = createFaults();
  const sis = await startSimulatedSis({ district, today: () => sisToday, faults });
  try {
    const demo = await writeDemoHome({
      dir: home,
      district,
      sis,
      reading: {
        version: options.oneroster,
        attendance: options.source,
        ...(options.source === 'data-extract' && { dropFolder }),
      },
      shippedPolicyFile: findUp('config/policy.yaml'),
      shippedTemplatesDir: findUp('templates'),
    });
    const config = loadConfig({
      configDir: demo.configDir,
      dataDir: home,
      env: demo.env,
      shippedTemplatesDir: findUp('templates'),
    });
    shown.update('starting PostgreSQL');
    const app = await openApp({
      config,
      log: createLog({ level: 'warn' }),
      now: () => now,
      postgresSettings: DISPOSABLE,
    });
    try {
      app.startWorkers();
      const dropExtracts = async () => {
        if (options.source !== 'data-extract') return;
        const instant = new Date(endOfDate(district, sisToday));
        await writeExtracts({ district: sis.district(), instant, folder: dropFolder, faults });
      };
      await playYear(
        {
          db: app.store.db,
          cycle: async () => {
            await dropExtracts();
            return app.runCycle();
          },
          setClock: (clock, date) => {
            now = clock;
            sisToday = date;
          },
          procedure: (date) => createProcedureBook(app.store.db, procedureSettings(config)).on(date),
          decides: true,
        },
        {
          from: district.calendar.firstDay,
          until: earlierOf(options.until, district.calendar.lastDay),
          timeZone: TIME_ZONE,
          weekdaysOnly: true,
          seed: options.seed,
          onDay: (date, day, days) => shown.update(`${date}  day ${day} of ${days}  ${bar(day / days)}`),
        },
      );
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      shown.done(`Played ${district.calendar.firstDay} to ${options.until} in ${seconds} s.`);
      await report(app, home, district.name, options, district.calendar.firstDay);
      if (options.fault !== undefined) {
        const read = async (full: boolean) => {
          await dropExtracts();
          const outcome = await app.jobs.sync({ full });
          await app.runCycle();
          return outcome;
        };
        await showFault({ db: app.store.db, faults, read }, options.fault);
      }
    } finally {
      await app.close(5_000);
    }
  } finally {
    await sis.close();
  }
}

/** Only the demo's own folder; the server that may still use it is stopped first. */
async function startFresh(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  await removeEmbeddedPostgres({ dataDir: home });
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
}

async function report(
  app: App,
  home: string,
  district: string,
  options: DemoOptions,
  from: SchoolDate,
): Promise<void> {
  const dataDir = join(home, '..');
  const data = relative(process.cwd(), dataDir) === 'data' ? '' : ` --data ${dataDir}`;
  const explainCommand = `npm run rollcall -- --demo${data} explain`;
  const { path, facts } = await writeReport(app.store.db, join(home, 'report'), {
    district,
    from,
    until: options.until,
    seed: options.seed,
    steps: app.config.policy.steps.map(({ id, title }) => ({ id, title })),
    explainCommand,
  });
  printSummary(facts);
  heading('Look at it');
  print(`  Report       ${path}`);
  print(`  Mails        ${join(home, 'outbox')} (.eml)`);
  const student = exampleStudent(facts);
  if (student !== null) print(`  One student  ${explainCommand} ${student}`);
  print(`  Right now    npm run rollcall -- --demo${data} status`);
  const { pages, staff } = app.config;
  const clerk = staff.find(({ role }) => role === 'attendance-clerk');
  if (pages === null || clerk === undefined) return;
  print(`  Pages        npm run rollcall -- --demo${data} start --roles pages,worker`);
  print(
    `               then ${pages.origin}/sign-in as ${clerk.email}; the mail with the code lies in the outbox`,
  );
}

function printSummary(facts: ReportFacts): void {
  heading('What happened');
  const contacts = facts.contacts.reduce((sum, row) => sum + row.contacts, 0);
  const stopped = facts.letters.filter((letter) => letter.state === 'cancelled').length;
  const superseded = facts.letters.filter((letter) => letter.superseded).length;
  const corrected = facts.corrections.reduce((sum, row) => sum + row.records, 0);
  print(
    `  ${facts.students} students, ${facts.records} versions of absence records, ${corrected} of them corrected or removed`,
  );
  print(`  ${contacts} contacts in the contact log`);
  print(
    `  Letters: ${stopped} stopped by a correction or a higher step before they left, ${superseded} superseded after`,
  );
  heading('Steps');
  print(
    table(
      ['step', 'state', 'students'],
      facts.steps.map((row) => [row.step, row.state, row.students]),
    ),
  );
  heading('Letters');
  print(table(['step', 'channel', 'state', 'letters'], countLetters(facts)));
  heading('Tasks');
  print(
    table(
      ['task', 'state', 'tasks'],
      facts.tasks.map((row) => [row.kind, row.state, row.tasks]),
    ),
  );
  heading('Referrals');
  const referrals = countBy(facts.referrals.map((row) => row.state));
  print(referrals.length === 0 ? '  none' : table(['state', 'cases'], referrals));
}

function countLetters(facts: ReportFacts): (string | number)[][] {
  return countBy(facts.letters.map((letter) => `${letter.step}\t${letter.channel}\t${letter.state}`)).map(
    ([key, count]) => [...String(key).split('\t'), count],
  );
}

function countBy(keys: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Somebody with a story: a case that reached the officer, else anybody who got a letter. */
function exampleStudent(facts: ReportFacts): string | null {
  const delivered = facts.referrals.find((referral) => referral.state === 'delivered');
  return delivered?.studentSourcedId ?? facts.letters[0]?.studentSourcedId ?? null;
}

function bar(part: number): string {
  const width = 30;
  const filled = Math.round(part * width);
  return pc.green('█'.repeat(filled)) + pc.dim('░'.repeat(width - filled));
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return number;
}

function dateArgument(text: string): SchoolDate {
  if (!isSchoolDate(text)) throw new InvalidArgumentError('Expected a date of the calendar as YYYY-MM-DD.');
  return text;
}
