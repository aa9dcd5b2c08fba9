import { Command } from 'commander';
import { counted } from '../domain/plain-words.ts';
import { addDays, dateInZone, instantInZone } from '../domain/school-date.ts';
import { NoProcedureError } from '../procedure/procedure-book.ts';
import { type BouncedAddress, listBouncedAddresses, trustAddresses } from '../store/bounced-addresses.ts';
import { countInbound } from '../store/inbound-messages.ts';
import { folderState } from '../store/mailbox-folders.ts';
import { openInbox } from '../wiring/open-inbox.ts';
import { clockOf, openContext, withApp, withStore } from './context.ts';
import { csvText } from './csv.ts';
import { mailboxWords, NO_MAILBOX, TROUBLES } from './mailbox-words.ts';
import { onRecord } from './on-record.ts';
import { dateOption, lineOption } from './option-values.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';

export function mailboxCommand(): Command {
  return new Command('mailbox')
    .description('Bounces and replies: what came in, which addresses no longer work, and read it now.')
    .addCommand(showCommand(), { isDefault: true })
    .addCommand(readCommand())
    .addCommand(addressesCommand())
    .addCommand(trustCommand());
}

const SHOWN_DAYS = 30;

function showCommand(): Command {
  return new Command('show')
    .description(`What the mailbox is, and what came of the mails of the last ${SHOWN_DAYS} days.`)
    .option('--json', 'as JSON: counts only')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async ({ db }) => {
        const inbox = openInbox(config);
        const since = addDays(dateInZone(new Date(), config.district.timeZone), -SHOWN_DAYS);
        const counts = await countInbound(db, since);
        if (options.json === true) {
          const state = inbox === null ? null : await folderState(db, inbox.key);
          return printJson({ configured: inbox !== null, state, mails: counts });
        }
        print(await mailboxWords(config, db));
        if (counts.length === 0) return;
        heading(`Mails since ${since}`);
        print(
          table(
            ['what', 'what came of it', 'mails'],
            counts.map(({ kind, outcome, mails }) => [kind, outcome, mails]),
          ),
        );
      });
    });
}

function readCommand(): Command {
  return new Command('read')
    .description('Read the mailbox now, as the service does by its schedule.')
    .option('--as-of <date>', 'as if it were this date, YYYY-MM-DD')
    .option('--json', 'as JSON: counts only')
    .action(async (options: { asOf?: string; json?: boolean }, command: Command) => {
      const context = openContext(command);
      if (context.config.mailbox === null) throw new UsageError(NO_MAILBOX);
      await withApp(context, clockOf(context.config, options.asOf), async ({ jobs, inbox, moment }) => {
        if (inbox === null) throw new UsageError(NO_MAILBOX);
        const procedure = await jobs.procedure().catch((error: unknown) => {
          if (error instanceof NoProcedureError) throw new UsageError(error.message);
          throw error;
        });
        const outcome = await jobs.correspondence.readMailbox(procedure, inbox, moment());
        if (outcome.kind === 'unreachable') process.exitCode = 1;
        if (options.json === true) return printJson(outcome);
        if (outcome.kind === 'unreachable') {
          return print(`The mailbox cannot be read: ${TROUBLES[outcome.trouble]}.`);
        }
        const mails = Object.entries(outcome.mails);
        if (mails.length === 0) return print('Nothing new has come in.');
        print(table(['what, and what came of it', 'mails'], mails.sort()));
        if (outcome.more) print('More wait, and are read the next time.');
      });
    });
}

const HEAD = ['letter', 'school', 'left on', 'came back', 'status', 'guardians who have the address'];

function addressesCommand(): Command {
  return new Command('addresses')
    .description('Addresses that are not written to because a letter came back, by the letter; newest first.')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { csv?: boolean; json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const addresses = await listBouncedAddresses(db);
        const cells = addresses.map((one) => cellsOf(one, context.config.district.timeZone));
        if (options.json === true) return printJson(addresses.map(({ letterId: _id, ...one }) => one));
        if (options.csv === true) return process.stdout.write(csvText(HEAD, cells));
        if (addresses.length === 0) return print('No letter has come back from an address that is in use.');
        print(table(HEAD, cells));
      });
    });
}

function cellsOf({ ref, school, on, since, status, guardians }: BouncedAddress, zone: string): string[] {
  const corrected = guardians.length === 0 ? 'none: it was corrected' : guardians.join(', ');
  return [ref, school, on ?? '', dateInZone(since, zone), status ?? '', corrected];
}

interface TrustOptions {
  readonly by: string;
  readonly why: string;
  readonly allSince?: string;
}

function trustCommand(): Command {
  return new Command('trust')
    .description('Write to addresses again, although letters came back from them.')
    .argument('[letters...]', 'references of letters that came back, for example L-7F3K-2Q9M')
    .option('--all-since <date>', 'all addresses that were left alone on this day or later, YYYY-MM-DD')
    .requiredOption('--by <name>', 'who says so')
    .requiredOption('--why <text>', 'why: the families have tried it, our server was on a list …')
    .action(async (refs: readonly string[], options: TrustOptions, command: Command) => {
      const context = openContext(command);
      const { timeZone } = context.config.district;
      const since = dateOption('--all-since', options.allSince);
      if ((since === null) === (refs.length === 0)) {
        throw new UsageError('Name letters that came back, or --all-since with a day: one of the two.');
      }
      const by = lineOption('--by', options.by, 200);
      const because = lineOption('--why', options.why, 500);
      const which =
        since === null
          ? { refs: refs.map((ref) => ref.toUpperCase()) }
          : { since: instantInZone(since, '00:00', timeZone) };
      await withStore(context, async ({ db }) => {
        const now = clockOf(context.config, undefined)();
        const trusted = await onRecord(
          db,
          { by, now },
          (tx) => trustAddresses(tx, which, { by, because, now }),
          (addresses) =>
            addresses === null
              ? null
              : {
                  action: 'addresses-trusted',
                  detail: { addresses, ...('refs' in which ? { letters: which.refs.join(' ') } : { since }) },
                },
        );
        if (trusted === null) {
          throw new UsageError(
            `Nothing was changed: no address is left alone because of a letter ${refs.join(', or of one ')}.`,
          );
        }
        const words = counted(trusted, 'address is', 'addresses are');
        print(`${words} written to again. Letters that wait on paper stay on paper.`);
      });
    });
}
