import { resolve } from 'node:path';
import { Command } from 'commander';
import { backupKeysOf } from '../config/backup-keys.ts';
import type { Config } from '../config/config-types.ts';
import { readKeyFile } from '../config/key-file.ts';
import { VERSION } from '../config/version.ts';
import { counted } from '../domain/plain-words.ts';
import { openServer } from '../main.ts';
import { restore } from '../procedure/keeping/restore.ts';
import { BackupFileError, type SealedHead } from '../store/backup/sealed-stream.ts';
import { documentKeyMark } from '../wiring/unlock-documents.ts';
import { openContext, whenIn } from './context.ts';
import { durationInWords } from './keeping-words.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, progress, UsageError } from './output.ts';
import { settleCommand } from './restore-settle.ts';
import { undoneLines } from './undone-words.ts';

interface RestoreOptions {
  readonly by: string;
  readonly replace?: boolean;
  readonly confirm?: string;
  readonly keepNothing?: boolean;
  readonly key?: string;
  readonly json?: boolean;
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description(
      'Put a backup back, and settle afterwards what may have left since: `rollcall restore FILE`, then `rollcall restore settle`.',
    )
    .addCommand(fileCommand(), { isDefault: true })
    .addCommand(settleCommand());
}

function fileCommand(): Command {
  return new Command('file')
    .description(
      'Put a backup into an empty database. Nothing leaves afterwards before `rollcall restore settle`.',
    )
    .argument('<file>', 'the backup')
    .requiredOption('--by <name>', 'who does it')
    .option('--key <file>', 'file with the backup key, where it is not the one in use')
    .option('--replace', 'the database may hold something: it is backed up first, and then goes')
    .option('--confirm <district>', 'with --replace: the id of the district, as in district.yaml')
    .option('--keep-nothing', 'with --replace: without a backup of what goes')
    .option('--json', 'as JSON')
    .action(async (file: string, options: RestoreOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const context = openContext(command);
      const { config } = context;
      if (options.replace === true && options.confirm !== config.district.id)
        throw new UsageError(
          `--replace takes everything away that is in the database now. To go on, add --confirm ${config.district.id}.`,
        );
      const now = new Date();
      // Not brought to this version, and no key made for it: what is there may be of any version, or nothing.
      const server = await openServer(config, context.log);
      const bar = progress();
      try {
        const path = resolve(file);
        const keys = keysFor(config, options.key);
        const restored = await restore(server, config, {
          file: path,
          keys,
          by,
          replace: options.replace === true,
          keep: options.keepNothing !== true,
          version: VERSION,
          now,
          check: (head) => refuseWithoutDocumentKey(config, head),
          progress: ({ table, rows }) => bar.update(`${table}: ${counted(rows, 'row')}`),
        });
        const rows = Object.values(restored.rows).reduce((sum, count) => sum + count, 0);
        const { before, anchorsAside, undone, undoneFile, milliseconds } = restored;
        const { madeAt } = restored.head;
        if (options.json === true)
          return printJson({ madeAt, rows, milliseconds, before, anchorsAside, undone, undoneFile });
        bar.done('The backup is restored.');
        print(
          `The database is as it was on ${whenIn(config, new Date(madeAt))}: ${counted(rows, 'row')} in ${durationInWords(milliseconds)}.`,
        );
        if (before !== null) print(`What was there before is in ${before}.`);
        if (anchorsAside > 0)
          print(
            `The audit log of today was longer: ${counted(anchorsAside, 'kept end')} of it lie in audit-anchors-before-restore-….txt of the data folder.`,
          );
        for (const line of undoneLines(undone)) print(line);
        if (undoneFile !== null) print(`The same is in ${undoneFile}.`);
        print(
          'Nothing leaves now: no letter, no packet, no mail to staff. What has left since then is not in this database. Start with `rollcall restore settle`.',
        );
      } finally {
        await server.close();
      }
    });
}

function keysFor(config: Config, keyFile: string | undefined): string[] {
  if (keyFile === undefined) return backupKeysOf(config);
  const key = readKeyFile(keyFile);
  if (key === null) throw new UsageError(`--key: ${keyFile} does not exist.`);
  return [key, ...backupKeysOf(config)];
}

/** Found out afterwards, it would be a database that no command opens. */
function refuseWithoutDocumentKey(config: Config, { documentKey }: SealedHead): void {
  if (documentKey === null) return;
  const ours = documentKeyMark(config);
  if (ours === documentKey) return;
  const found = ours === null ? 'there is none' : `found the key ${ours}`;
  throw new BackupFileError(
    `The documents in the backup are encrypted with the document key ${documentKey}; ${found}. Put \`document.key\` back into the data folder, or set ROLLCALL_DOCUMENT_KEY, then restore.`,
  );
}
