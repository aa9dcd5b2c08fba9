import { Command } from 'commander';
import { openContext, withStore } from './context.ts';
import { print } from './output.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Bring the database to this version (every other command does so too).')
    .action(async (_options, command: Command) => {
      const context = openContext(command);
      await withStore(context, async (store) => {
        print(`The ${store.kind} database is at this version.`);
      });
    });
}
