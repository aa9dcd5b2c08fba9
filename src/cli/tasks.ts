import { Command } from 'commander';
import { answerTask } from '../procedure/staff-answers.ts';
import { listOpenTasks, type Task } from '../store/tasks.ts';
import { atDesk } from './at-desk.ts';
import { openContext, withStore } from './context.ts';
import { onRecord } from './on-record.ts';
import { print, printJson, table, UsageError } from './output.ts';
import { snoozeCommand } from './tasks-snooze.ts';

export function tasksCommand(): Command {
  return new Command('tasks')
    .description('What staff have to do: list it, record that it was done, or put it off.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(doneCommand())
    .addCommand(snoozeCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Open tasks, worst deadline first.')
    .option('--shadow', 'those of which nobody was told, instead of all others')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { shadow?: boolean; json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const tasks = await listOpenTasks(db, options.shadow === true);
        if (options.json === true) return printJson(tasks);
        if (tasks.length === 0) return print('No task is open.');
        print(
          table(
            ['due', 'task', 'what', 'role', 'step', 'opened'],
            tasks.map((task) => [
              dueCell(task),
              task.ref,
              task.kind,
              task.role,
              task.step ?? '',
              task.openedOn,
            ]),
          ),
        );
      });
    });
}

function dueCell({ dueOn, snoozedUntil }: Task): string {
  return snoozedUntil === null ? dueOn : `${dueOn} (put off until ${snoozedUntil})`;
}

function doneCommand(): Command {
  return new Command('done')
    .description('Record that a task was done. A contact with the family is written into the contact log.')
    .argument('<task>', 'reference of the task, for example T-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who did it')
    .requiredOption(
      '--outcome <word>',
      'reached, left-message, no-answer …; posted for a print run; sent or not-sent for a letter of your own; else your own word',
    )
    .option('--note <text>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day on which it was done, YYYY-MM-DD')
    .action(async (ref: string, options: DoneOptions, command: Command) => {
      await atDesk(command, options.asOf, async ({ db, moment, procedure }) => {
        const { by, outcome, note = null } = options;
        const answer = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => answerTask(tx, { ref, by, outcome, note }, moment, procedure),
          (one) =>
            one.kind === 'done'
              ? {
                  action: 'task-done',
                  subject: ref,
                  studentId: one.task.studentId,
                  detail: { kind: one.task.kind },
                }
              : null,
        );
        if (answer.kind === 'not-open') throw new UsageError(`No open task has the reference ${ref}.`);
        if (answer.kind === 'approval') {
          throw new UsageError(
            `${ref} asks for an approval: answer it with \`rollcall approvals approve ${ref}\` or \`rollcall approvals refuse ${ref}\`.`,
          );
        }
        if (answer.kind === 'brake') {
          throw new UsageError(`${ref} is about a brake: answer it with \`rollcall ${answer.command}\`.`);
        }
        if (answer.kind === 'sending-stopped') {
          throw new UsageError(
            'Sending is stopped: nothing is to be posted now. A run that was in the post before the stop is recorded with `rollcall prints confirm --already-posted`.',
          );
        }
        if (answer.kind === 'uncertain-letter') {
          throw new UsageError(
            `${ref} asks whether a letter has arrived: record it with \`rollcall letters resolve\`.`,
          );
        }
        if (answer.kind === 'bad-outcome') {
          throw new UsageError(`The outcome of this task is one of ${answer.expected.join(', ')}.`);
        }
        const posted =
          answer.lettersPosted > 0 ? ` ${answer.lettersPosted} letters are recorded as posted.` : '';
        print(`Task ${ref} is done.${posted}`);
      });
    });
}

interface DoneOptions {
  readonly by: string;
  readonly outcome: string;
  readonly note?: string;
  readonly asOf?: string;
}
