import { Command } from 'commander';
import { shownPath } from '../config/text-file.ts';
import { loadTemplates } from '../documents/template.ts';
import { counted } from '../domain/plain-words.ts';
import { writeCorrectionLetter } from '../procedure/correction-letter.ts';
import { atDesk } from './at-desk.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { onRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, UsageError } from './output.ts';

interface CorrectOptions {
  readonly out: string;
  readonly by: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

export function correctCommand(): Command {
  return new Command('correct')
    .description(
      'Write to the family that the records behind a letter were corrected, as PDF; it is kept in the attendance file and sent by you.',
    )
    .argument('<letter>', 'reference of a letter that has left and is superseded, for example L-7F3K-2Q9M')
    .requiredOption('--out <file>', `the PDF; ${NEVER_REPLACED}`)
    .requiredOption('--by <name>', 'who writes it')
    .option('--as-of <date>', 'the day that stands on it, YYYY-MM-DD')
    .option('--json', 'as JSON')
    .action((ref: string, options: CorrectOptions, command: Command) =>
      atDesk(command, options.asOf, async ({ db, config, procedure, moment }) => {
        const by = lineOption('--by', options.by, 100);
        const file = newFile('--out', options.out);
        const templates = await loadTemplates(config.templatesDir);
        const written = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => writeCorrectionLetter({ db: tx, config, templates }, procedure, ref, moment),
          (done) =>
            done.kind === 'written' && done.letter.kind === 'rendered'
              ? {
                  action: 'letter-corrected',
                  subject: ref,
                  studentId: done.studentId,
                  detail: { letter: done.ref },
                }
              : null,
        );
        switch (written.kind) {
          case 'unknown':
            throw new UsageError(`No letter has the reference ${ref}.`);
          case 'nothing-to-correct':
            throw new UsageError(
              `Nothing of ${ref} has to be taken back: it has not left, or what it said stands.`,
            );
          case 'may-not':
            throw new UsageError(
              written.because === 'hold'
                ? `The family of ${ref} may not be written to: a hold keeps letters back. \`rollcall holds list\` shows it.`
                : `Nobody whom ${ref} went to may be written to: by the records of today none of them gets letters about the student.`,
            );
          case 'no-template':
            throw new UsageError(
              `${shownPath(config.templatesDir)} has no notices/correction-letter.en.md: copy the folder \`notices\` from the shipped templates.`,
            );
          case 'written':
        }
        const { letter } = written;
        if (letter.kind === 'missing-glyph') {
          throw new UsageError(
            `The letter is not written: no font has ${counted(letter.characters.length, 'character')} of its names. Write it by hand.`,
          );
        }
        writeNewFile('--out', file, letter.pdf);
        const { pages, languages } = letter;
        if (options.json === true) printJson({ file, ref: written.ref, pages, languages });
        else
          print(`${shownPath(file)}: ${written.ref}, ${counted(pages, 'page')}, ${languages.join(' and ')}.`);
      }),
    );
}
