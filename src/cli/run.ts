import { Command } from 'commander';
import type { CycleReport } from '../wiring/run-cycle.ts';
import { type Context, clockOf, openContext, withApp } from './context.ts';
import { modeWords } from './mode-words.ts';
import { heading, print, printJson, progress, table, UsageError } from './output.ts';

export function runCommand(): Command {
  return new Command('run')
    .description(
      'One whole cycle: sync, evaluate, act until nothing is due. Meant for cron-like set-ups and for trying.',
    )
    .option('--once', 'run one cycle and end (required: `rollcall start` is the service)')
    .option(
      '--as-of <date>',
      'set the clock of the whole cycle to this date, YYYY-MM-DD, in the hour of sending',
    )
    .option('--json', 'print what changed as JSON: ids only')
    .action(async (options: { once?: boolean; asOf?: string; json?: boolean }, command: Command) => {
      if (options.once !== true)
        throw new UsageError('Say `run --once`; the service that goes on is `rollcall start`.');
      const context = withoutRecallWindow(openContext(command), options.asOf);
      const shown = progress();
      const report = await withApp(
        context,
        clockOf(context.config, options.asOf),
        async (app) => {
          app.startWorkers();
          return app.runCycle((stage, count) =>
            shown.update(stage === 'sync' ? 'reading the SIS' : `${count} jobs due`),
          );
        },
        (collection, rows) => shown.update(`reading ${collection}: ${rows} rows`),
      );
      shown.done(`cycle of ${report.asOf} ended`);
      if (options.json === true) printJson(report);
      else printReport(report, modeWords(context.config));
      if (report.sync.kind !== 'applied' || report.problems.length > 0) process.exitCode = 1;
    });
}

/** The clock stands still: there is no later moment at which anybody could have called a letter back. */
function withoutRecallWindow(context: Context, asOf: string | undefined): Context {
  if (asOf === undefined) return context;
  const { config } = context;
  return { ...context, config: { ...config, brakes: { ...config.brakes, recallMinutes: 0 } } };
}

function printReport(report: CycleReport, modes: readonly string[]): void {
  heading(`Cycle of ${report.asOf}`);
  for (const line of modes) print(`  ${line}`);
  if (report.sync.kind === 'applied') {
    const { students = 0, guardians = 0, attendances = 0, studentsToEvaluate = 0 } = report.sync.counts;
    print(`  Sync applied: ${students} students, ${guardians} guardians, ${attendances} attendance rows;`);
    print(`  ${studentsToEvaluate} students had to be looked at again.`);
  } else if ('reason' in report.sync) {
    print(`  Sync ${report.sync.kind}: ${report.sync.reason}. Yesterday’s state stays in force.`);
  }
  section(
    'Decisions',
    ['step', 'became', 'students'],
    countBy(report.decisions, (row) => [row.step, row.to]),
  );
  section(
    'Letters',
    ['step', 'channel', 'state', 'letters'],
    countBy(report.letters, (row) => [row.step, row.channel, row.state]),
  );
  section(
    'Tasks',
    ['task', 'role', 'state', 'tasks'],
    countBy(report.tasks, (row) => [row.kind, row.role, row.state]),
  );
  section(
    'Referrals',
    ['case', 'state', 'missing'],
    report.referrals.map((row) => [row.ref, row.state, row.gaps.join(', ')]),
  );
  section(
    'Waiting',
    ['step', 'reason', 'students'],
    report.waiting.map((row) => [row.step, row.reason, row.students]),
  );
  for (const problem of report.problems) print(`  Problem: ${problem}`);
}

function section(title: string, head: string[], rows: (string | number)[][]): void {
  heading(title);
  print(rows.length === 0 ? '  none' : table(head, rows));
}

function countBy<T>(rows: readonly T[], key: (row: T) => string[]): (string | number)[][] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const id = key(row).join('\t');
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts].sort().map(([id, count]) => [...id.split('\t'), count]);
}
