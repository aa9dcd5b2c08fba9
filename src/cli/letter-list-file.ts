import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';
import { type ListedLetter, readLetterList } from '../procedure/letter-list.ts';
import { FileRefusal } from '../sis/csv/file-refusal.ts';
import type { Desk } from './at-desk.ts';
import { refusalWords } from './holds.ts';
import { UsageError } from './output.ts';

/** A list of letters that the school keeps. @throws UsageError with everything that is wrong in it, by line */
export async function letterListFile(
  file: string,
  { procedure, moment }: Desk,
  outcome: string,
): Promise<readonly ListedLetter[]> {
  const name = basename(file);
  const range = { from: procedure.schoolYear.begins, to: moment.today };
  const read = await readLetterList(createReadStream(file), procedure.policy, range).catch(
    (error: unknown) => {
      if (error instanceof FileRefusal) throw new UsageError(`${name}: ${error.message}.`);
      const code = errorCode(error);
      if (code !== undefined) throw new UsageError(`${name} cannot be read (${code}).`);
      throw error;
    },
  );
  if (read.kind === 'refused') throw new UsageError(refusalWords(name, read.problems, outcome));
  return read.letters;
}
