import { Command } from 'commander';
import { acceptStaffRead } from '../procedure/accept-staff-read.ts';
import { staffOffer } from '../procedure/staff-offer.ts';
import { staffReadState } from '../store/sis-staff.ts';
import { dateOf, openContext, whenIn, withStore } from './context.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function staffCommand(): Command {
  return new Command('staff')
    .description('Who is who: staff of the configuration, and staff of the SIS where the district wants it.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(acceptCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Everybody who is staff now, and who says so.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async ({ db }) => {
        const { configured } = config.staffDirectory;
        const people = config.staff.map((person) => ({
          ...person,
          source: configured.includes(person) ? 'configuration' : 'sis',
        }));
        const state = config.staffFromSis === null ? null : await staffReadState(db);
        const offer = await staffOffer(db, config, dateOf(config, undefined));
        if (options.json === true) {
          const { readAt = null, doubt = null } = state ?? {};
          const sis = { readAt, doubt, set: offer?.set ?? null, changes: offer?.changes ?? [] };
          return printJson({ people, sis: config.staffFromSis === null ? null : sis });
        }
        print(
          table(
            ['who', 'e-mail', 'role', 'schools', 'says'],
            people.map(({ name, email, role, schools, source }) => [
              name,
              email,
              role,
              schoolsIn(schools),
              source === 'sis' ? 'SIS' : 'district.yaml',
            ]),
          ),
        );
        if (config.staffFromSis === null) return;
        const readAt = state?.readAt ?? null;
        print(
          readAt === null ? 'The SIS was never read for staff.' : `The SIS: as of ${whenIn(config, readAt)}.`,
        );
        if (state !== null && state.doubt !== null) {
          print(`The last read was not taken: ${state.doubt}.`);
          if (offer === null) return print('Read it again, to see whom it is about: rollcall sync');
          print(
            table(
              ['change', 'who', 'e-mail', 'role', 'schools'],
              offer.changes.map(({ change, entry: { name, email, role, schools } }) => [
                change === 'gets' ? 'gets in as' : 'is no longer',
                name,
                email,
                role,
                schoolsIn(schools),
              ]),
            ),
          );
          print(
            `If that is right: rollcall staff accept ${offer.set} --by NAME. The next sync takes exactly that; where the SIS says something else by then, it waits once more.`,
          );
        }
      });
    });
}

function acceptCommand(): Command {
  return new Command('accept')
    .description(
      'Take the read of staff that `staff list` shows, though far more or far fewer people have access by it.',
    )
    .argument('<set>', 'what `staff list` names for exactly these people, for example 3f9a1c07b2de')
    .requiredOption('--by <name>', 'who answers for it')
    .action(async (set: string, options: { by: string }, command: Command) => {
      const context = openContext(command);
      const by = lineOption('--by', options.by, 100);
      await withStore(context, async ({ db }) => {
        const outcome = await acceptStaffRead(db, { set: set.toLowerCase(), by }, new Date());
        if (outcome.kind === 'nothing-waits')
          throw new UsageError('Nothing waits: the last read of staff was taken, or there was none.');
        if (outcome.kind === 'changed')
          throw new UsageError(
            `Nothing was accepted: found ${set}, and what waits is ${outcome.set}. The SIS has said something else since; look at \`rollcall staff\` again.`,
          );
        print('The next sync takes exactly these people, if the SIS still says so: rollcall sync');
      });
    });
}

function schoolsIn(schools: readonly string[] | 'all'): string {
  return schools === 'all' ? 'all' : schools.join(', ');
}
