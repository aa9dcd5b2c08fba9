import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { sisHolds } from '../domain/hold-kinds.ts';
import type { SourceFile } from '../domain/sis-records.ts';
import { releaseRun } from '../procedure/release-run.ts';
import { useReleasedFile } from '../sis/drop-folder/waiting-files.ts';
import { SisError } from '../sis/sis-error.ts';
import { policyInForce } from '../store/policies.ts';
import { evidenceWords } from '../store/sync/evidence.ts';
import { findSyncRun, listProblems, listSyncRuns, type SyncRun } from '../store/sync/sync-runs.ts';
import { dropFolders } from '../wiring/sis-options.ts';
import { dateOf, openContext, whenIn, withStore } from './context.ts';
import { putOnRecord } from './on-record.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';
import { countRows } from './sync.ts';

const SHOWN_RUNS = 20;
const SHOWN_PROBLEMS = 50;

export function runsCommand(): Command {
  return new Command('runs')
    .description('The reads of the SIS: what came, what was stopped and why; `show ID`, `release ID`.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const runs = await listSyncRuns(db, { most: SHOWN_RUNS });
        if (options.json === true) return printJson(runs);
        print(
          table(
            ['run', 'as of', 'kind', 'state', 'begun', 'reason'],
            runs.map((run) => [
              run.id.slice(0, 8),
              run.asOf,
              run.kind,
              stateOf(run),
              whenIn(context.config, run.startedAt),
              run.reason ?? '',
            ]),
          ),
        );
      });
    })
    .addCommand(showCommand())
    .addCommand(releaseCommand());
}

function showCommand(): Command {
  return new Command('show')
    .description('One run: counts, the evidence of the guards, and what could not be used.')
    .argument('<id>', 'the run, or the beginning of its id')
    .option('--json', 'as JSON')
    .action(async (id: string, _options: object, command: Command) => {
      const context = openContext(command);
      const when = (instant: Date) => whenIn(context.config, instant);
      await withStore(context, async ({ db }) => {
        const run = await findSyncRun(db, id);
        if (run === null)
          throw new UsageError(
            `No run has an id that begins with ${id}, or more than one has; \`rollcall runs\` lists them, and four characters or more name one.`,
          );
        const problems = await listProblems(db, run.id, SHOWN_PROBLEMS);
        if (asJson(command)) return printJson({ ...run, problems });
        print(`Run ${run.id}`);
        print(`${run.kind} read for ${run.asOf}, begun ${when(run.startedAt)}: ${stateOf(run)}`);
        if (run.reason !== null) print(`Reason: ${run.reason}`);
        if (run.sourceAsOf !== null) print(`The absences were right as of ${when(run.sourceAsOf)}.`);
        if (run.released !== null) {
          print(`Released by ${run.released.by} on ${when(run.released.at)}: ${run.released.because}`);
        }
        if (run.evidence.length > 0) {
          heading('Evidence');
          for (const one of run.evidence) print(`  ${one.guard}: ${evidenceWords(one)}`);
        }
        heading('Counts');
        print(table(['what', 'rows'], countRows(run.counts)));
        if (problems.length > 0) {
          heading('Rows and fields that could not be used');
          print(
            table(
              ['collection', 'row', 'field', 'found', 'expected'],
              problems.map((one) => [one.collection, one.row, one.field, one.found, one.expected]),
            ),
          );
        }
        if (run.plan !== null) print(`\nTo let it into force: rollcall runs release ${id} --by NAME --why …`);
      });
    });
}

function releaseCommand(): Command {
  return new Command('release')
    .description('Let a quarantined run into force exactly as it was read. Who and why are kept with it.')
    .argument('<id>', 'the run, or the beginning of its id')
    .requiredOption('--by <name>', 'who looked at it')
    .requiredOption('--why <reason>', 'why it is right')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { by: string; why: string }, command: Command) => {
      if (options.by.trim() === '' || options.why.trim() === '') {
        throw new UsageError('--by and --why need a name and a reason; they are kept with the run.');
      }
      const context = openContext(command);
      await withStore(context, async (store) => {
        const release = { run: id, by: options.by.trim(), because: options.why.trim() };
        const policy = await policyInForce(
          store.db,
          context.config.policy,
          dateOf(context.config, undefined),
        );
        const now = new Date();
        const outcome = await releaseRun(
          { ...store, holds: sisHolds(policy.holds) },
          release,
          now,
          (tx, { runId }) =>
            putOnRecord(tx, { by: release.by, now }, [{ action: 'run-released', subject: runId }]),
        );
        if (outcome.kind === 'refused')
          throw new UsageError(`Run ${id} cannot be released: ${outcome.reason}.`);
        const left = await useFiles(context.config, outcome.files);
        if (left !== null) process.exitCode = 1;
        if (asJson(command)) return printJson({ ...outcome, ...(left !== null && { filesLeft: left }) });
        print(
          `Run ${outcome.runId.slice(0, 8)} is in force; ${outcome.counts.studentsToEvaluate ?? 0} students are looked at again.`,
        );
        if (left !== null) print(`Its files could not be put away: ${left}.`);
      });
    });
}

/** `runs` has the option too, and takes it wherever it stands. */
function asJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

/** @returns why the files could not be put away; null: they were */
async function useFiles(config: Config, files: readonly SourceFile[]): Promise<string | null> {
  const folders = dropFolders(config);
  try {
    for (const file of files) {
      const folder = folders[file.content];
      if (folder !== undefined) await useReleasedFile(folder, file, new Date());
    }
    return null;
  } catch (error) {
    if (error instanceof SisError) return error.message;
    throw error;
  }
}

function stateOf(run: SyncRun): string {
  if (run.released !== null) return 'applied (released)';
  return run.state === 'quarantined' && run.plan === null ? 'quarantined (closed)' : run.state;
}
