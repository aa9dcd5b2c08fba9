import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Reach, Side } from '../domain/compare-plays.ts';
import type { Policy } from '../domain/policy.ts';
import { dateInZone, type SchoolDate } from '../domain/school-date.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { type Simulation, simulate } from '../procedure/simulate.ts';
import { type Context, openContext, withStore } from './context.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { dateOption } from './option-values.ts';
import { heading, print, printJson, progress, table, UsageError } from './output.ts';
import {
  ASSUMPTIONS,
  asJson,
  CHANGE_WORDS,
  CHANGES,
  chartOf,
  type Policies,
  REACH_WORDS,
  sideNames,
  sideWords,
  signed,
  studentsCsv,
  studentTable,
  totalOf,
  weekRows,
  weeksCsv,
} from './simulation-tables.ts';

interface Options {
  readonly policy: string;
  readonly from?: string;
  readonly until?: string;
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
    .option('--until <date>', 'report up to this date, YYYY-MM-DD (default: the last day that was read)')
    .option('--students', 'list the students for whom something changes')
    .option('--names', 'with --students or --csv students: student numbers and names')
    .option('--csv [table]', 'as CSV: `weeks` (letters per week, school and step) or `students`')
    .option('--json', 'as JSON: ids only')
    .option('--chart <file>', `draw letters per week under both policies, as SVG; ${NEVER_REPLACED}`)
    .action(async (options: Options, command: Command) => {
      const csv = options.csv === true ? 'weeks' : options.csv;
      if (csv !== undefined && csv !== 'weeks' && csv !== 'students')
        throw new UsageError(`--csv takes weeks or students; found ${JSON.stringify(csv)}.`);
      const from = dateOption('--from', options.from);
      const until = dateOption('--until', options.until);
      if (from !== null && until !== null && from > until)
        throw new UsageError(`--from (${from}) lies after --until (${until}).`);
      const chart = options.chart === undefined ? null : newFile('--chart', options.chart);
      const context = openContext(command);
      const other = context.config.policyFrom(resolve(options.policy));
      const { simulation, inForce } = await runSimulation(context, other, from, until);
      const policies = [inForce, other] as const;
      if (chart !== null) {
        writeNewFile('--chart', chart, chartOf(simulation, policies));
        process.stderr.write(`chart written to ${chart}\n`);
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
): Promise<{ readonly simulation: Simulation; readonly inForce: Policy }> {
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
        return { simulation, inForce: procedure.policy };
      }),
  );
}

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
