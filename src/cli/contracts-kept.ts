import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { shownPath } from '../config/text-file.ts';
import { loadTemplates } from '../documents/template.ts';
import { keptObstacleWords } from '../domain/kept-obstacle.ts';
import { recordKeptLetters } from '../procedure/kept-letters.ts';
import { atDesk } from './at-desk.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { onRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, UsageError } from './output.ts';

interface KeptOptions {
  readonly out: string;
  readonly by: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

export function tellKeptCommand(): Command {
  return new Command('tell-kept')
    .description(
      'Write to the family that a contract was kept, as PDF and text. It goes into the attendance file, its task is done, and it is sent by you.',
    )
    .argument('<contract>', 'reference, for example C-7F3K-2Q9M')
    .requiredOption('--out <dir>', `folder for the files; ${NEVER_REPLACED}`)
    .requiredOption('--by <name>', 'who gives it to the family')
    .option('--as-of <date>', 'the day that stands on it, YYYY-MM-DD')
    .option('--json', 'the files as JSON')
    .action((ref: string, options: KeptOptions, command: Command) =>
      atDesk(command, options.asOf, async ({ db, config, procedure, moment }) => {
        const by = lineOption('--by', options.by, 100);
        const dir = resolve(options.out);
        const nameOf = (index: number) => join(dir, `contract-kept-${ref.toUpperCase()}-${index + 1}`);
        newFile('--out', `${nameOf(0)}.pdf`);
        const templates = await loadTemplates(config.templatesDir);
        const recorded = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => recordKeptLetters(tx, { config, templates }, procedure, { ref, by }, moment),
          (done) =>
            done.kind !== 'written'
              ? null
              : {
                  action: 'contract-kept-told',
                  studentId: done.contract.studentId,
                  subject: done.contract.ref,
                  detail: { letters: done.letters.length },
                },
        );
        if (recorded.kind === 'told-before')
          throw new UsageError(`No task asks to tell the family of ${ref}: it was done before.`);
        if (recorded.kind !== 'written') throw new UsageError(`${ref}: ${keptObstacleWords[recorded.kind]}`);
        await mkdir(dir, { recursive: true });
        const files: string[] = [];
        for (const [index, { written }] of recorded.letters.entries()) {
          const name = nameOf(index);
          writeNewFile('--out', `${name}.pdf`, written.pdf);
          writeNewFile('--out', `${name}.txt`, `${written.subject}\n\n${written.text}`);
          files.push(`${name}.pdf`, `${name}.txt`);
        }
        if (options.json === true) printJson(files);
        else print(`${files.map(shownPath).join('\n')}\nPlease give it to the family.`);
      }),
    );
}
