import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { counted } from '../domain/plain-words.ts';
import { stopFileLies } from '../procedure/heed-stop-file.ts';
import { endKillSwitch } from '../procedure/tell-of-kill-switch.ts';
import type { Db } from '../store/database.ts';
import { countUnderWay, type KillSwitch, readKillSwitch, stopSending } from '../store/kill-switch.ts';
import { unpostedRuns } from '../store/print-run-list.ts';
import { dateOf, openContext, whenIn, withStore } from './context.ts';
import { onRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

export function letterStopCommands(): Command[] {
  return [stopCommand(), resumeCommand()];
}

function stopCommand(): Command {
  return new Command('stop')
    .description(
      'The kill switch: from now on no letter and no packet leaves, from any process, until a person resumes it.',
    )
    .requiredOption('--by <name>', 'who stops it')
    .requiredOption('--why <reason>', 'shown in `rollcall status`')
    .action(async (options: { by: string; why: string }, command: Command) => {
      const context = openContext(command);
      const stop = {
        by: lineOption('--by', options.by, 100),
        because: lineOption('--why', options.why, 500),
      };
      await withStore(context, async ({ db }) => {
        const now = new Date();
        const stopped = await onRecord(
          db,
          { by: stop.by, now },
          (tx) => stopSending(tx, { ...stop, now }),
          (done) => (done ? { action: 'sending-stopped' } : null),
        );
        const inForce = await readKillSwitch(db);
        if (!stopped && inForce !== null)
          print(`It was stopped before. ${stopWords(context.config, inForce)}`);
        else print('Stopped: no letter and no packet leaves. Mails to staff go on.');
        for (const line of await unpostedLines(db)) print(line);
        const underWay = await countUnderWay(db);
        if (underWay > 0) {
          const are = underWay === 1 ? 'One was' : `${underWay} were`;
          print(
            `${are} being handed over at that moment: \`rollcall letters list\` shows what became of them.`,
          );
        }
      });
    });
}

function resumeCommand(): Command {
  return new Command('resume')
    .description('Let letters and packets leave again. Each is checked once more before it does.')
    .requiredOption('--by <name>', 'who answers for it')
    .option('--why <reason>', 'kept with the stop')
    .action(async (options: { by: string; why?: string }, command: Command) => {
      const context = openContext(command);
      const by = lineOption('--by', options.by, 100);
      const because = options.why === undefined ? null : lineOption('--why', options.why, 500);
      const { stopFile } = context.config;
      if (stopFileLies(stopFile))
        throw new UsageError(`The file ${stopFile} stops sending: remove it first, then resume.`);
      await withStore(context, async ({ db }) => {
        const moment = { now: new Date(), today: dateOf(context.config, undefined) };
        const ended = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => endKillSwitch(tx, { by, because }, moment),
          (stop) => (stop === null ? null : { action: 'sending-resumed' }),
        );
        if (ended === null) {
          const stop = await readKillSwitch(db);
          throw new UsageError(
            stop === null ? 'Sending is not stopped.' : `Resuming does not help: ${stop.because}.`,
          );
        }
        print('Resumed: what is due leaves with the next cycle, each after its own last check.');
      });
    });
}

/** One line about a stop that is in force. */
export function stopWords(config: Config, { at, by, because }: KillSwitch): string {
  return `Sending is stopped since ${whenIn(config, at)} by ${by}: ${because} (rollcall letters resume)`;
}

/** While sending is stopped: what lies printed in the offices must not go into the post either. */
export async function unpostedLines(db: Db): Promise<string[]> {
  const runs = await unpostedRuns(db);
  if (runs.length === 0) return [];
  const named = runs.map(({ ref, waiting }) => `${ref} (${counted(waiting, 'letter')})`);
  return [`Printed, and not to be posted while sending is stopped: ${named.join(', ')}`];
}
