import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { secretKeysOf } from '../config/secret-key.ts';
import { counted } from '../domain/plain-words.ts';
import { idsInFiles, mailsInOutbox } from '../procedure/keeping/sent-evidence.ts';
import {
  type Doubt,
  isToBeChecked,
  readDoubt,
  type Settlement,
  settleRestore,
} from '../procedure/keeping/settle-restore.ts';
import { createProcedureBook, ifAny, procedureSettings } from '../procedure/procedure-book.ts';
import { type Context, dateOf, openContext, whenIn, withStore } from './context.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';
import { undoneLines } from './undone-words.ts';

interface SettleOptions {
  readonly by?: string;
  readonly why?: string;
  readonly sent?: readonly string[];
  readonly complete?: boolean;
  readonly holdsChecked?: boolean;
  readonly json?: boolean;
}

export function settleCommand(): Command {
  return new Command('settle')
    .description(
      'After a restore: what may have left since the backup, and, with --by and --why, let mail leave again.',
    )
    .option('--by <name>', 'who answers for it')
    .option('--why <reason>', 'what was found out; goes on record')
    .option(
      '--sent <file>',
      'log or export of the mail server that names the Message-IDs of what has left; can be given several times',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--complete', 'these files have everything that has left since the backup')
    .option(
      '--holds-checked',
      'you have looked for holds, legal holds and stops of the time that the database does not know, and placed them again',
    )
    .option('--json', 'as JSON: ids only')
    .action(async (options: SettleOptions, command: Command) => {
      const context = openContext(command);
      if ((options.by === undefined) !== (options.why === undefined))
        throw new UsageError('Say both --by and --why to settle it, or neither to look.');
      await withStore(context, async ({ db }) => {
        const doubt = await readDoubt(db);
        if (doubt === null) {
          if (options.json === true) return printJson(null);
          return print('Nothing is to be settled.');
        }
        if (options.by === undefined || options.why === undefined) {
          if (options.json === true) return printJson(doubt);
          return printDoubt(context.config, doubt);
        }
        await settle(context, db, options as SettleOptions & { by: string; why: string });
      });
    });
}

async function settle(
  { config }: Context,
  db: Parameters<typeof settleRestore>[0],
  options: SettleOptions & { readonly by: string; readonly why: string },
): Promise<void> {
  const files = options.sent ?? [];
  const missing = files.find((path) => !existsSync(path));
  if (missing !== undefined) throw new UsageError(`--sent: ${missing} does not exist.`);
  const outbox = config.environment.smtpUrl === null ? await mailsInOutbox(config.dataDir) : [];
  if (options.complete === true && files.length + outbox.length === 0)
    throw new UsageError('--complete needs --sent with the files that have everything that has left.');
  const domain = config.mail.messageIdDomain;
  const moment = { now: new Date(), today: dateOf(config, undefined) };
  const procedure = await ifAny(createProcedureBook(db, procedureSettings(config)).on(moment.today));
  const settlement = await settleRestore(
    db,
    procedure,
    {
      dataDir: config.dataDir,
      secretKeys: secretKeysOf(config),
      messageIdDomain: domain,
      sent: await idsInFiles([...files, ...outbox], domain),
      complete: options.complete === true,
      holdsChecked: options.holdsChecked === true,
      by: lineOption('--by', options.by, 100),
      because: lineOption('--why', options.why, 500),
    },
    moment,
  );
  if (settlement === 'holds-unchecked')
    throw new UsageError(
      'Nothing was settled. Holds, legal holds and stops that were placed since the backup may be missing: `rollcall restore settle` says which are known. Place them again, then add --holds-checked.',
    );
  if (options.json === true) return printJson(settlement);
  if (settlement === null) return print('Nothing is to be settled.');
  for (const line of settledLines(settlement)) print(line);
}

function printDoubt(config: Config, { mode, letters, referrals }: Doubt): void {
  const since = whenIn(config, mode.since);
  if (mode.why === 'restored' && mode.knowsUntil !== null)
    print(
      `The database was restored on ${since} by ${mode.by}. It knows what has left up to ${whenIn(config, mode.knowsUntil)}.`,
    );
  else
    print(
      `On ${since} Rollcall found that the database is older than what has left: somebody has put an old one back.`,
    );
  print('Nothing leaves until this is settled: no letter, no packet, no mail to staff.\n');
  for (const line of undoneLines(mode.undone)) print(line);
  print('');
  if (letters.length === 0) print('No letter was waiting or on its way then.');
  else {
    print(`${counted(letters.length, 'letter was', 'letters were')} waiting or on the way then:`);
    print(
      table(
        ['letter', 'channel', 'state'],
        letters.map(({ ref, channel, state }) => [ref, channel, state]),
      ),
    );
  }
  if (referrals > 0)
    print(
      `${counted(referrals, 'referral was', 'referrals were')} waiting: each needs a release before its packet leaves.`,
    );
  print(`
To settle it:
  1. Get the log of the mail server, or an export of the provider, from that time until now.
  2. rollcall restore settle --sent FILE --complete --by NAME --why TEXT
     What the file names has left. What it does not name is in line again.
     Without a file, or without --complete, each letter that it does not name is uncertain, with a task of its own.${
       isToBeChecked(mode)
         ? `
     Add --holds-checked once the holds, legal holds and stops of that time are placed again.`
         : ''
     }
  3. Letters of steps that were reached since cannot be found by their id: all that is planned up to the next read of
     the SIS waits for one yes (rollcall batches). Compare it with what the office has sent.`);
}

function settledLines({ found, uncertain, inLine, unknown, releases }: Settlement): string[] {
  const lines = ['It is settled: mail leaves again.'];
  if (found > 0)
    lines.push(`${counted(found, 'letter has', 'letters have')} left before: they count as sent.`);
  if (uncertain > 0)
    lines.push(
      `${counted(uncertain, 'letter is', 'letters are')} uncertain: the clerk has a task about each (rollcall letters resolve).`,
    );
  if (inLine > 0)
    lines.push(
      `${counted(inLine, 'letter is', 'letters are')} in line again, and ${inLine === 1 ? 'waits' : 'wait'} for a yes (rollcall batches).`,
    );
  if (unknown > 0)
    lines.push(
      `${counted(unknown, 'mail has', 'mails have')} left that this database does not know: compare the next batch with the log before you say yes.`,
    );
  if (releases > 0)
    lines.push(
      `${counted(releases, 'release')} of packets do not hold any more: look whether they have left, then release them again.`,
    );
  lines.push('What is planned up to the next read of the SIS waits for a yes, too.');
  return lines;
}
