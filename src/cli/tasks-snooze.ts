import { Command } from 'commander';
import { atCommandLine } from '../domain/audit.ts';
import { putTaskOff, type SnoozeOutcome } from '../procedure/snooze-task.ts';
import { recordAudit } from '../store/audit-log.ts';
import { atDesk } from './at-desk.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

export function snoozeCommand(): Command {
  return new Command('snooze')
    .description('Put a task off until a day: nobody is told of it before. Never beyond what the law leaves.')
    .argument('<task>', 'reference of the task, for example T-7F3K-2Q9M')
    .requiredOption('--until <date>', 'the day on which it comes back, YYYY-MM-DD')
    .requiredOption('--by <name>', 'who puts it off')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day on which it is put off, YYYY-MM-DD')
    .action(async (ref: string, options: SnoozeOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 500);
      const until = dateOption('--until', options.until);
      await atDesk(command, options.asOf, async ({ db, config, procedure, moment }) => {
        const outcome = await db.transaction().execute(async (tx) => {
          const put = await putTaskOff(tx, config, procedure, { ref, until, by, because }, moment);
          if (put.kind === 'snoozed') {
            const { studentId } = put;
            const event = {
              action: 'task-snoozed',
              studentId,
              subject: ref.toUpperCase(),
              detail: { until },
            } as const;
            await recordAudit(tx, { at: moment.now, actor: atCommandLine(by), from: null, ...event });
          }
          return put;
        });
        if (outcome.kind !== 'snoozed') throw new UsageError(refusal(outcome, ref));
        print(`Task ${ref} is put off until ${until}.`);
      });
    });
}

function refusal(outcome: Exclude<SnoozeOutcome, { kind: 'snoozed' }>, ref: string): string {
  switch (outcome.kind) {
    case 'not-open':
      return `No open task has the reference ${ref}.`;
    case 'cannot-wait':
      return `${ref} cannot be put off: others rely on it being done now.`;
    case 'bad-day': {
      const why = outcome.byLaw ? ', the last day that the law leaves' : '';
      if (outcome.last === null) return `${ref} cannot be put off any more: the law leaves no time.`;
      return `--until takes a day after today and until ${outcome.last}${why}. Nothing was recorded.`;
    }
  }
}

interface SnoozeOptions {
  readonly until: string;
  readonly by: string;
  readonly why: string;
  readonly asOf?: string;
}
