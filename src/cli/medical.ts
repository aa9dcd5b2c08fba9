import { Command, Option } from 'commander';
import { isSchoolDate } from '../domain/school-date.ts';
import { recordMedical } from '../procedure/medical.ts';
import { type ListedMedical, listMedical } from '../store/medical.ts';
import { atDesk } from './at-desk.ts';
import { csvText } from './csv.ts';
import { onRecord } from './on-record.ts';
import { schoolOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function medicalCommand(): Command {
  return new Command('medical')
    .description('Who was asked for medical notes this school year, and what came of it.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(setCommand());
}

interface ListOptions {
  readonly school?: string;
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('The roster, by school and name.')
    .addOption(schoolOption())
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      await atDesk(command, options.asOf, async ({ db, procedure, moment: { today } }) => {
        const at = { schoolYear: procedure.schoolYear.id, school: options.school ?? null, today };
        const listed = await listMedical(db, at);
        if (options.json === true) return printJson(listed.map(withoutWords));
        if (options.csv === true) return void process.stdout.write(csvText(HEAD, listed.map(cellsOf)));
        if (listed.length === 0) return print('Nobody was asked for medical notes.');
        print(table(HEAD, listed.map(cellsOf)));
      });
    });
}

/** Ids only: neither names nor what somebody has noted. */
function withoutWords({
  name: _name,
  note: _note,
  studentId: _ours,
  fileRef: _pages,
  ...ids
}: ListedMedical) {
  return ids;
}

const HEAD = ['school', 'student', 'name', 'grade', 'notes', 'since', 'valid until', 'by', 'documents'];

function cellsOf({
  school,
  student,
  name,
  grade,
  status,
  since,
  validUntil,
  by,
  documents,
}: ListedMedical): string[] {
  return [school, student, name, grade ?? '', status, since, validUntil ?? '', by ?? '', String(documents)];
}

interface SetOptions {
  readonly status: 'asked' | 'on-file' | 'not-given';
  readonly until?: string;
  readonly note?: string;
  readonly by: string;
  readonly asOf?: string;
}

function setCommand(): Command {
  return new Command('set')
    .description('Record what came. How an absence is coded stays with the office.')
    .argument('<student>', 'sourcedId or student number')
    .addOption(
      new Option('--status <status>', 'what is known now')
        .choices(['asked', 'on-file', 'not-given'])
        .makeOptionMandatory(),
    )
    .option('--until <date>', 'last day for which notes on file hold, YYYY-MM-DD')
    .option('--note <text>', 'kept with the status')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it was found, YYYY-MM-DD')
    .action(async (student: string, options: SetOptions, command: Command) => {
      const { status, until, note, by } = options;
      if (until !== undefined && !isSchoolDate(until)) {
        throw new UsageError(`--until takes a date as YYYY-MM-DD; found ${JSON.stringify(until)}.`);
      }
      const found = { student, status, validUntil: until ?? null, note: note ?? null, by };
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const answer = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => recordMedical(tx, procedure, found, moment),
          ({ kind }) => (kind === 'recorded' ? { action: 'medical-status-set', detail: { status } } : null),
        );
        if (answer.kind === 'unknown-student') {
          throw new UsageError('No student has this sourcedId or number.');
        }
        if (answer.kind === 'until-without-notes') {
          throw new UsageError('--until goes with --status on-file only: it says how long the notes hold.');
        }
        const valid = until === undefined ? '' : ` until ${until}`;
        print(`Medical notes of ${student}: ${status}${valid}.`);
      });
    });
}
