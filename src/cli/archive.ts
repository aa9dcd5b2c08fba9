import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { backupKeysOf } from '../config/backup-keys.ts';
import { counted } from '../domain/plain-words.ts';
import { archiveYear, openArchive } from '../procedure/keeping/archive-year.ts';
import { schoolYearById } from '../store/districts.ts';
import { dateOf, openContext, withStore } from './context.ts';
import { bytesInWords } from './keeping-words.ts';
import { NEVER_REPLACED, newFile } from './new-file.ts';
import { lineOption } from './option-values.ts';
import { print, progress, UsageError } from './output.ts';

export function archiveCommand(): Command {
  return new Command('archive')
    .description(
      'The attendance files of a school year that has ended, in one encrypted file with a manifest. `rollcall archive open FILE` unpacks it.',
    )
    .addCommand(yearCommand(), { isDefault: true })
    .addCommand(openCommand());
}

function yearCommand(): Command {
  return new Command('year')
    .description('Write the archive of a school year. Nothing is taken out of the database.')
    .argument('<year>', 'the end year, for example 2027')
    .requiredOption('--out <file>', `where it is written; ${NEVER_REPLACED}`)
    .requiredOption('--by <name>', 'who does it')
    .action(async (year: string, options: { out: string; by: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const context = openContext(command);
      const { config } = context;
      const out = newFile('--out', options.out);
      await withStore(context, async ({ db }) => {
        const moment = { now: new Date(), today: dateOf(config, undefined) };
        const known = await schoolYearById(db, year);
        if (known === null) throw new UsageError(`No school year ${year} is known.`);
        if (known.ends > moment.today)
          throw new UsageError(`The school year ${known.title} has not ended: it runs until ${known.ends}.`);
        const bar = progress();
        const made = await archiveYear(db, config, { schoolYear: year, out, by }, moment, (done, of) =>
          bar.update(`${done} of ${counted(of, 'student')}`),
        );
        bar.done('The archive is written.');
        print(
          `${out}: ${counted(made.files, 'file')} of ${counted(made.students, 'student')}, ${bytesInWords(made.bytes)}. SHA-256 ${made.sha256}`,
        );
        print('The backup key opens it (rollcall keys list).');
      });
    });
}

function openCommand(): Command {
  return new Command('open')
    .description('Check an archive and unpack it.')
    .argument('<file>', 'the archive')
    .requiredOption('--out <folder>', 'a folder that does not exist yet')
    .action(async (file: string, options: { out: string }, command: Command) => {
      const { config } = openContext(command);
      const out = resolve(options.out);
      if (existsSync(out)) throw new UsageError(`--out: ${out} is there already; name a new folder.`);
      let count = 0;
      try {
        for await (const { name, bytes } of openArchive(resolve(file), backupKeysOf(config))) {
          const path = join(out, name);
          await mkdir(dirname(path), { recursive: true, mode: 0o700 });
          await writeFile(path, bytes, { mode: 0o600 });
          count += 1;
        }
      } catch (error) {
        // What was unpacked before the fault was found is not to be relied on.
        await rm(out, { recursive: true, force: true });
        throw error;
      }
      print(`${out}: ${counted(count, 'file')}, each as the manifest says.`);
    });
}
