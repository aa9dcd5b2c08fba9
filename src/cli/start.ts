import { Command } from 'commander';
import { openApp } from '../main.ts';
import { openContext } from './context.ts';
import { modeWords } from './mode-words.ts';
import { print } from './output.ts';
import { stopSignal } from './stop-signal.ts';

const GRACE_MS = 25_000;

export function startCommand(): Command {
  return new Command('start')
    .description('The service: the schedule and the workers, until SIGTERM or Ctrl-C.')
    .action(async (_options, command: Command) => {
      const context = openContext(command);
      const { log } = context;
      const app = await openApp({ ...context, now: () => new Date() });
      app.startWorkers();
      const schedule = app.startSchedule();
      for (const line of modeWords(context.config)) print(line);
      log.info('started', { backend: app.store.kind });
      const signal = await stopSignal();
      log.info('stopping', { code: signal });
      await schedule.stop();
      await app.close(GRACE_MS);
      log.info('stopped');
    });
}
