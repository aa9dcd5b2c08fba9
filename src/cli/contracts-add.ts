import { Command, Option } from 'commander';
import { contractInWords } from '../domain/contract-words.ts';
import type { Basis } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { addContract, showContract } from '../procedure/contracts.ts';
import type { Moment, Procedure } from '../procedure/procedure.ts';
import type { Db } from '../store/database.ts';
import { atDesk } from './at-desk.ts';
import { noteContract, refusedTerms } from './contracts-desk.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

interface AddOptions {
  readonly begins: string;
  readonly ends: string;
  readonly allowedDays: string;
  readonly basis: Basis;
  readonly exceptCodes?: string;
  readonly graceDays: string;
  readonly signedOn?: string;
  readonly refused?: boolean;
  readonly draft?: boolean;
  readonly meeting?: string;
  readonly by: string;
  readonly note?: string;
  readonly asOf?: string;
}

export function addCommand(): Command {
  return new Command('add')
    .description('Record a contract. What the family refused goes into the file and is not watched.')
    .argument('<student>', 'sourcedId or student number')
    .requiredOption('--begins <date>', 'first day that is watched, YYYY-MM-DD')
    .requiredOption('--ends <date>', 'last day that is watched, YYYY-MM-DD')
    .requiredOption('--allowed-days <n>', 'days that may be missed, in halves; more violate it')
    .addOption(
      new Option('--basis <basis>', 'which days count: all that the policy counts, or unexcused ones')
        .choices(['all', 'unexcused'] satisfies Basis[])
        .makeOptionMandatory(),
    )
    .option('--except-codes <titles>', 'attendance codes whose days do not count, with commas between')
    .option('--grace-days <n>', 'school days in which a note for a day may still come in', '3')
    .option('--signed-on <date>', 'the day on which the family signed, YYYY-MM-DD')
    .option('--refused', 'the family did not agree')
    .option('--draft', 'it is written down to be signed, and watched once it is started')
    .option('--meeting <meeting>', 'reference of the meeting in which it was agreed')
    .requiredOption('--by <name>', 'who records it')
    .option('--note <text>', 'kept with the contract; the truancy officer sees it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (student: string, options: AddOptions, command: Command) => {
      const asked = { student, ...askedOf(options) };
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const added = await db.transaction().execute(async (tx) => {
          const one = await addContract(tx, procedure, asked, moment);
          const action = asked.draft ? 'contract-drafted' : 'contract-started';
          if (one.kind === 'added')
            await noteContract(tx, action, { ref: one.ref, by: asked.by }, moment.now);
          return one;
        });
        switch (added.kind) {
          case 'unknown-student':
            throw new UsageError('No student has this sourcedId or number.');
          case 'not-enrolled':
            throw new UsageError(`The student is enrolled at no school on ${moment.today}.`);
          case 'refused':
            throw refusedTerms(added);
          case 'added':
            print(await addedWords(db, procedure, { ...asked, ...added }, moment));
        }
      });
    });
}

function askedOf(options: AddOptions) {
  const { note, exceptCodes = '' } = options;
  return {
    begins: dateOption('--begins', options.begins),
    ends: dateOption('--ends', options.ends),
    allowedDays: options.allowedDays,
    basis: options.basis,
    graceDays: /^\d{1,3}$/.test(options.graceDays) ? Number(options.graceDays) : Number.NaN,
    exceptCodes: exceptCodes
      .split(',')
      .map((code) => code.trim())
      .filter((code) => code !== ''),
    signedOn: dateOption('--signed-on', options.signedOn),
    refused: options.refused === true,
    draft: options.draft === true,
    meeting: options.meeting ?? null,
    by: lineOption('--by', options.by, 100),
    note: note === undefined ? null : lineOption('--note', note, 500),
  };
}

async function addedWords(
  db: Db,
  procedure: Procedure,
  added: {
    ref: string;
    student: string;
    refused: boolean;
    draft: boolean;
    signedOn: SchoolDate | null;
    judgedToItsEnd: boolean;
  },
  moment: Moment,
): Promise<string> {
  const { ref, student } = added;
  if (added.refused)
    return `${ref} is in the file of ${student} as refused by the family. It is not watched.`;
  if (added.draft && added.signedOn === null)
    return `${ref} is drafted. \`rollcall contracts form ${ref}\` prints it, \`rollcall contracts start ${ref}\` has it watched once it is agreed.`;
  const shown = await showContract(db, procedure, ref, moment);
  const standing = shown?.standing ?? null;
  return [
    `${ref} is watched for ${student} from now on; the next cycle looks at the student.`,
    ...(standing === null ? [] : [contractInWords(standing, moment.today)]),
    ...(added.signedOn === null
      ? [
          `No signature is on record: \`rollcall contracts sign ${ref}\`. Without one no referral rests on it.`,
        ]
      : []),
    ...(added.judgedToItsEnd
      ? []
      : ['The school year ends before its last days can be judged: nobody will hear whether it was kept.']),
  ].join('\n');
}
