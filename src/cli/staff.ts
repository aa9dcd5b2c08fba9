import { Command } from 'commander';
import { acceptStaffRead } from '../procedure/accept-staff-read.ts';
import { staffReadState } from '../store/sis-staff.ts';
import { openContext, whenIn, withStore } from './context.ts';
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
        if (options.json === true) {
          const { readAt = null, doubt = null } = state ?? {};
          return printJson({ people, sis: config.staffFromSis === null ? null : { readAt, doubt } });
        }
        print(
          table(
            ['who', 'e-mail', 'role', 'schools', 'says'],
            people.map(({ name, email, role, schools, source }) => [
              name,
              email,
              role,
              schools === 'all' ? 'all' : schools.join(', '),
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
          print('If that is right: rollcall staff accept --by NAME. The next sync takes it then.');
        }
      });
    });
}

function acceptCommand(): Command {
  return new Command('accept')
    .description('Take the next read of staff, though far more or far fewer people have access by it.')
    .requiredOption('--by <name>', 'who answers for it')
    .action(async (options: { by: string }, command: Command) => {
      const context = openContext(command);
      const by = lineOption('--by', options.by, 100);
      await withStore(context, async ({ db }) => {
        if (!(await acceptStaffRead(db, by, new Date())))
          throw new UsageError('Nothing waits: the last read of staff was taken, or there was none.');
        print('The next sync takes staff as the SIS says: rollcall sync');
      });
    });
}
