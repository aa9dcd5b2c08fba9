import { Command } from 'commander';
import { counted } from '../domain/plain-words.ts';
import { whom } from '../domain/whom.ts';
import { sheetOfRun } from '../procedure/sheet-of-run.ts';
import { readDocument } from '../store/documents.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { type LetterOfRun, type ListedRun, lettersOfRun, listPrintRuns } from '../store/print-run-list.ts';
import { studentsOfRun } from '../store/print-runs.ts';
import { atDesk, type Desk } from './at-desk.ts';
import { csvText } from './csv.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { lookedAt } from './on-record.ts';
import { knownOption, schoolOption } from './option-values.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';
import { confirmCommand, reissueCommand, returnedCommand } from './prints-record.ts';

export function printsCommand(): Command {
  return new Command('prints')
    .description('Letters on paper: the print runs, what is posted, what has to be pulled, what came back.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(downloadCommand())
    .addCommand(confirmCommand())
    .addCommand(returnedCommand())
    .addCommand(reissueCommand());
}

interface ListOptions {
  readonly school?: string;
  readonly unposted?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('Print runs, the newest first.')
    .addOption(schoolOption())
    .option('--unposted', 'only those with letters that are neither posted nor pulled')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async ({ school, unposted, csv, json }: ListOptions, command: Command) => {
      await atDesk(command, undefined, async ({ db, config }) => {
        const schools = config.schools.map(({ id }) => id);
        knownOption('--school', school, schools);
        const runs = await listPrintRuns(db, {
          ...(school !== undefined && { school }),
          unposted: unposted === true,
        });
        if (json === true) return printJson(runs.map(withoutOurIds));
        if (csv === true) return void process.stdout.write(csvText(HEAD, runs.map(cellsOf)));
        if (runs.length === 0)
          return print(unposted === true ? 'No print run waits to be posted.' : 'Nothing was printed yet.');
        print(table(HEAD, runs.map(cellsOf)));
      });
    });
}

const HEAD = [
  'run',
  'printed',
  'school',
  'letters',
  'envelopes',
  'pages',
  'first',
  'last',
  'to post',
  'posted',
  'pulled',
  'posted on',
  'by',
];

function cellsOf(run: ListedRun): (string | number)[] {
  const { ref, printedOn, schoolName, letters, envelopes, pages, first, last, waiting, posted, pulled } = run;
  const confirmed = [run.postedOn ?? '', run.postedBy ?? ''];
  return [
    ref,
    printedOn,
    schoolName,
    letters,
    envelopes,
    pages,
    first,
    last,
    waiting,
    posted,
    pulled,
    ...confirmed,
  ];
}

function withoutOurIds(run: ListedRun) {
  const {
    id: _id,
    schoolId: _school,
    schoolName: _name,
    documentId: _document,
    postedBy: _by,
    ...rest
  } = run;
  return rest;
}

const RUN = 'reference of the print run, for example P-7F3K-2Q9M';

function showCommand(): Command {
  return new Command('show')
    .description('One print run with its letters in the order of the file: what to post, and what to pull.')
    .argument('<run>', RUN)
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (ref: string, { csv, json }: { csv?: boolean; json?: boolean }, command: Command) => {
      await atDesk(command, undefined, async (desk) => {
        const run = await findRun(desk, ref);
        const letters = await lettersOfRun(desk.db, run.id);
        if (json === true) {
          return printJson({
            ...withoutOurIds(run),
            letters: letters.map(({ id: _id, ...letter }) => letter),
          });
        }
        if (csv === true) return void process.stdout.write(csvText(LETTER_HEAD, letters.map(letterCells)));
        heading(`Print run ${run.ref} of ${run.printedOn}, ${run.schoolName}`);
        print(
          `  ${run.letters} letters in ${run.envelopes} envelopes, ${run.pages} pages in the file; ${run.waiting} to post, ${run.posted} posted, ${run.pulled} pulled or to be pulled.`,
        );
        if (run.waiting > 0 && (await readKillSwitch(desk.db)) !== null)
          print('  Sending is stopped: nothing of it is to be posted before `rollcall letters resume`.');
        print(table(LETTER_HEAD, letters.map(letterCells)));
      });
    });
}

const LETTER_HEAD = ['place', 'envelope', 'letter', 'step', 'pages', 'state', 'remark'];

function letterCells(letter: LetterOfRun): (string | number)[] {
  const { place, envelope, ref, step, pages, state } = letter;
  return [place, envelope, ref, step, pages, state, remarkOn(letter)];
}

function remarkOn({ reason, hasAddress, postedOn, returnedOn }: LetterOfRun): string {
  return [
    ...(reason === null ? [] : [reason]),
    ...(hasAddress ? [] : ['no address: hand over']),
    ...(postedOn === null ? [] : [`posted on ${postedOn}`]),
    ...(returnedOn === null ? [] : [`came back on ${returnedOn}`]),
  ].join(', ');
}

interface DownloadOptions {
  readonly out?: string;
  readonly controlSheet?: boolean;
  readonly asOf?: string;
}

function downloadCommand(): Command {
  return new Command('download')
    .description('The file of a print run, the same bytes every time; or a control sheet of how it stands.')
    .argument('<run>', RUN)
    .option(
      '--out <file>',
      `where to put it (default: print-run-<run>.pdf, or control-sheet-<run>.pdf); ${NEVER_REPLACED}`,
    )
    .option('--control-sheet', 'only a new control sheet, which names what has to be pulled')
    .option('--as-of <date>', 'the day on the new control sheet, YYYY-MM-DD')
    .action(async (ref: string, options: DownloadOptions, command: Command) => {
      await atDesk(command, options.asOf, async (desk) => {
        const run = await findRun(desk, ref);
        const isSheet = options.controlSheet === true;
        const name = `${isSheet ? 'control-sheet' : 'print-run'}-${run.ref}.pdf`;
        const file = newFile('--out', options.out ?? name);
        const bytes = isSheet
          ? await sheetOfRun(desk.db, desk.config, run, desk.moment.today)
          : (await readDocument(desk.db, run.documentId)).bytes;
        await lookedAt(desk.db, desk.moment.now, {
          action: 'prints-downloaded',
          subject: run.ref,
          detail: {
            ...(isSheet && { part: 'control-sheet' }),
            letters: run.letters,
            ...whom(await studentsOfRun(desk.db, run.id)),
          },
        });
        writeNewFile('--out', file, bytes);
        print(`${run.ref} is in ${file}.`);
        if (!isSheet && run.pulled > 0) {
          print(
            `${counted(run.pulled, 'letter')} in it must not be posted: \`rollcall prints download ${run.ref} --control-sheet\` names ${run.pulled === 1 ? 'it' : 'them'}.`,
          );
        }
      });
    });
}

async function findRun({ db }: Desk, ref: string): Promise<ListedRun> {
  const [run] = await listPrintRuns(db, { ref });
  if (run === undefined)
    throw new UsageError(`No print run has the reference ${ref}; \`rollcall prints list\` shows them.`);
  return run;
}
