import { Command } from 'commander';
import { counted } from '../domain/plain-words.ts';
import { releaseStop } from '../procedure/end-stop.ts';
import { recallLetters } from '../procedure/recall-letters.ts';
import { openStops } from '../store/brakes.ts';
import { brakeLines, brakesAsJson, readBrakes } from './brake-words.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { onRecord, putOnRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, UsageError } from './output.ts';

export function brakesCommand(): Command {
  return new Command('brakes')
    .description('What keeps letters back, and what to do about it; call letters back before they leave.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(recallCommand())
    .addCommand(releaseCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('What keeps letters back now.')
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { asOf?: string; json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const brakes = await readBrakes(db, clockOf(context.config, options.asOf)());
        if (options.json === true) return printJson(brakesAsJson(brakes));
        const lines = brakeLines(context.config, brakes);
        for (const line of lines) print(line);
        if (lines.length === 0) print('No brake keeps a letter back.');
      });
    });
}

interface SayOptions {
  readonly by: string;
  readonly why: string;
  readonly asOf?: string;
}

function recallCommand(): Command {
  return new Command('recall')
    .description(
      'Call letters back before they leave: they are cancelled, and a step without any letter is skipped.',
    )
    .argument('<letter...>', 'references of letters, for example L-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who calls them back')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day on which it is said, YYYY-MM-DD')
    .action(async (refs: string[], options: SayOptions, command: Command) => {
      const { context, said, moment } = saidBy(options, command);
      await withStore(context, async ({ db }) => {
        const outcome = await recallLetters(db, refs, said, moment, (tx, letters) =>
          putOnRecord(
            tx,
            { by: said.by, now: moment.now },
            letters.map((one) => ({
              action: 'letter-recalled',
              subject: one.ref,
              studentId: one.studentId,
            })),
          ),
        );
        if (outcome.kind === 'recalled') {
          return print(`${counted(outcome.letters, 'letter is', 'letters are')} called back.`);
        }
        const lines = outcome.problems.map(({ ref, state }) => `  ${ref}: ${whyNot(state)}`);
        throw new UsageError(['Nothing was called back:', ...lines].join('\n'));
      });
    });
}

function whyNot(state: string | null): string {
  if (state === null) return 'no letter has this reference.';
  const gone = ['transmitting', 'sent', 'uncertain', 'posted'].includes(state);
  return `found ${state}, expected a letter that has not left.${gone ? ' What has left cannot be called back.' : ''}`;
}

function releaseCommand(): Command {
  return new Command('release')
    .description('Sending goes on after it has stopped by itself.')
    .argument('<stop>', 'reference of the stop, for example S-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who says so')
    .requiredOption('--why <reason>', 'what was found out; goes on record')
    .option('--as-of <date>', 'the day on which it is said, YYYY-MM-DD')
    .action(async (ref: string, options: SayOptions, command: Command) => {
      const { context, said, moment } = saidBy(options, command);
      await withStore(context, async ({ db }) => {
        const released = await onRecord(
          db,
          { by: said.by, now: moment.now },
          (tx) => releaseStop(tx, ref, said, moment),
          (done) => (done ? { action: 'brake-released', subject: ref.toUpperCase() } : null),
        );
        if (!released) {
          const open = (await openStops(db)).map((stop) => stop.ref);
          const expected = open.length === 0 ? 'sending has not stopped' : `expected ${open.join(' or ')}`;
          throw new UsageError(`No stop has the reference ${ref}: ${expected}.`);
        }
        print('Sending goes on at once where the service runs, else with the next cycle.');
      });
    });
}

function saidBy(options: SayOptions, command: Command) {
  const context = openContext(command);
  const { config } = context;
  return {
    context,
    said: { by: lineOption('--by', options.by, 100), because: lineOption('--why', options.why, 500) },
    moment: { now: clockOf(config, options.asOf)(), today: dateOf(config, options.asOf) },
  };
}
