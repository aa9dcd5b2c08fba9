import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { hintFor, suggest } from '../config/suggest.ts';
import { type AllowedHold, reminderDay } from '../domain/hold-kinds.ts';
import { counted } from '../domain/plain-words.ts';
import { errorCode } from '../ops/describe-error.ts';
import type { FileRowProblem } from '../procedure/file-row-problem.ts';
import { readHoldFile } from '../procedure/hold-file.ts';
import { addHold, endHold, type HoldDesk } from '../procedure/holds.ts';
import { importHolds } from '../procedure/import-holds.ts';
import type { Moment } from '../procedure/procedure.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { FileRefusal } from '../sis/csv/file-refusal.ts';
import { type ListedHold, listHolds } from '../store/holds.ts';
import { type Context, clockOf, dateOf, openContext, withStore } from './context.ts';
import { csvText } from './csv.ts';
import { onRecord } from './on-record.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function holdsCommand(): Command {
  return new Command('holds')
    .description('Reasons not to act on a student: list them, place one, end one, or read them from a file.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(addCommand())
    .addCommand(endCommand())
    .addCommand(importCommand());
}

interface ListOptions {
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('Holds in force or to come, those that end first at the top.')
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const holds = await listHolds(db, dateOf(context.config, options.asOf));
        if (options.json === true) return printJson(holds.map(withoutPeople));
        if (options.csv === true) return process.stdout.write(csvText(HEAD, holds.map(cellsOf)));
        if (holds.length === 0) return print('No hold is in force.');
        print(table(HEAD, holds.map(cellsOf)));
      });
    });
}

const HEAD = ['hold', 'student', 'name', 'kind', 'stops', 'from', 'until', 'owner', 'from the', 'reason'];

function cellsOf(hold: ListedHold): string[] {
  const source = { staff: 'staff', csv: 'file', sis: 'SIS' }[hold.source];
  const { ref, student, name, kind, scope, begins, ends, owner, reason } = hold;
  return [ref, student, name, kind, scope, begins, ends ?? '', owner, source, reason ?? ''];
}

function withoutPeople({ name: _name, reason: _reason, school: _school, ...hold }: ListedHold) {
  return hold;
}

interface AddOptions {
  readonly kind: string;
  readonly scope?: string;
  readonly from?: string;
  readonly until?: string;
  readonly owner: string;
  readonly why: string;
  readonly by: string;
  readonly asOf?: string;
}

function addCommand(): Command {
  return new Command('add')
    .description('Place a hold. `deceased` and `missing` stop everything about the student at once.')
    .argument('<student>', 'sourcedId or student number')
    .requiredOption('--kind <kind>', 'one of holds.kinds in policy.yaml, or deceased or missing')
    .option('--scope <scope>', 'letters, referral or everything (default: that of the kind)')
    .option('--from <date>', 'first day, YYYY-MM-DD (default: today)')
    .option('--until <date>', 'last day, YYYY-MM-DD (default: as long as the kind allows)')
    .requiredOption('--owner <owner>', 'whose hold it is: a role, or the e-mail address of a person in staff')
    .requiredOption('--why <reason>', 'kept with the hold')
    .requiredOption('--by <name>', 'who places it')
    .option('--as-of <date>', 'the day on which it was placed, YYYY-MM-DD')
    .action(async (student: string, options: AddOptions, command: Command) => {
      const context = openContext(command);
      const asked = {
        student,
        kind: options.kind,
        scope: options.scope ?? null,
        from: dateOption('--from', options.from),
        until: dateOption('--until', options.until),
        owner: options.owner,
        reason: lineOption('--why', options.why, 500),
        by: lineOption('--by', options.by, 100),
      };
      await atDesk(context, options.asOf, async (desk, moment) => {
        const added = await onRecord(
          desk.db,
          { by: asked.by, now: moment.now },
          (db) => addHold({ ...desk, db }, asked, moment),
          (one) =>
            one.kind === 'added'
              ? {
                  action: 'hold-placed',
                  subject: one.ref,
                  studentId: one.studentId,
                  detail: { scope: one.hold.scope },
                }
              : null,
        );
        switch (added.kind) {
          case 'unknown-student':
            throw new UsageError('No student has this sourcedId or number.');
          case 'refused': {
            const given = options[added.part] ?? '';
            const hint = hintFor(suggest(given, added.known));
            throw new UsageError(
              `--${added.part}: found ${JSON.stringify(given)}, expected ${added.expected}${hint}`,
            );
          }
          case 'added':
            print(placedWords(added.ref, student, added.hold, { desk, moment, config: context.config }));
        }
      });
    });
}

const HELD: Readonly<Record<AllowedHold['scope'], string>> = {
  letters: 'letters',
  referral: 'the referral',
  everything: 'letters, tasks and the referral',
  absolute: 'everything',
};

function placedWords(
  ref: string,
  student: string,
  hold: AllowedHold,
  { desk, moment, config }: { desk: HoldDesk; moment: Moment; config: Config },
): string {
  if (hold.scope === 'absolute') {
    return `${ref} holds everything about ${student}: nothing leaves any more. Only \`rollcall holds end ${ref}\` ends it.`;
  }
  const { remindSchoolDays } = desk.procedure.policy.holds;
  const day = reminderDay(hold, remindSchoolDays, desk.procedure.calendarOf(null), moment.today);
  const person = config.staff.find((one) => one.email.toLowerCase() === hold.owner.toLowerCase());
  const owner = person?.name ?? `the ${hold.owner.replaceAll('-', ' ')}`;
  const from = hold.begins > moment.today ? ` from ${hold.begins}` : '';
  const until = hold.ends === null ? ' until a person ends it' : ` until ${hold.ends}`;
  const reminder = day === null ? '.' : `; ${owner} is reminded on ${day}.`;
  return `${ref} holds ${HELD[hold.scope]} of ${student}${from}${until}${reminder}`;
}

function endCommand(): Command {
  return new Command('end')
    .description('End a hold before its time. An absolute one ends in no other way.')
    .argument('<hold>', 'reference of the hold, for example H-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'kept with the hold')
    .option('--as-of <date>', 'the day on which it was ended, YYYY-MM-DD')
    .action(async (ref: string, options: { by: string; why: string; asOf?: string }, command: Command) => {
      const context = openContext(command);
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 500);
      await atDesk(context, options.asOf, async (desk, moment) => {
        const ended = await onRecord(
          desk.db,
          { by, now: moment.now },
          (db) => endHold({ ...desk, db }, { ref, by, because }, moment),
          (one) =>
            one.kind === 'ended'
              ? { action: 'hold-ended', subject: one.hold.ref, studentId: one.hold.studentId }
              : null,
        );
        switch (ended.kind) {
          case 'unknown':
            throw new UsageError(`No hold has the reference ${ref}.`);
          case 'ended-before':
            throw new UsageError(`The hold ${ref} has been ended before.`);
          case 'still-flagged':
            throw new UsageError(
              `The hold ${ref} follows the field ${ended.field} of the SIS, which still says so: correct it there, and read it with \`rollcall sync\`.`,
            );
          case 'still-unread':
            throw new UsageError(
              `The hold ${ref} stands until the field ${ended.field} of the SIS can be read: correct it there, and read it with \`rollcall sync\`.`,
            );
          case 'ended':
            print(`The hold ${ended.hold.ref} has ended. The next cycle decides about the student anew.`);
        }
      });
    });
}

interface ImportOptions {
  readonly by: string;
  readonly replace?: boolean;
  readonly asOf?: string;
}

function importCommand(): Command {
  return new Command('import')
    .description(
      'Read holds from a CSV file: student, kind, scope, from, until, owner, reason. All of it or nothing.',
    )
    .argument('<file>', 'CSV in UTF-8 with a line of headers')
    .requiredOption('--by <name>', 'who answers for it')
    .option('--replace', 'end the holds of earlier files that this one does not name')
    .option('--as-of <date>', 'the day of the import, YYYY-MM-DD')
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const context = openContext(command);
      const by = lineOption('--by', options.by, 100);
      const read = await readHoldFile(createReadStream(file)).catch((error: unknown) => {
        if (error instanceof FileRefusal) throw new UsageError(`${basename(file)}: ${error.message}.`);
        const code = errorCode(error);
        if (code !== undefined) throw new UsageError(`${basename(file)} cannot be read (${code}).`);
        throw error;
      });
      if (read.kind === 'refused') throw new UsageError(refusalWords(basename(file), read.problems));
      await atDesk(context, options.asOf, async (desk, moment) => {
        const { rows } = read;
        const imported = await onRecord(
          desk.db,
          { by, now: moment.now },
          (db) => importHolds({ ...desk, db }, { rows, by, replace: options.replace === true }, moment),
          (done) =>
            done.kind === 'imported'
              ? done.holds.map(({ what, ref, studentId }) => ({
                  action: IMPORTED[what],
                  subject: ref,
                  studentId,
                }))
              : null,
        );
        if (imported.kind === 'refused')
          throw new UsageError(refusalWords(basename(file), imported.problems));
        const { placed, changed, unchanged, ended, kept } = imported;
        print(`${placed} placed, ${changed} changed, ${unchanged} as they were, ${ended} ended.`);
        if (kept > 0) {
          print(
            `${counted(kept, 'absolute hold stays', 'absolute holds stay')}: only \`rollcall holds end\` ends one.`,
          );
        }
      });
    });
}

const IMPORTED = { placed: 'hold-placed', changed: 'hold-changed', ended: 'hold-ended' } as const;

const SHOWN = 20;

/** By file, line and column; what stood there is not repeated. */
export function refusalWords(
  file: string,
  problems: readonly FileRowProblem[],
  outcome = 'Nothing was imported',
): string {
  const sorted = [...problems].sort((a, b) => a.line - b.line);
  const lines = sorted.slice(0, SHOWN).map(({ line, column, found, expected, told, known }) => {
    const place = column === '' ? `${file}:${line}` : `${file}:${line} ${column}`;
    return `  ${place}: found ${found}, expected ${expected}${hintFor(suggest(told ?? '', known ?? []))}`;
  });
  const more = problems.length > SHOWN ? [`  … and ${problems.length - SHOWN} more`] : [];
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return [`${outcome}: the file has ${count}:`, ...lines, ...more].join('\n');
}

async function atDesk(
  context: Context,
  asOf: string | undefined,
  use: (desk: HoldDesk, moment: Moment) => Promise<void>,
): Promise<void> {
  const { config } = context;
  const moment = { now: clockOf(config, asOf)(), today: dateOf(config, asOf) };
  await withStore(context, async ({ db }) => {
    const procedure = await createProcedureBook(db, procedureSettings(config)).on(moment.today);
    await use({ db, procedure, people: config.staff.map((person) => person.email) }, moment);
  });
}
