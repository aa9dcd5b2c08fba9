import { resolve } from 'node:path';
import { Command } from 'commander';
import { backupKeyFile } from '../config/backup-keys.ts';
import { VERSION } from '../config/version.ts';
import { backUp } from '../procedure/keeping/back-up.ts';
import { openContext, withStore } from './context.ts';
import { bytesInWords, durationInWords } from './keeping-words.ts';
import { print, printJson, progress } from './output.ts';

export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'Write the whole database, documents with it, into one encrypted file. Rollcall may be running. The keys are not in it.',
    )
    .option('--out <folder>', 'where to (default: `backup.folder`, where older ones are deleted)')
    .option('--json', 'as JSON')
    .action(async (options: { out?: string; json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async (store) => {
        const bar = progress();
        const made = await backUp(store, config, {
          version: VERSION,
          now: () => new Date(),
          progress: ({ table, done, of, bytes }) =>
            bar.update(`${table}: table ${done + 1} of ${of}, ${bytesInWords(bytes)} read`),
          ...(options.out !== undefined && { folder: resolve(options.out) }),
        });
        if (options.json === true) return printJson(made);
        bar.done('The backup is written.');
        print(made.path);
        print(
          `${bytesInWords(made.bytes)} with ${made.rows} rows, in ${durationInWords(made.milliseconds)}. SHA-256 ${made.sha256}`,
        );
        if (made.pruned > 0)
          print(
            made.pruned === 1 ? 'One older backup is deleted.' : `${made.pruned} older backups are deleted.`,
          );
        if (made.elsewhere !== null)
          print(
            `The backup before lies on ${made.elsewhere.host} in ${made.elsewhere.folder}, and not here: nobody deletes it there. With several machines, let “backup.folder” be one folder that all of them share.`,
          );
        if (config.environment.backupKey === null)
          print(
            `Only ${backupKeyFile(config)} opens it. Keep a copy of that key, and of \`document.key\` and \`secret.key\`, away from this machine and from the backups.`,
          );
      });
    });
}
