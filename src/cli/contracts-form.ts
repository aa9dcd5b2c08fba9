import { Command } from 'commander';
import { shownPath } from '../config/text-file.ts';
import { loadTemplates } from '../documents/template.ts';
import { counted } from '../domain/plain-words.ts';
import { writeContractForm } from '../procedure/contract-form.ts';
import { findContract } from '../store/contracts.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { lookedAt } from './on-record.ts';
import { print, printJson, UsageError } from './output.ts';

interface FormOptions {
  readonly out: string;
  readonly language?: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

export function formCommand(): Command {
  return new Command('form')
    .description('Write the form of a contract as PDF, for the family to sign.')
    .argument('<contract>', 'reference, for example C-7F3K-2Q9M')
    .requiredOption('--out <file>', `the PDF; ${NEVER_REPLACED}`)
    .option('--language <tag>', 'instead of the guardians’, for example es')
    .option('--as-of <date>', 'the day that stands on it, YYYY-MM-DD')
    .option('--json', 'as JSON')
    .action(async (ref: string, options: FormOptions, command: Command) => {
      const file = newFile('--out', options.out);
      const context = openContext(command);
      const { config } = context;
      const templates = await loadTemplates(config.templatesDir);
      const moment = { now: clockOf(config, options.asOf)(), today: dateOf(config, options.asOf) };
      await withStore(context, async ({ db }) => {
        const asked = { ref, language: options.language ?? null };
        const form = await writeContractForm({ db, config, templates }, asked, moment);
        switch (form.kind) {
          case 'unknown':
            throw new UsageError(`No attendance contract has the reference ${ref}.`);
          case 'not-enrolled':
            throw new UsageError(`The student is enrolled at no school on ${moment.today}.`);
          case 'no-template':
            throw new UsageError(
              `${shownPath(config.templatesDir)} has no forms/contract-form.en.md: copy the folder \`forms\` from the shipped templates.`,
            );
          case 'missing-glyph':
            throw new UsageError(
              `The form is not written: no font has ${counted(form.characters.length, 'character')} of its names. Write it by hand.`,
            );
          case 'rendered': {
            const { studentId } = (await findContract(db, ref)) ?? {};
            await lookedAt(db, moment.now, {
              action: 'document-viewed',
              studentId: studentId ?? null,
              subject: ref,
            });
            writeNewFile('--out', file, form.pdf);
            const { pages, languages } = form;
            if (options.json === true) printJson({ file, pages, languages });
            else print(`${shownPath(file)}: ${counted(pages, 'page')}, ${languages.join(' and ')}.`);
          }
        }
      });
    });
}
