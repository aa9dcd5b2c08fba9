import { Command } from 'commander';
import { type AwayOutcome, recordAway, recordBack } from '../procedure/staff-away.ts';
import { listStaffAway } from '../store/staff-away.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { onRecord } from './on-record.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function awayCommand(): Command {
  return new Command('away')
    .description('Who of the staff is away, and who gets their tasks meanwhile.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(addCommand())
    .addCommand(backCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Absences of staff that are not over.')
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--json', 'as JSON')
    .action(async (options: { asOf?: string; json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const listed = await listStaffAway(db, dateOf(context.config, options.asOf));
        if (options.json === true) return printJson(listed.map(({ id: _id, ...away }) => away));
        if (listed.length === 0) return print('Nobody is away.');
        print(
          table(
            ['who', 'from', 'until', 'instead', 'recorded by'],
            listed.map((one) => [
              one.email,
              one.begins,
              one.ends,
              one.substitute ?? 'others in the role',
              one.recordedBy,
            ]),
          ),
        );
      });
    });
}

interface AddOptions {
  readonly from: string;
  readonly until: string;
  readonly substitute?: string;
  readonly by: string;
  readonly asOf?: string;
}

function addCommand(): Command {
  return new Command('add')
    .description('Somebody is away: the tasks go to the substitute, else to others in the role.')
    .argument('<email>', 'e-mail address of the person, as in district.yaml')
    .requiredOption('--from <date>', 'first day, YYYY-MM-DD')
    .requiredOption('--until <date>', 'last day, YYYY-MM-DD')
    .option('--substitute <email>', 'who gets the tasks, as in district.yaml')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (email: string, options: AddOptions, command: Command) => {
      const context = openContext(command);
      const away = {
        email,
        begins: dateOption('--from', options.from),
        ends: dateOption('--until', options.until),
        substitute: options.substitute ?? null,
        by: lineOption('--by', options.by, 100),
      };
      const moment = momentOf(context.config, options.asOf);
      await withStore(context, async ({ db }) => {
        const outcome = await onRecord(
          db,
          { by: away.by, now: moment.now },
          (tx) => recordAway(tx, context.config, away, moment),
          ({ kind }) => {
            const { substitute, begins: from, ends: until } = away;
            const detail = { state: 'away', person: email, substitute, from, until };
            return kind === 'recorded' ? { action: 'absence-noted', detail } : null;
          },
        );
        if (outcome.kind !== 'recorded') throw new UsageError(refusal(outcome));
        print(`${email} is away from ${away.begins} to ${away.ends}.`);
      });
    });
}

function refusal(outcome: Exclude<AwayOutcome, { kind: 'recorded' }>): string {
  switch (outcome.kind) {
    case 'unknown-person':
      return `Nobody in \`staff\` of district.yaml has the address ${outcome.email}. Nothing was recorded.`;
    case 'own-substitute':
      return '--substitute takes somebody else. Nothing was recorded.';
    case 'substitute-without-right':
      return '--substitute takes somebody who may see the files of each school of the person, or has the same role there. Nothing was recorded.';
    case 'bad-days':
      return `--until takes a day from --from on that is not past, at most ${outcome.longestDays} days later. Nothing was recorded.`;
    case 'overlaps':
      return `${outcome.other.email} is on record as away from ${outcome.other.begins} to ${outcome.other.ends} already; \`rollcall away back\` ends that. Nothing was recorded.`;
  }
}

function backCommand(): Command {
  return new Command('back')
    .description('Somebody is back, or does not go after all.')
    .argument('<email>', 'e-mail address of the person')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (email: string, options: { by: string; asOf?: string }, command: Command) => {
      const context = openContext(command);
      const by = lineOption('--by', options.by, 100);
      const moment = momentOf(context.config, options.asOf);
      await withStore(context, async ({ db }) => {
        const back = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => recordBack(tx, { email, by }, moment),
          (ended) => (ended ? { action: 'absence-noted', detail: { state: 'back', person: email } } : null),
        );
        if (!back) throw new UsageError(`No absence of ${email} is on record.`);
        print(`${email} is back.`);
      });
    });
}

function momentOf(config: Parameters<typeof clockOf>[0], asOf: string | undefined) {
  return { now: clockOf(config, asOf)(), today: dateOf(config, asOf) };
}
