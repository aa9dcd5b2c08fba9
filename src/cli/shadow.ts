import { Command } from 'commander';
import { earlierOf } from '../domain/school-date.ts';
import { type ComparedLetter, compareLetters } from '../procedure/compare-letters.ts';
import { readDocument } from '../store/documents.ts';
import { findShadow, listShadows, type Shadow } from '../store/shadows.ts';
import { atDesk } from './at-desk.ts';
import { csvText } from './csv.ts';
import { letterListFile } from './letter-list-file.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { lookedAt } from './on-record.ts';
import { dateOption, knownOption, schoolOption } from './option-values.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';

export function shadowCommand(): Command {
  return new Command('shadow')
    .description(
      'What would have left, had the school been live: list it, look at it, hold it against the school’s own list.',
    )
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(compareCommand());
}

interface ListOptions {
  readonly school?: string;
  readonly step?: string;
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('Letters and referrals by the day on which they would have left.')
    .addOption(schoolOption())
    .option('--step <id>', 'only this step')
    .option('--as-of <date>', 'in the school year of this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      await atDesk(command, options.asOf, async ({ db, procedure, config }) => {
        const { school, step } = options;
        knownOption(
          '--school',
          school,
          config.schools.map(({ id }) => id),
        );
        knownOption(
          '--step',
          step,
          procedure.policy.steps.map(({ id }) => id),
        );
        const filter = { ...(school !== undefined && { school }), ...(step !== undefined && { step }) };
        const shadows = await listShadows(db, procedure.schoolYear.id, filter);
        if (options.json === true) {
          return printJson(shadows.map(({ name: _name, number: _number, ...ids }) => ids));
        }
        if (options.csv === true) return void process.stdout.write(csvText(HEAD, shadows.map(cellsOf)));
        if (shadows.length === 0) return print('Nothing was decided in shadow this school year.');
        print(table(HEAD, shadows.map(cellsOf)));
      });
    });
}

const HEAD = [
  'day',
  'reference',
  'school',
  'student',
  'number',
  'name',
  'step',
  'how',
  'language',
  'state',
  'remark',
];

function cellsOf(shadow: Shadow): string[] {
  const { on, ref, school, student, number, name, step, channel, language, state, reason, superseded } =
    shadow;
  const remark = [...(superseded ? ['superseded'] : []), ...(reason === '' ? [] : [reason])].join(', ');
  return [
    on ?? '',
    ref,
    school,
    student,
    number ?? '',
    name,
    step,
    channel ?? 'packet',
    language ?? '',
    state,
    remark,
  ];
}

function showCommand(): Command {
  return new Command('show')
    .description('One letter or packet, as it would have left.')
    .argument('<reference>', 'as `rollcall shadow list` shows it')
    .option('--out <file>', `write its PDF to this file; ${NEVER_REPLACED}`)
    .option('--as-of <date>', 'in the school year of this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(
      async (ref: string, options: { out?: string; asOf?: string; json?: boolean }, command: Command) => {
        await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
          const found = await findShadow(db, procedure.schoolYear.id, ref);
          if (found === null) throw new UsageError(`Nothing in shadow has the reference ${ref}.`);
          const { shadow, pdfDocumentId } = found;
          await lookedAt(db, moment.now, { action: 'letter-viewed', studentId: null, subject: ref });
          if (options.out !== undefined) {
            if (pdfDocumentId === null)
              throw new UsageError(`${ref} was not rendered: it is ${shadow.state}.`);
            const path = newFile('--out', options.out);
            writeNewFile('--out', path, (await readDocument(db, pdfDocumentId)).bytes);
            process.stderr.write(`PDF written to ${path}\n`);
          }
          if (options.json === true) {
            const { name: _name, number: _number, ...ids } = shadow;
            return printJson(ids);
          }
          print(
            table(
              ['', ''],
              HEAD.map((head, index) => [head, cellsOf(shadow)[index] ?? '']),
            ),
          );
        });
      },
    );
}

interface CompareOptions {
  readonly from?: string;
  readonly until?: string;
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function compareCommand(): Command {
  return new Command('compare')
    .description(
      'Where the school’s own list of letters differs from what Rollcall would have sent, and why.',
    )
    .argument('<file>', 'CSV in UTF-8 with a line of headers: student, step or letter, date')
    .option('--from <date>', 'from this day on, YYYY-MM-DD (default: the beginning of the school year)')
    .option('--until <date>', 'up to this day, YYYY-MM-DD (default: today)')
    .option('--as-of <date>', 'as if today were this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (file: string, options: CompareOptions, command: Command) => {
      const [from, until] = [dateOption('--from', options.from), dateOption('--until', options.until)];
      if (from !== null && until !== null && from > until)
        throw new UsageError(`--from (${from}) lies after --until (${until}).`);
      await atDesk(command, options.asOf, async (desk) => {
        const { db, procedure, moment } = desk;
        const listed = await letterListFile(file, desk, 'Nothing was compared');
        const range = {
          from: from ?? procedure.schoolYear.begins,
          to: earlierOf(until ?? moment.today, moment.today),
        };
        const comparison = await compareLetters(db, procedure, listed, range);
        const { letters } = comparison;
        const totals = KINDS.map(
          (kind) => [kind, letters.filter((one) => one.kind === kind).length] as const,
        );
        if (options.json === true) {
          return printJson({ ...range, totals: Object.fromEntries(totals), letters });
        }
        if (options.csv === true)
          return void process.stdout.write(csvText(COMPARED, letters.map(comparedCells)));
        print(`Letters from ${range.from} to ${range.to}`);
        print(
          table(
            ['', 'letters'],
            totals.map(([kind, count]) => [KIND_WORDS[kind], count]),
          ),
        );
        const different = letters.filter(({ kind }) => kind !== 'same-day');
        heading('Differences');
        print(different.length === 0 ? '  none' : table(COMPARED, different.map(comparedCells)));
      });
    });
}

const KINDS = ['same-day', 'apart', 'only-ours', 'only-theirs'] as const;

const KIND_WORDS: Readonly<Record<ComparedLetter['kind'], string>> = {
  'same-day': 'both, on the same day',
  apart: 'both, days apart',
  'only-ours': 'only Rollcall',
  'only-theirs': 'only the list',
};

const COMPARED = ['student', 'step', 'Rollcall', 'list', 'difference', 'why'];

function comparedCells({ kind, student, step, ours, theirs, days, why }: ComparedLetter): string[] {
  const apart =
    days === null || days === 0
      ? KIND_WORDS[kind]
      : `${Math.abs(days)} days ${days > 0 ? 'later' : 'sooner'}`;
  return [student, step, ours ?? '', theirs ?? '', apart, why];
}
