import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { weeksChart } from '../documents/weeks-chart.ts';
import { type Change, mondayOf, type Reach, type Side } from '../domain/compare-plays.ts';
import type { Policy } from '../domain/policy.ts';
import { addDays, dateInZone, isSchoolDate, type SchoolDate } from '../domain/school-date.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { type Simulation, simulate } from '../procedure/simulate.ts';
import { type Context, openContext, withStore } from './context.ts';
import { csvText } from './csv.ts';
import { heading, print, printJson, progress, table, UsageError } from './output.ts';

interface Options {
  readonly policy: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly csv?: true | string;
  readonly chart?: string;
  readonly students?: boolean;
  readonly names?: boolean;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description(
      'Replays this school year under another policy: letters per week and school, and who would be reached sooner, later or not at all. Sends nothing and writes nothing.',
    )
    .requiredOption('--policy <file>', 'the other policy')
    .option('--from <date>', 'report from this date on, YYYY-MM-DD (default: the first school day)')
    .option('--to <date>', 'report up to this date, YYYY-MM-DD (default: the last day that was read)')
    .option('--students', 'list the students for whom something changes')
    .option('--names', 'with --students or --csv students: student numbers and names')
    .option('--csv [table]', 'as CSV: `weeks` (letters per week, school and step) or `students`')
    .option('--json', 'as JSON: ids only')
    .option('--chart <file>', 'draw letters per week under both policies, as SVG')
    .action(async (options: Options, command: Command) => {
      const csv = options.csv === true ? 'weeks' : options.csv;
      if (csv !== undefined && csv !== 'weeks' && csv !== 'students')
        throw new UsageError(`--csv takes weeks or students; found ${JSON.stringify(csv)}.`);
      const from = dateOption('--from', options.from);
      const to = dateOption('--to', options.to);
      if (from !== null && to !== null && from > to)
        throw new UsageError(`--from (${from}) lies after --to (${to}).`);
      const context = openContext(command);
      const other = context.config.policyFrom(resolve(options.policy));
      const simulation = await runSimulation(context, other, from, to);
      const policies = [context.config.policy, other] as const;
      if (options.chart !== undefined) {
        const path = resolve(options.chart);
        writeFileSync(path, chartOf(simulation, policies));
        process.stderr.write(`chart written to ${path}\n`);
      }
      if (options.json === true) return printJson(asJson(simulation, policies));
      if (csv === 'weeks') return void process.stdout.write(weeksCsv(simulation, policies));
      if (csv === 'students')
        return void process.stdout.write(studentsCsv(simulation, options.names === true));
      show(simulation, policies, options);
    });
}

/** One read-only view of the database: PostgreSQL itself would refuse a write. */
async function runSimulation(
  context: Context,
  other: Policy,
  from: SchoolDate | null,
  to: SchoolDate | null,
): Promise<Simulation> {
  const { config } = context;
  const today = dateInZone(new Date(), config.district.timeZone);
  return withStore(context, ({ db }) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (view) => {
        const procedure = await createProcedureBook(view, procedureSettings(config)).on(to ?? today);
        const shown = progress();
        const request = { other, morning: config.mail.sendingWindow.from, from, to };
        const simulation = await simulate(view, procedure, request, (done, all) =>
          shown.update(`replaying student ${done} of ${all}`),
        );
        shown.done(`${simulation.plays.length} students with absences replayed`);
        return simulation;
      }),
  );
}

function dateOption(name: string, text: string | undefined): SchoolDate | null {
  if (text === undefined) return null;
  if (isSchoolDate(text)) return text;
  throw new UsageError(`${name} takes a date of the calendar as YYYY-MM-DD; found ${JSON.stringify(text)}.`);
}

type Policies = readonly [inForce: Policy, other: Policy];

const CHANGES: readonly Change[] = ['sooner', 'same', 'later', 'only-other', 'only-in-force'];
const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  sooner: 'sooner',
  same: 'same day',
  later: 'later',
  'only-other': 'only under the other',
  'only-in-force': 'no longer',
};
const REACH_WORDS: Readonly<Record<Reach, string>> = {
  contact: 'first task for staff',
  letter: 'first letter',
  referral: 'referral',
};

const ASSUMPTIONS = [
  'Each policy is played as if it had held from the first school day, with what was known on each morning.',
  'Letters leave on the first day on which they may, packets when their notice is over; approvals are given at the end of their time.',
  'Enrolments, guardians, contracts and the code table are as they are today: earlier states of them are not kept.',
];

function show(simulation: Simulation, policies: Policies, options: Options): void {
  const { comparison, range } = simulation;
  const names = sideNames(policies);
  print(`In force  ${names.inForce}`);
  print(`Other     ${names.other}`);
  print(`School days from ${range.from} to ${range.to}. Nothing was sent, and nothing was changed.`);
  heading('Letters by week and school');
  const weeks = weekRows(simulation);
  print(
    weeks.length === 0
      ? '  no letter under either policy'
      : table(
          ['week of', 'school', 'in force', 'other', 'difference'],
          [...weeks, totalOf(weeks)].map(({ week, school, inForce, other }) => [
            week,
            school,
            inForce,
            other,
            signed(other - inForce),
          ]),
        ),
  );
  heading('Steps');
  print(
    table(
      ['policy', 'step', 'students', 'letters'],
      policies.flatMap((policy, index) =>
        policy.steps.map((step): [string, string, number, number] => {
          const side: Side = index === 0 ? 'inForce' : 'other';
          const row = comparison.steps.find((one) => one.policy === side && one.step === step.id);
          return [sideWords(side), step.title, row?.students ?? 0, row?.letters ?? 0];
        }),
      ),
    ),
  );
  heading('Students reached under the other policy');
  print(
    table(
      ['', ...CHANGES.map((change) => CHANGE_WORDS[change])],
      Object.entries(comparison.reach).map(([reach, counts]) => [
        REACH_WORDS[reach as Reach],
        ...CHANGES.map((change) => counts[change]),
      ]),
    ),
  );
  if (comparison.waiting.length > 0) {
    heading('Waiting at the end');
    print(
      table(
        ['policy', 'step', 'reason', 'students'],
        comparison.waiting.map((row) => [sideWords(row.policy), row.step, row.because, row.students]),
      ),
    );
  }
  if (options.students === true) {
    heading('Students for whom something changes');
    const [head, rows] = studentTable(simulation, options.names === true);
    print(rows.length === 0 ? '  none' : table(head, rows));
  }
  heading('How this was played');
  for (const line of ASSUMPTIONS) print(`  ${line}`);
}

function sideWords(side: Side): string {
  return side === 'inForce' ? 'in force' : 'other';
}

function sideNames([inForce, other]: Policies): Record<Side, string> {
  return { inForce: inForce.version, other: other.version };
}

interface WeekRow {
  readonly week: string;
  readonly school: string;
  readonly inForce: number;
  readonly other: number;
}

function weekRows(simulation: Simulation): WeekRow[] {
  const rows = new Map<string, WeekRow>();
  for (const { week, schoolId, policy, letters } of simulation.comparison.weeks) {
    const school = schoolName(simulation, schoolId);
    const key = `${week} ${school}`;
    const known = rows.get(key) ?? { week, school, inForce: 0, other: 0 };
    rows.set(key, { ...known, [policy]: known[policy] + letters });
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function totalOf(rows: readonly WeekRow[]): WeekRow {
  const sum = (side: Side) => rows.reduce((total, row) => total + row[side], 0);
  return { week: 'all', school: '', inForce: sum('inForce'), other: sum('other') };
}

function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : String(difference);
}

function schoolName({ schools }: Simulation, id: number | null): string {
  return schools.find((school) => school.id === id)?.name ?? 'not enrolled';
}

function studentTable(simulation: Simulation, withNames: boolean): [string[], string[][]] {
  const head = ['student', ...(withNames ? ['number', 'name'] : []), 'what', 'change', 'in force', 'other'];
  const rows = simulation.comparison.students.map(({ student, reach, change, inForceOn, otherOn }) => {
    const person = simulation.people.get(student);
    return [
      student,
      ...(withNames ? [person?.number ?? '', person?.name ?? ''] : []),
      REACH_WORDS[reach],
      CHANGE_WORDS[change],
      inForceOn ?? '',
      otherOn ?? '',
    ];
  });
  return [head, rows];
}

function weeksCsv(simulation: Simulation, policies: Policies): string {
  const names = sideNames(policies);
  return csvText(
    ['week', 'school', 'policy', 'version', 'step', 'letters'],
    simulation.comparison.weeks.map((row) => [
      row.week,
      schoolName(simulation, row.schoolId),
      sideWords(row.policy),
      names[row.policy],
      row.step,
      row.letters,
    ]),
  );
}

function studentsCsv(simulation: Simulation, withNames: boolean): string {
  return csvText(...studentTable(simulation, withNames));
}

function asJson(simulation: Simulation, policies: Policies) {
  const sourcedIds = new Map(simulation.schools.map((school) => [school.id, school.sourcedId]));
  const { weeks, ...rest } = simulation.comparison;
  return {
    policies: sideNames(policies),
    ...simulation.range,
    studentsReplayed: simulation.plays.length,
    weeks: weeks.map(({ schoolId, ...week }) => ({
      ...week,
      school: schoolId === null ? null : (sourcedIds.get(schoolId) ?? null),
    })),
    ...rest,
    assumptions: ASSUMPTIONS,
  };
}

function chartOf(simulation: Simulation, policies: Policies): string {
  const { from, to } = simulation.range;
  const sums = new Map<string, { inForce: number; other: number }>();
  for (let week = mondayOf(from); week <= to; week = addDays(week, 7))
    sums.set(week, { inForce: 0, other: 0 });
  for (const { week, policy, letters } of simulation.comparison.weeks) {
    const sum = sums.get(week);
    if (sum !== undefined) sum[policy] += letters;
  }
  const weeks = [...sums].map(([week, sum]) => ({ week, ...sum }));
  const all = (side: Side) => weeks.reduce((total, week) => total + week[side], 0);
  const names = sideNames(policies);
  return weeksChart({
    title: 'Letters per week under two policies',
    description: `From ${from} to ${to}: ${all('inForce')} letters under ${names.inForce}, which is in force, and ${all('other')} under ${names.other}. The table below the bars has the number of each week.`,
    names: [`in force: ${names.inForce}`, `other: ${names.other}`],
    weeks,
  });
}
