import { Command } from 'commander';
import { openApp } from '../main.ts';
import { openPages } from '../pages/open-pages.ts';
import { openContext } from './context.ts';
import { modeWords } from './mode-words.ts';
import { print } from './output.ts';
import { stopSignal } from './stop-signal.ts';

const GRACE_MS = 25_000;

export function startCommand(): Command {
  return new Command('start')
    .description('The service: the schedule, the workers and the pages, until SIGTERM or Ctrl-C.')
    .action(async (_options, command: Command) => {
      const context = openContext(command);
      const { log } = context;
      const app = await openApp({ ...context, now: () => new Date() });
      app.startWorkers();
      const schedule = app.startSchedule();
      const { pages: pagesConfig } = context.config;
      const pages = pagesConfig === null ? null : await openPages(app.pageDeps, pagesConfig);
      for (const line of modeWords(context.config)) print(line);
      if (pages !== null && pagesConfig !== null)
        print(`Pages: ${pagesConfig.origin}, served to the proxy at ${pages.address}`);
      log.info('started', { backend: app.store.kind });
      const signal = await stopSignal();
      log.info('stopping', { code: signal });
      await schedule.stop();
      await pages?.close();
      await app.close(GRACE_MS);
      log.info('stopped');
    });
}
