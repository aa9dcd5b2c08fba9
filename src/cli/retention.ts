import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { longDate } from '../documents/dates.ts';
import { counted } from '../domain/plain-words.ts';
import {
  applyRetention,
  archivesOf,
  CLASS_TITLES,
  type PlannedClass,
  planRetention,
} from '../procedure/keeping/retention.ts';
import { findStudentId } from '../store/districts.ts';
import { endLegalHold, listLegalHolds, placeLegalHold } from '../store/legal-holds.ts';
import { dateOf, openContext, whenIn, withStore } from './context.ts';
import { writeNewFile } from './new-file.ts';
import { onRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function retentionCommand(): Command {
  return new Command('retention')
    .description(
      'How long records are kept: what is due, destroying it with a certificate, and legal holds that win over every rule.',
    )
    .addCommand(planCommand(), { isDefault: true })
    .addCommand(applyCommand())
    .addCommand(holdsCommand())
    .addCommand(holdCommand())
    .addCommand(releaseCommand());
}

function planCommand(): Command {
  return new Command('plan')
    .description('What is due by `retention` in district.yaml. Nothing is changed.')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async ({ db }) => {
        const planned = await planRetention(db, config.retention, dateOf(config, undefined));
        if (options.json === true) return printJson(planned);
        print(
          table(
            ['records', 'kept', 'due', 'students', 'school years', 'on legal hold', 'next due on'],
            planned.map(planRow),
          ),
        );
        const rows = total(planned);
        if (rows === 0 && planned.every(({ students }) => students.length === 0))
          return print('Nothing is due.');
        print(
          `To destroy it for good: rollcall retention apply --by NAME --confirm ${rows}\nMake a backup first only if you may keep it: backups hold what is destroyed here until they are deleted.`,
        );
        printArchives(config, planned);
      });
    });
}

function planRow({ name, years, rows, students, schoolYears, held, nextOn }: PlannedClass): string[] {
  if (years === null) return [CLASS_TITLES[name], 'for ever', '', '', '', '', ''];
  return [
    CLASS_TITLES[name],
    counted(years, 'year'),
    String(rows),
    String(students.length),
    schoolYears.join(', '),
    held.length === 0 ? '' : counted(held.length, 'student'),
    nextOn === null ? '' : longDate(nextOn, 'en'),
  ];
}

/** No rule reaches these: they lie wherever somebody has put them. */
function printArchives(config: Config, classes: readonly PlannedClass[]): void {
  const archives = archivesOf(classes);
  if (archives.length === 0) return;
  print(
    `${counted(archives.length, 'archive holds', 'archives hold')} these records, too: find ${archives.length === 1 ? 'its file, and delete it' : 'their files, and delete them'}.`,
  );
  print(
    table(
      ['school year', 'made', 'by', 'SHA-256'],
      archives.map(({ schoolYear, madeAt, by, sha256 }) => [schoolYear, whenIn(config, madeAt), by, sha256]),
    ),
  );
}

function total(planned: readonly PlannedClass[]): number {
  return planned.reduce((sum, { rows }) => sum + rows, 0);
}

function applyCommand(): Command {
  return new Command('apply')
    .description('Destroy for good what is due, and write a certificate of it (PDF and JSON).')
    .requiredOption('--by <name>', 'who signs off')
    .requiredOption('--confirm <number>', 'how many records, as `retention plan` says')
    .option('--out <folder>', 'where the certificate is written', '.')
    .action(async (options: { by: string; confirm: string; out: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      if (!/^\d{1,9}$/.test(options.confirm))
        throw new UsageError('--confirm takes the number of records that `retention plan` says.');
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async ({ db }) => {
        const moment = { now: new Date(), today: dateOf(config, undefined) };
        const asked = {
          district: config.district.id,
          districtName: config.district.name,
          timeZone: config.district.timeZone,
          by,
          expected: Number(options.confirm),
        };
        const done = await applyRetention(db, config.retention, asked, moment);
        if (done.kind === 'nothing-due') return print('Nothing is due.');
        if (done.kind === 'changed')
          throw new UsageError(
            `Nothing was destroyed: ${counted(done.rows, 'record is', 'records are')} due, found --confirm ${options.confirm}. Look at \`retention plan\` again.`,
          );
        const path = join(resolve(options.out), `destruction-${done.ref}`);
        writeNewFile('--out', `${path}.json`, done.json);
        writeNewFile('--out', `${path}.pdf`, done.pdf);
        for (const { name, rows, students, held } of done.classes)
          print(
            `${CLASS_TITLES[name]}: ${counted(rows, 'record')} of ${counted(students.length, 'student')} destroyed${held.length === 0 ? '' : `, ${counted(held.length, 'student')} kept by a legal hold`}.`,
          );
        printArchives(config, done.classes);
        print(`Certificate ${done.ref}: ${path}.pdf and .json, SHA-256 ${done.sha256}`);
      });
    });
}

function holdsCommand(): Command {
  return new Command('holds')
    .description('Legal holds that are open.')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const holds = await listLegalHolds(db);
        if (options.json === true) return printJson(holds.map(({ reason: _, ...hold }) => hold));
        if (holds.length === 0) return print('No legal hold is open.');
        print(
          table(
            ['hold', 'student', 'since', 'by', 'why'],
            holds.map(({ ref, student, placedAt, placedBy, reason }) => [
              ref,
              student,
              whenIn(context.config, placedAt),
              placedBy,
              reason,
            ]),
          ),
        );
      });
    });
}

function holdCommand(): Command {
  return new Command('hold')
    .description('Legal hold: nothing about the student is destroyed until it is released.')
    .argument('<student>', 'sourcedId or student number')
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'for example the number of a case in court')
    .action(async (name: string, options: { by: string; why: string }, command: Command) => {
      const [by, reason] = [lineOption('--by', options.by, 100), lineOption('--why', options.why, 500)];
      await withStore(openContext(command), async ({ db }) => {
        const studentId = await findStudentId(db, name);
        if (studentId === null) throw new UsageError('No student has this sourcedId or number.');
        const now = new Date();
        const ref = await onRecord(
          db,
          { by, now },
          (tx) => placeLegalHold(tx, { studentId, reason, by, now }),
          (subject) => ({ action: 'legal-hold-placed', studentId, subject }),
        );
        print(`Legal hold ${ref}: nothing about this student is destroyed.`);
      });
    });
}

function releaseCommand(): Command {
  return new Command('release')
    .description('End a legal hold.')
    .argument('<hold>', 'reference of the hold, for example H-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'goes on record')
    .action(async (ref: string, options: { by: string; why: string }, command: Command) => {
      const [by, because] = [lineOption('--by', options.by, 100), lineOption('--why', options.why, 500)];
      await withStore(openContext(command), async ({ db }) => {
        const now = new Date();
        const studentId = await onRecord(
          db,
          { by, now },
          (tx) => endLegalHold(tx, { ref, by, because, now }),
          (id) =>
            id === null ? null : { action: 'legal-hold-ended', studentId: id, subject: ref.toUpperCase() },
        );
        if (studentId === null) throw new UsageError(`No open legal hold has the reference ${ref}.`);
        print('The legal hold has ended: the rules of retention hold again.');
      });
    });
}
