import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { shownPath } from '../config/text-file.ts';
import { counted } from '../domain/plain-words.ts';
import { readMeetingPapers } from '../procedure/meeting-papers.ts';
import { findMeeting } from '../store/meetings.ts';
import { atDesk } from './at-desk.ts';
import { REFERENCE } from './meetings-desk.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { lookedAt } from './on-record.ts';
import { print, printJson, UsageError } from './output.ts';

export function paperCommand(): Command {
  return new Command('paper')
    .description('Write what is to be handed over about a meeting as PDF: one file for each household.')
    .argument('<meeting>', REFERENCE)
    .requiredOption('--out <dir>', `folder for the files; ${NEVER_REPLACED}`)
    .option('--json', 'the files as JSON')
    .action(async (ref: string, options: { out: string; json?: boolean }, command: Command) => {
      await atDesk(command, undefined, async ({ db, moment }) => {
        const papers = await readMeetingPapers(db, ref);
        if (papers === null) throw new UsageError(`No meeting has the reference ${ref}.`);
        const dir = resolve(options.out);
        const named = papers.map(({ fileName, pdf }) => ({
          path: newFile('--out', join(dir, fileName)),
          pdf,
        }));
        const { studentId } = (await findMeeting(db, ref)) ?? {};
        await lookedAt(db, moment.now, {
          action: 'document-viewed',
          studentId: studentId ?? null,
          subject: ref,
        });
        await mkdir(dir, { recursive: true });
        const files: string[] = [];
        for (const { path, pdf } of named) {
          writeNewFile('--out', path, pdf);
          files.push(shownPath(path));
        }
        if (options.json === true) return printJson(files);
        if (files.length === 0) return print('Nothing is to be handed over.');
        print(`${counted(files.length, 'file')} to hand over: ${files.join(', ')}.`);
      });
    });
}
