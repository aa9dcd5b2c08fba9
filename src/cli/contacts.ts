import { Command, Option } from 'commander';
import { atCommandLine } from '../domain/audit.ts';
import { notTakenBackInWords } from '../domain/undo-words.ts';
import { recordContact, recordNoContactPossible } from '../procedure/contacts.ts';
import { undoContact } from '../procedure/undo-contact.ts';
import { recordAudit } from '../store/audit-log.ts';
import { contactOutcomes, listAllContacts } from '../store/contact-log.ts';
import { findStudentId } from '../store/districts.ts';
import { atDesk, type Desk } from './at-desk.ts';
import { lookedAt } from './on-record.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function contactsCommand(): Command {
  return new Command('contacts')
    .description('The communication contact log: list it, log a contact, take a wrong entry back.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(logCommand())
    .addCommand(undoCommand())
    .addCommand(notPossibleCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Contacts with the family of a student in this school year, also those taken back.')
    .argument('<student>', 'sourcedId or student number')
    .option('--as-of <date>', 'in the school year of this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(async (name: string, options: { asOf?: string; json?: boolean }, command: Command) => {
      await atDesk(command, options.asOf, async (desk) => {
        const student = { studentId: await studentOf(desk, name), schoolYear: desk.procedure.schoolYear.id };
        const look = { action: 'list-viewed', studentId: student.studentId, subject: 'contacts' } as const;
        await lookedAt(desk.db, desk.moment.now, look);
        const entries = await listAllContacts(desk.db, student);
        if (options.json === true) {
          const ids = entries.map(({ ref, on, outcome, undone }) => ({
            ref,
            student: name,
            on,
            outcome,
            undone: undone !== null,
          }));
          return printJson(ids);
        }
        if (entries.length === 0) return print('No contact is on record.');
        print(
          table(
            ['contact', 'on', 'outcome', 'by', 'note', 'taken back by'],
            entries.map(({ ref, on, outcome, by, note, undone }) => [
              ref,
              on,
              outcome,
              by,
              note ?? '',
              undone?.by ?? '',
            ]),
          ),
        );
      });
    });
}

interface LogOptions {
  readonly outcome: string;
  readonly note?: string;
  readonly on?: string;
  readonly task?: string;
  readonly by: string;
  readonly asOf?: string;
}

function logCommand(): Command {
  return new Command('log')
    .description('Write a contact with the family into the contact log. It answers the contact task.')
    .argument('<student>', 'sourcedId or student number')
    .addOption(
      new Option('--outcome <outcome>', 'how it ended').choices([...contactOutcomes]).makeOptionMandatory(),
    )
    .option('--note <text>', 'kept with the entry')
    .option('--on <date>', 'the day of the contact, YYYY-MM-DD (default: today)')
    .option('--task <task>', 'reference of the task that it answers')
    .requiredOption('--by <name>', 'who had the contact')
    .option('--as-of <date>', 'the day on which it is logged, YYYY-MM-DD')
    .action(async (name: string, options: LogOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const on = dateOption('--on', options.on);
      await atDesk(command, options.asOf, async (desk) => {
        const { db, procedure, moment } = desk;
        const studentId = await studentOf(desk, name);
        const asked = {
          studentId,
          task: options.task?.toUpperCase() ?? null,
          outcome: options.outcome,
          note: options.note?.trim() || null,
          on,
          guardianId: null,
          by,
          byEmail: null,
        };
        const logged = await db.transaction().execute(async (tx) => {
          const answer = await recordContact(tx, procedure, asked, moment);
          if (answer.kind === 'logged')
            await audit(tx, moment.now, by, {
              action: 'contact-logged',
              studentId,
              subject: answer.ref,
              detail: { outcome: options.outcome, tasks: answer.answered.length },
            });
          return answer;
        });
        if (logged.kind === 'refused') throw new UsageError(`--${logged.part} takes ${logged.expected}.`);
        const { answered, pausedUntil } = logged;
        const closed = answered.map(({ ref }) => ` Task ${ref} is done.`).join('');
        const paused = pausedUntil === null ? '' : ` The ladder waits for the note until ${pausedUntil}.`;
        print(`${logged.ref} is in the contact log.${closed}${paused}`);
      });
    });
}

interface UndoOptions {
  readonly why?: string;
  readonly by: string;
  readonly asOf?: string;
}

function undoCommand(): Command {
  return new Command('undo')
    .description(
      'Take a wrong entry back. It stays in the file, counts no more, and its tasks are open again.',
    )
    .argument('<contact>', 'reference of the entry, for example K-7F3K-2Q9M')
    .option('--why <reason>', 'kept with the entry')
    .requiredOption('--by <name>', 'who takes it back')
    .option('--as-of <date>', 'the day on which it is taken back, YYYY-MM-DD')
    .action(async (ref: string, options: UndoOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = options.why === undefined ? null : lineOption('--why', options.why, 500);
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const undone = await db.transaction().execute(async (tx) => {
          const answer = await undoContact(tx, procedure, { ref, by, because }, moment);
          if (answer.kind === 'undone')
            await audit(tx, moment.now, by, {
              action: 'contact-undone',
              studentId: answer.entry.studentId,
              subject: answer.entry.ref,
              detail: { reopened: answer.reopened },
            });
          return answer;
        });
        switch (undone.kind) {
          case 'unknown':
            throw new UsageError(`No entry of the contact log has the reference ${ref}.`);
          case 'undone-before':
            throw new UsageError(`${ref} was taken back before.`);
          case 'undone': {
            const { reopened } = undone;
            const tasks =
              reopened === 0
                ? ''
                : reopened === 1
                  ? ' Its task is open again.'
                  : ' Its tasks are open again.';
            print(`${undone.entry.ref} is taken back.${tasks}`);
            return;
          }
          default:
            throw new UsageError(`${ref}: ${notTakenBackInWords(undone, 'contact')}`);
        }
      });
    });
}

interface NotPossibleOptions {
  readonly why: string;
  readonly by: string;
  readonly asOf?: string;
}

function notPossibleCommand(): Command {
  return new Command('not-possible')
    .description(
      'Answer a contact task where nobody of the family can be reached. The administrator is asked.',
    )
    .argument('<task>', 'reference of the task, for example T-7F3K-2Q9M')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .requiredOption('--by <name>', 'who says so')
    .option('--as-of <date>', 'the day, YYYY-MM-DD')
    .action(async (task: string, options: NotPossibleOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 500);
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const said = { task: task.toUpperCase(), by, because };
        const done = await db.transaction().execute(async (tx) => {
          const answered = await recordNoContactPossible(tx, procedure, said, moment);
          if (answered)
            await audit(tx, moment.now, by, {
              action: 'task-done',
              subject: said.task,
              detail: { outcome: 'not-possible' },
            });
          return answered;
        });
        if (!done) throw new UsageError(`No open task with the reference ${task} asks for a contact.`);
        print(`Task ${said.task} is done. The administrator is asked how to go on.`);
      });
    });
}

async function studentOf({ db }: Desk, name: string): Promise<number> {
  const studentId = await findStudentId(db, name);
  if (studentId === null) throw new UsageError('No student has this sourcedId or number.');
  return studentId;
}

type Recorded = Pick<Parameters<typeof recordAudit>[1], 'action' | 'studentId' | 'subject' | 'detail'>;

async function audit(tx: Desk['db'], at: Date, name: string, act: Recorded): Promise<void> {
  await recordAudit(tx, { at, actor: atCommandLine(name), from: null, ...act });
}
