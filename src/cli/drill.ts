import { resolve } from 'node:path';
import { Command } from 'commander';
import { counted } from '../domain/plain-words.ts';
import type { DrillReport } from '../procedure/keeping/drill.ts';
import { proveBackup } from '../procedure/keeping/prove-backup.ts';
import { documentKeyOf } from '../wiring/unlock-documents.ts';
import { type Context, openContext, whenIn, withStore } from './context.ts';
import { durationInWords } from './keeping-words.ts';
import { print, printJson, progress } from './output.ts';

/** A call at night must not pass for a wrong one: the backup that it was to prove is not there. */
class MissingBackupError extends Error {
  override readonly name = 'MissingBackupError';
}

export function drillCommand(): Command {
  return new Command('drill')
    .description(
      'Prove a backup: restore it into a database of its own, check every row, document and place of the audit log, and take that database away again. Ends with 1 where something is wrong.',
    )
    .argument('[file]', 'the backup (default: the newest in `backup.folder`)')
    .option('--json', 'as JSON')
    .action(async (file: string | undefined, options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async (store) => {
        const bar = progress();
        const report = await proveBackup(store, config, {
          ...(file !== undefined && { file: resolve(file) }),
          documentKey: documentKeyOf(config),
          embedded: store.kind === 'embedded',
          now: () => new Date(),
          progress: (stage, count) => bar.update(`${stage}: ${count}`),
        });
        if (report === null)
          throw new MissingBackupError(
            `No backup lies in ${config.backup.folder}: \`rollcall backup\` makes one.`,
          );
        if (!report.good) process.exitCode = 1;
        if (options.json === true) return printJson(report);
        for (const line of drillLines(context, report)) print(line);
      });
    });
}

function drillLines({ config }: Context, report: DrillReport): string[] {
  const { documents, failure } = report;
  if (failure !== null) return [`${report.file} is no good: ${failure}`];
  const made = report.madeAt === null ? '' : `, of ${whenIn(config, new Date(report.madeAt))}`;
  const server = report.where === 'embedded' ? 'on a server of its own' : 'beside the database in use';
  return [
    report.good
      ? `${report.file} is good${made}: restored ${server} in ${durationInWords(report.milliseconds)}.`
      : `${report.file} IS NOT GOOD${made}.`,
    `  Rows: ${report.rows}, as many as were written.`,
    `  Documents: ${documents.whole} whole, ${documents.broken} broken, ${documents.destroyed} destroyed on purpose.`,
    report.audit === 'intact'
      ? `  Audit log: whole, ${counted(report.auditEvents, 'event')}.`
      : '  Audit log: BROKEN. `rollcall audit verify` says where, for the database in use.',
    ...(report.broken.length === 0 ? ['  Ledger: everything that must hold does.'] : []),
    ...report.broken.map(({ invariant, rows }) => `  Ledger: ${invariant}: NOT for ${counted(rows, 'row')}.`),
  ];
}
