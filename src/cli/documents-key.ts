import { existsSync, rmSync } from 'node:fs';
import { Command } from 'commander';
import { makeKeyFile, readKeyFile } from '../config/key-file.ts';
import { atCommandLine } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import { readVaultMark, rewrapKeys } from '../store/document-keys.ts';
import { countInPlain, encryptPlainDocuments } from '../store/encrypt-plain-documents.ts';
import { documentKeyFile, nextKeyFile, settleKeyFile } from '../wiring/unlock-documents.ts';
import { openContext, withStore } from './context.ts';
import { lineOption } from './option-values.ts';
import { print, progress, UsageError } from './output.ts';

/** The service does the same bit by bit; whoever does not want to wait says so. */
export function encryptCommand(): Command {
  return new Command('encrypt')
    .description('Encrypt now what was kept before documents were encrypted. The service does it bit by bit.')
    .action(async (_options: unknown, command: Command) => {
      await withStore(openContext(command), async ({ db }) => {
        const all = await countInPlain(db);
        const bar = progress();
        const limit = {
          documents: all,
          progress: (done: number) => bar.update(`${done} of ${all} documents`),
        };
        const done = all === 0 ? 0 : await encryptPlainDocuments(db, limit, new Date());
        print(all === 0 ? 'Every document is encrypted.' : `${done} documents are encrypted now.`);
      });
    });
}

export function rotateKeyCommand(): Command {
  return new Command('rotate-key')
    .description(
      'Change the key that the keys of all documents are wrapped with. Stop Rollcall first: a process that has the old key keeps and reads nothing any more.',
    )
    .option(
      '--key <file>',
      'file with the new key, for ROLLCALL_DOCUMENT_KEY or its _FILE; not set: a new `document.key` in the data folder',
    )
    .requiredOption('--by <name>', 'who does it')
    .action(async (options: { key?: string; by: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const context = openContext(command);
      const { config } = context;
      if (options.key === undefined && config.environment.documentKey !== null) {
        throw new UsageError(
          'The key is in the environment: say with --key which file holds the new one, and give Rollcall that from then on.',
        );
      }
      await withStore(context, async ({ db }) => {
        const key = options.key === undefined ? newKey(config) : keyIn(options.key);
        const was = await readVaultMark(db);
        const count = await db.transaction().execute(async (tx) => {
          const wrapped = await rewrapKeys(tx, key);
          await recordAudit(tx, {
            at: new Date(),
            actor: atCommandLine(by),
            from: null,
            action: 'document-key-rotated',
            detail: { was, is: await readVaultMark(tx), keys: wrapped },
          });
          return wrapped;
        });
        const fileHadIt = config.environment.documentKey === null;
        if (options.key === undefined) settleKeyFile(config, 'replaced');
        else if (fileHadIt) settleKeyFile(config, 'elsewhere');
        print(
          `${count} keys are wrapped anew: the key ${was} is no longer used, ${await readVaultMark(db)} is.`,
        );
        if (options.key === undefined) print(`The new key is in ${documentKeyFile(config)}. Back it up.`);
        else
          print(
            `Before Rollcall starts again, set ROLLCALL_DOCUMENT_KEY_FILE to ${options.key}, or ROLLCALL_DOCUMENT_KEY to what is in it.`,
          );
      });
    });
}

/** One that was left by a change that was cut off before the database had taken it was never used. */
function newKey(config: Parameters<typeof nextKeyFile>[0]): string {
  const path = nextKeyFile(config);
  if (existsSync(path)) rmSync(path);
  return makeKeyFile(path);
}

function keyIn(path: string): string {
  const key = readKeyFile(path);
  if (key === null)
    throw new UsageError(`--key: ${path} does not exist; \`openssl rand -hex 32\` makes a key.`);
  return key;
}
