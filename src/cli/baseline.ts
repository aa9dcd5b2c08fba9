import { basename } from 'node:path';
import { Command } from 'commander';
import { type ImportedLetters, importLetters } from '../procedure/import-letters.ts';
import { modeOf } from '../procedure/procedure.ts';
import { releaseSteps } from '../procedure/release-steps.ts';
import { type RemovedLetters, removeLetters } from '../procedure/remove-letters.ts';
import { type Baseline, readBaseline } from '../store/baseline.ts';
import { findStudentIds } from '../store/districts.ts';
import { listPreExisting, type PreExisting } from '../store/pre-existing.ts';
import { atDesk, type Desk } from './at-desk.ts';
import { csvText } from './csv.ts';
import { refusalWords } from './holds.ts';
import { letterListFile } from './letter-list-file.ts';
import { type DoneEvent, onRecord, putOnRecord } from './on-record.ts';
import { knownOption, lineOption, schoolOption } from './option-values.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';

export function baselineCommand(): Command {
  return new Command('baseline')
    .description(
      'Steps that were reached before Rollcall, or before it went live: nothing is sent for them by itself.',
    )
    .addCommand(showCommand(), { isDefault: true })
    .addCommand(releaseCommand())
    .addCommand(importCommand());
}

interface Narrowed {
  readonly school?: string;
  readonly step?: string;
  readonly asOf?: string;
}

function showCommand(): Command {
  return new Command('show')
    .description('Who stands where, with totals per school.')
    .addOption(schoolOption())
    .option('--step <id>', 'only this step')
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: Narrowed & { csv?: boolean; json?: boolean }, command: Command) => {
      await atDesk(command, options.asOf, async (desk) => {
        const { db, procedure } = desk;
        const schoolYear = procedure.schoolYear.id;
        const filter = filterOf(options, desk);
        const order = procedure.policy.steps.map(({ id }) => id);
        const listed = await listPreExisting(db, schoolYear, filter, order);
        const baseline = await readBaseline(db, schoolYear);
        if (options.json === true) {
          const steps = listed.map(({ name: _name, number: _number, grade: _grade, ...ids }) => ids);
          return printJson({ schoolYear, baseline, totals: totalsOf(listed), steps });
        }
        if (options.csv === true) return void process.stdout.write(csvText(HEAD, listed.map(cellsOf)));
        print(baselineWords(baseline));
        if (listed.length === 0) return print('No step is left to the school.');
        heading('By school');
        print(
          table(
            ['school', 'step', 'students'],
            totalsOf(listed).map(({ school, step, students }) => [school, step, students]),
          ),
        );
        heading('Students');
        print(table(HEAD, listed.map(cellsOf)));
      });
    });
}

/** Whether the first look at the school year is over, and what it found. */
export function baselineWords(baseline: Baseline | null): string {
  switch (baseline?.state) {
    case undefined:
      return 'Nothing was read yet.';
    case 'not-needed':
      return 'This school year has no baseline: it was followed from its beginning, or `goLive.baseline` says `none`.';
    case 'open':
      return `The baseline of ${baseline.asOf} is not taken yet: nothing is sent before every student was looked at.`;
    case 'taken':
      return `Baseline of ${baseline.asOf}: ${baseline.students ?? 0} students looked at, ${baseline.steps ?? 0} steps left to the school.`;
  }
}

const HEAD = ['school', 'student', 'number', 'name', 'grade', 'step', 'days', 'found on', 'because'];

const BECAUSE: Readonly<Record<string, string>> = {
  baseline: 'reached before Rollcall',
  'shadow-ended': 'reached before the school went live',
  'policy-changed': 'reached before the policy held',
};

function cellsOf({
  school,
  student,
  number,
  name,
  grade,
  step,
  count,
  foundOn,
  because,
}: PreExisting): string[] {
  return [
    school,
    student,
    number ?? '',
    name,
    grade ?? '',
    step,
    count,
    foundOn,
    BECAUSE[because] ?? because,
  ];
}

function totalsOf(listed: readonly PreExisting[]): { school: string; step: string; students: number }[] {
  const totals = new Map<string, { school: string; step: string; students: number }>();
  for (const { school, step } of listed) {
    const key = JSON.stringify([school, step]);
    const total = totals.get(key) ?? { school, step, students: 0 };
    totals.set(key, { ...total, students: total.students + 1 });
  }
  return [...totals.values()];
}

interface ReleaseOptions extends Narrowed {
  readonly all?: boolean;
  readonly by: string;
  readonly why: string;
}

function releaseCommand(): Command {
  return new Command('release')
    .description('Act on steps that were left to the school: they are owed from the next cycle on.')
    .argument('[students...]', 'sourcedIds or student numbers')
    .option('--all', 'every one of them')
    .option('--step <id>', 'those of this step')
    .addOption(schoolOption())
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'kept with each step')
    .option('--as-of <date>', 'the day of the release, YYYY-MM-DD')
    .action(async (students: string[], options: ReleaseOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 500);
      const narrows = students.length > 0 || options.step !== undefined || options.school !== undefined;
      if ((options.all === true) === narrows) {
        throw new UsageError('Say whose steps: either --all, or students, --step or --school.');
      }
      await atDesk(command, options.asOf, async (desk) => {
        const { db, procedure, moment } = desk;
        const found = await findStudentIds(db, students);
        const unknown = students.find((name) => !found.has(name));
        if (unknown !== undefined) {
          throw new UsageError(
            `No student has the sourcedId or number ${JSON.stringify(unknown)}; nothing was released.`,
          );
        }
        const filter = {
          ...filterOf(options, desk),
          ...(students.length > 0 && { studentIds: [...found.values()] }),
        };
        const released = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => releaseSteps(tx, procedure, filter, { by, because }, moment),
          stepsOfStudents,
        );
        const concerned = new Set(released.map(({ studentId }) => studentId)).size;
        print(
          `${released.length} steps of ${concerned} students are released: they are owed from the next cycle on.`,
        );
        if (notLive(desk, options.school)) {
          print('A school that is not live sends nothing for them: `rollcall status` says which.');
        }
      });
    });
}

/** One event for each student. */
function stepsOfStudents(released: Awaited<ReturnType<typeof releaseSteps>>): DoneEvent[] {
  const steps = new Map<number, string[]>();
  for (const { studentId, step } of released)
    steps.set(studentId, [...(steps.get(studentId) ?? []), step].sort());
  return [...steps].map(([studentId, of]) => ({
    action: 'baseline-released',
    studentId,
    detail: { steps: of.join(' ') },
  }));
}

function notLive({ procedure: { modes }, config }: Desk, school: string | undefined): boolean {
  const schools = school === undefined ? config.schools.map(({ id }) => id) : [school];
  return schools.some((id) => modeOf(modes, id) !== 'live');
}

function filterOf({ school, step }: Narrowed, { procedure, config }: Desk) {
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
  return { ...(school !== undefined && { school }), ...(step !== undefined && { step }) };
}

interface ImportOptions {
  readonly by: string;
  readonly dryRun?: boolean;
  readonly remove?: boolean;
  readonly asOf?: string;
}

function importCommand(): Command {
  return new Command('import')
    .description(
      'Read letters that the school sent before Rollcall did from a CSV file: student, step, date. All of it or nothing.',
    )
    .argument('<file>', 'CSV in UTF-8 with a line of headers')
    .requiredOption('--by <name>', 'who answers for it')
    .option('--remove', 'take these letters back: they were imported by mistake')
    .option('--dry-run', 'say what would be recorded or taken back, and change nothing')
    .option('--as-of <date>', 'the day of the import, YYYY-MM-DD')
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      await atDesk(command, options.asOf, async (desk) => {
        const { db, procedure, moment } = desk;
        const nothing = options.remove === true ? 'Nothing was taken back' : 'Nothing was imported';
        const letters = await letterListFile(file, desk, nothing);
        const list = { letters, by, keep: options.dryRun !== true };
        const done = await (options.remove === true ? removeLetters : importLetters)(
          db,
          procedure,
          list,
          moment,
          (tx, students) => putOnRecord(tx, { by, now: moment.now }, listEvents(students, options)),
        );
        if (done.kind === 'refused')
          throw new UsageError(refusalWords(basename(file), done.problems, nothing));
        const tried = options.dryRun === true ? 'A dry run, nothing was kept: ' : '';
        for (const line of done.kind === 'removed' ? removedLines(done) : importedLines(done)) {
          print(`${tried}${line}`);
        }
      });
    });
}

/** One event for each student of the list. */
function listEvents(
  students: ReadonlyMap<number, number>,
  { remove = false }: Pick<ImportOptions, 'remove'>,
): DoneEvent[] {
  return [...students].map(([studentId, letters]) => ({
    action: remove ? 'letters-removed' : 'letters-imported',
    studentId,
    detail: { letters },
  }));
}

function importedLines({ recorded, known, takenBefore }: Extract<ImportedLetters, { kind: 'imported' }>) {
  const lines = [`${recorded} letters recorded, ${known} known before.`];
  if (takenBefore > 0) {
    lines.push(
      `${takenBefore} are of steps that Rollcall has taken itself: kept in the file, nothing else changes.`,
    );
  }
  return lines;
}

function removedLines({ removed, unknown }: Extract<RemovedLetters, { kind: 'removed' }>) {
  const lines = [`${removed} letters taken back; their students are decided about anew in the next cycle.`];
  if (unknown > 0) lines.push(`${unknown} were never imported: nothing changes for them.`);
  return lines;
}
