import { Command } from 'commander';
import type { SyncOutcome } from '../procedure/sync-district.ts';
import { clockOf, openContext, withApp } from './context.ts';
import { heading, print, printJson, progress, table } from './output.ts';

interface SyncCommandOptions {
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly asOf?: string;
  readonly json?: boolean;
}

export function syncCommand(): Command {
  return new Command('sync')
    .description(
      'Read the SIS now: what has changed since the last time, or everything. Decides and sends nothing.',
    )
    .option('--full', 'read everything, whatever is due')
    .option('--dry-run', 'read, compare and judge, but keep nothing of it')
    .option('--as-of <date>', 'take this date for today, YYYY-MM-DD')
    .option('--json', 'as JSON')
    .action(async (options: SyncCommandOptions, command: Command) => {
      const context = openContext(command);
      const shown = progress();
      const outcome = await withApp(
        context,
        clockOf(context.config, options.asOf),
        (app) => app.jobs.sync({ full: options.full === true, dryRun: options.dryRun === true }),
        (collection, rows) => shown.update(`reading ${inWords(collection)}: ${rows} rows`),
      );
      shown.done(`sync ${outcome.kind}`);
      if (options.json === true) printJson(outcome);
      else printOutcome(outcome);
      if ('reason' in outcome || (outcome.kind === 'tried' && outcome.wouldStop !== null))
        process.exitCode = 1;
    });
}

function printOutcome(outcome: SyncOutcome): void {
  const run = outcome.runId.slice(0, 8);
  if ('reason' in outcome) {
    print(`Run ${run} was ${outcome.kind}: ${outcome.reason}.`);
    print('What was in force stays in force.');
    print(
      outcome.kind === 'failed'
        ? 'Try the SIS step by step: rollcall check'
        : `Look at it: rollcall runs show ${run}`,
    );
  } else if (outcome.kind === 'applied') {
    print(`Run ${run} was applied.`);
  } else {
    print(`Run ${run}: tried, and nothing was kept.`);
    if (outcome.wouldStop !== null) {
      print(`It would have been stopped: ${outcome.wouldStop}.`);
      print(`Look at it: rollcall runs show ${run}`);
    }
  }
  // A dry run moves nothing.
  const putAside = outcome.kind === 'tried' ? 'Would be put aside' : 'Put aside';
  for (const file of outcome.refusedFiles) print(`${putAside}: ${file}.`);
  heading('Counts');
  print(table(['what', 'rows'], countRows(outcome.counts)));
}

/** Collections are told even when nothing came of them; of what may be odd only what there was. */
const ALWAYS = new Set(['schools', 'students', 'guardians', 'attendances']);

export function countRows(counts: Readonly<Record<string, number>>): (string | number)[][] {
  return Object.entries(counts)
    .filter(([name, rows]) => rows !== 0 || ALWAYS.has(name))
    .map(([name, rows]) => [inWords(name), rows]);
}

/** `absencesOfUnknownStudent` → `absences of unknown student`. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
