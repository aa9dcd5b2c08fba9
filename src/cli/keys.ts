import { existsSync, renameSync } from 'node:fs';
import { Command } from 'commander';
import { backupKeyFile, backupKeyOf, backupKeysOf, formerBackupKeyFile } from '../config/backup-keys.ts';
import type { Config } from '../config/config-types.ts';
import { makeKeyFile } from '../config/key-file.ts';
import { formerSecretKeyFile, secretKeyFile, secretKeyOf, secretKeysOf } from '../config/secret-key.ts';
import { atCommandLine } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import { markOfKey } from '../store/backup/sealed-stream.ts';
import { documentKeyFile, documentKeyMark } from '../wiring/unlock-documents.ts';
import { openContext, withStore } from './context.ts';
import { knownOption, lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('The keys of this installation: which there are, and changing them. No key is ever shown.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(rotateCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Each key by its mark, which tells one from another and nothing about it.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { config } = openContext(command);
      const keys = keysOf(config);
      if (options.json === true) return printJson(keys);
      print(
        table(
          ['key', 'for', 'where', 'in use', 'still taken'],
          keys.map(({ key, purpose, where, mark, before }) => [
            key,
            purpose,
            where,
            mark ?? 'none yet',
            before.join(', '),
          ]),
        ),
      );
      print('Where a key is lost, nothing replaces it: keep a copy of each away from this machine.');
    });
}

function keysOf(config: Config) {
  const { environment } = config;
  const backups = backupKeysOf(config).map(markOfKey);
  const secrets = secretKeysOf(config).map(markOfKey);
  const where = (name: string, value: string | null, file: string) => (value === null ? file : name);
  return [
    {
      key: 'secret',
      purpose: 'ids and return paths of mails, forms and codes of the pages',
      where: where('ROLLCALL_SECRET_KEY', environment.secretKey, secretKeyFile(config)),
      mark: secrets[0] ?? null,
      before: secrets.slice(1),
    },
    {
      key: 'document',
      purpose: 'documents in the database',
      where: where('ROLLCALL_DOCUMENT_KEY', environment.documentKey, documentKeyFile(config)),
      mark: documentKeyMark(config),
      before: [],
    },
    {
      key: 'backup',
      purpose: 'backups and archives',
      where: where('ROLLCALL_BACKUP_KEY', environment.backupKey, backupKeyFile(config)),
      mark: backups[0] ?? null,
      before: [...new Set(backups.slice(1))].filter((mark) => mark !== backups[0]),
    },
  ];
}

function rotateCommand(): Command {
  return new Command('rotate')
    .description(
      'Change a key that lies in the data folder. The one before goes on being taken; restart Rollcall afterwards.',
    )
    .argument('<key>', 'secret or backup (the document key: rollcall documents rotate-key)')
    .requiredOption('--by <name>', 'who does it')
    .action(async (name: string, options: { by: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      if (name === 'document')
        throw new UsageError('The document key is changed with `rollcall documents rotate-key`.');
      const key = knownOption('the key', name, ['secret', 'backup']) as 'secret' | 'backup';
      const context = openContext(command);
      const { config } = context;
      refuseInEnvironment(config, key);
      await withStore(context, async ({ db }) => {
        const { was, is, before } = ROTATE[key](config);
        await recordAudit(db, {
          at: new Date(),
          actor: atCommandLine(by),
          from: null,
          action: 'key-rotated',
          subject: key,
          detail: { was, is },
        });
        print(`The ${key} key is ${is} now. The one before, ${was}, lies in ${before}.`);
        for (const line of WHAT_NEXT[key]) print(line);
      });
    });
}

function refuseInEnvironment(config: Config, key: 'secret' | 'backup'): void {
  const name = key === 'secret' ? 'ROLLCALL_SECRET_KEY' : 'ROLLCALL_BACKUP_KEY';
  const value = key === 'secret' ? config.environment.secretKey : config.environment.backupKey;
  if (value === null) return;
  throw new UsageError(
    `The key is in the environment: put it into ${name}_BEFORE, a new one into ${name} (\`openssl rand -hex 32\`), and restart Rollcall.`,
  );
}

const ROTATE = {
  secret(config: Config) {
    const was = markOfKey(secretKeyOf(config));
    const before = formerSecretKeyFile(config);
    if (existsSync(before))
      throw new UsageError(
        `${before} is there from the last change. Delete it first: from then on bounces of mails from before that change are not known any more.`,
      );
    renameSync(secretKeyFile(config), before);
    return { was, is: markOfKey(makeKeyFile(secretKeyFile(config))), before };
  },
  backup(config: Config) {
    const was = markOfKey(backupKeyOf(config));
    const before = formerBackupKeyFile(config, was);
    renameSync(backupKeyFile(config), before);
    return { was, is: markOfKey(makeKeyFile(backupKeyFile(config))), before };
  },
} as const;

const WHAT_NEXT = {
  secret: [
    'Restart Rollcall. Delete the file of the key before once no bounce of older mails can come any more, after about 30 days.',
    'Codes for signing in that are on the way do not fit any more: people ask for another one.',
  ],
  backup: [
    'Keep a copy of the new key away from this machine, and the one before for as long as there are backups that it opens.',
    'Make a backup now: rollcall backup',
  ],
} as const;
