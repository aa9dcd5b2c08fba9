import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { counted } from '../domain/plain-words.ts';
import { type Asker, exportStudent } from '../procedure/keeping/export-student.ts';
import type { Db } from '../store/database.ts';
import { findGuardian, findStudentId } from '../store/districts.ts';
import { dateOf, openContext, withStore } from './context.ts';
import { lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

interface ExportOptions {
  readonly out: string;
  readonly by: string;
  readonly for: string;
  readonly why: string;
  readonly guardian?: string;
  readonly studentAsks?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Everything that is kept about a student, for a parent who asks to inspect it: a page to read, JSON, and the documents. It is on record as a disclosure.',
    )
    .argument('<student>', 'sourcedId or student number')
    .requiredOption('--out <folder>', 'a folder that does not exist yet')
    .requiredOption('--for <name>', 'who asks for it')
    .option('--guardian <id>', 'sourcedId of the guardian who asks: what was written to others lies apart')
    .option('--student-asks', 'the student asks, who is 18: what was written to guardians lies apart')
    .option('--why <reason>', 'goes into the record of disclosures', 'right to inspect and review')
    .requiredOption('--by <name>', 'who hands it over')
    .action(async (name: string, options: ExportOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const to = lineOption('--for', options.for, 100);
      const why = lineOption('--why', options.why, 300);
      const context = openContext(command);
      const { config } = context;
      if ((options.guardian === undefined) === (options.studentAsks !== true))
        throw new UsageError(
          'Say who asks: --guardian ID for a parent or guardian, or --student-asks for the student who is 18. What was written to others then lies apart.',
        );
      const out = resolve(options.out);
      if (existsSync(out)) throw new UsageError(`--out: ${out} is there already; name a new folder.`);
      await withStore(context, async ({ db }) => {
        const studentId = await findStudentId(db, name);
        if (studentId === null) throw new UsageError('No student has this sourcedId or number.');
        const asker = await askerOf(db, options, studentId);
        const moment = { now: new Date(), today: dateOf(config, undefined) };
        const made = await exportStudent(db, config, { studentId, asker, to, by, why }, moment);
        for (const { name: file, bytes } of made.files) {
          await mkdir(dirname(join(out, file)), { recursive: true, mode: 0o700 });
          await writeFile(join(out, file), bytes, { mode: 0o600 });
        }
        print(`${out}: begin with index.html. It holds ${counted(made.documents, 'document')}.`);
        if (made.toRead > 0)
          print(
            `${counted(made.toRead, 'document')} in read-first/ may show what the one who asks may not see: read ${made.toRead === 1 ? 'it' : 'them'} before you hand over anything of it.`,
          );
        if (made.leftOut > 0)
          print(`${counted(made.leftOut, 'document is', 'documents are')} left out; the page says why.`);
        print('Notes of staff stand in it as they were written: read them before you hand it over.');
      });
    });
}

/** @throws UsageError when nobody with this id may ask */
async function askerOf(
  db: Db,
  { guardian }: Pick<ExportOptions, 'guardian'>,
  studentId: number,
): Promise<Asker> {
  if (guardian === undefined) return { kind: 'student' };
  const found = await findGuardian(db, guardian, studentId);
  if (found === null) throw new UsageError('--guardian: no guardian of this student has this sourcedId.');
  if (!found.inForce)
    throw new UsageError(
      '--guardian: this person is no guardian of the student any more by the SIS. Whether they may still see the record is for the school to say; correct the SIS first.',
    );
  return { kind: 'guardian', guardianId: found.id };
}
