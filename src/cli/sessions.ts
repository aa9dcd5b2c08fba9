import { Command } from 'commander';
import { personOf } from '../procedure/people.ts';
import { revokeSignIns } from '../procedure/sign-in.ts';
import { listPageSessions } from '../store/page-sessions.ts';
import { openContext, whenIn, withStore } from './context.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, table } from './output.ts';

export function sessionsCommand(): Command {
  return new Command('sessions')
    .description('Who has signed in to the pages: list it, or end it for a person.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(revokeCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Sessions that are open now, latest first.')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async ({ db }) => {
        const sessions = await listPageSessions(db, new Date());
        if (options.json === true)
          return printJson(sessions.map(({ email: _email, from: _from, ...session }) => session));
        if (sessions.length === 0) return print('Nobody has signed in.');
        print(
          table(
            ['since', 'until', 'who', 'by', 'from'],
            sessions.map(({ startedAt, expiresAt, email, by, from }) => [
              whenIn(config, startedAt),
              whenIn(config, expiresAt),
              personOf(config, email) === null ? `${email} (not staff any more)` : email,
              by,
              from,
            ]),
          ),
        );
      });
    });
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description(
      'End every session of a person, forget the devices and make the links in mails useless: after a lost phone, or when somebody leaves.',
    )
    .argument('<email>', 'e-mail address of the person')
    .requiredOption('--by <name>', 'who answers for it')
    .action(async (email: string, options: { by: string }, command: Command) => {
      const context = openContext(command);
      const by = lineOption('--by', options.by, 100);
      const now = new Date();
      await withStore(context, async ({ db }) => {
        const { sessions, devices, links } = await revokeSignIns(db, { email, by }, now);
        print(
          `Ended: ${sessions} sessions. Forgotten: ${devices} devices. Made useless: ${links} links. The pages know within two seconds.`,
        );
      });
    });
}
