import { Command, Option } from 'commander';
import type { ContractStanding } from '../domain/contract.ts';
import { contractDays, contractInWords, contractRemainder, termsInWords } from '../domain/contract-words.ts';
import { type Days, formatDays, sumDays } from '../domain/days.ts';
import { countOf } from '../domain/plain-words.ts';
import type { Basis } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import {
  addContract,
  type ChangedContract,
  endContract,
  type ShownContract,
  showContract,
  signContract,
} from '../procedure/contracts.ts';
import type { Moment, Procedure } from '../procedure/procedure.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import {
  type ContractState,
  contractStates,
  type ListedContract,
  listContracts,
  type StoredContract,
  shownState,
} from '../store/contracts.ts';
import type { Db } from '../store/database.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import {
  discardCommand,
  evidenceCommand,
  noteContract,
  refuseCommand,
  refusedTerms,
  renewCommand,
  startCommand,
} from './contracts-draft.ts';
import { formCommand } from './contracts-form.ts';
import { tellKeptCommand } from './contracts-kept.ts';
import { csvText } from './csv.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';
import { undoSignatureCommand } from './taken-back.ts';

export function contractsCommand(): Command {
  return new Command('contracts')
    .description(
      'Attendance contracts with families: list them, record or draft one, look at one, print its form, start, sign, renew or end it, and tell the family that it was kept.',
    )
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(addCommand())
    .addCommand(showCommand())
    .addCommand(formCommand())
    .addCommand(startCommand())
    .addCommand(signCommand())
    .addCommand(undoSignatureCommand())
    .addCommand(refuseCommand())
    .addCommand(discardCommand())
    .addCommand(renewCommand())
    .addCommand(evidenceCommand())
    .addCommand(tellKeptCommand())
    .addCommand(endCommand());
}

interface ListOptions {
  readonly school?: string;
  readonly state?: ContractState;
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('The contracts of this school year, by school and name.')
    .option('--school <id>', 'only the students of this school (sourcedId)')
    .addOption(new Option('--state <state>', 'only those that stand so').choices(contractStates))
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      await atDesk(command, options.asOf, async (db, procedure, { today }) => {
        const { school = null, state = null } = options;
        const contracts = await listContracts(db, {
          schoolYear: procedure.schoolYear.id,
          school,
          state,
          today,
        });
        if (options.json === true) return printJson(contracts.map(withoutPeople));
        if (options.csv === true) return void process.stdout.write(csvText(HEAD, contracts.map(cellsOf)));
        if (contracts.length === 0) return print('There is no attendance contract.');
        print(table(HEAD, contracts.map(cellsOf)));
      });
    });
}

const HEAD = [
  'contract',
  'school',
  'student',
  'name',
  'state',
  'from',
  'until',
  'allowed',
  'counts',
  'signed',
];

function cellsOf(contract: ListedContract): string[] {
  const { ref, school, student, name, begins, ends, allowedDays, basis, signedOn } = contract;
  const state = shownState(contract);
  const counts = basis === 'all' ? 'all days' : 'unexcused days';
  return [ref, school, student, name, state, begins, ends, formatDays(allowedDays), counts, signedOn ?? ''];
}

function withoutPeople(contract: StoredContract & { readonly student: string }) {
  const {
    ref,
    student,
    begins,
    ends,
    allowedDays,
    basis,
    graceDays,
    exceptCodes,
    signedOn,
    violatedOn,
    endedOn,
  } = contract;
  const state = shownState(contract);
  const terms = { begins, ends, allowedDays: formatDays(allowedDays), basis, graceDays, exceptCodes };
  return { ref, student, state, ...terms, signedOn, violatedOn, endedOn };
}

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

function addCommand(): Command {
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
      await atDesk(command, options.asOf, async (db, procedure, moment) => {
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

function showCommand(): Command {
  return new Command('show')
    .description('One contract: its terms, how it stands today, and the days behind that.')
    .argument('<contract>', 'reference, for example C-7F3K-2Q9M')
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(async (ref: string, options: { asOf?: string; json?: boolean }, command: Command) => {
      await atDesk(command, options.asOf, async (db, procedure, moment) => {
        const shown = await showContract(db, procedure, ref, moment);
        if (shown === null) throw unknown(ref);
        if (options.json === true) printJson(asJson(shown, moment.today));
        else printShown(shown, moment.today);
      });
    });
}

function printShown({ contract, student, standing }: ShownContract, today: SchoolDate): void {
  const { ref, refused, signedOn, agreedBy, note, endedOn, endedBy, endedBecause } = contract;
  const signed = refused
    ? 'refused by the family'
    : signedOn === null
      ? 'no signature is on record'
      : `signed on ${signedOn}`;
  print(`${ref} of ${student}: ${shownState(contract)}`);
  print(`Terms: ${termsInWords(contract)}.`);
  print(`Agreed: ${signed}; recorded by ${agreedBy}.`);
  if (note !== null) print(`Note: ${note}`);
  if (endedOn !== null) print(`Ended: on ${endedOn} by ${endedBy}: ${endedBecause}`);
  if (standing === null) {
    print(refused || contract.state === 'draft' ? 'It is not watched.' : 'It is of another school year.');
    return;
  }
  print(contractInWords(standing, today));
  if (standing.kind === 'running')
    print(`May still be missed: ${countOf(formatDays(contractRemainder(standing)), 'day')}.`);
  if (standing.days.length === 0) return;
  print(
    table(
      ['missed', 'days', 'counts from'],
      standing.days.map(({ date, fraction, countsOn }) => [
        date,
        formatDays(fraction),
        countsOn ?? 'not before the school year ends',
      ]),
    ),
  );
}

function asJson({ contract, student, standing }: ShownContract, today: SchoolDate) {
  return {
    ...withoutPeople({ ...contract, student }),
    standing: standing === null ? null : standingAsJson(standing, today),
  };
}

function standingAsJson(standing: ContractStanding, today: SchoolDate) {
  const { counted, inGrace } = contractDays(standing, today);
  const amount = (days: readonly { readonly fraction: Days }[]) =>
    formatDays(sumDays(days.map(({ fraction }) => fraction)));
  return {
    kind: standing.kind,
    violatedOn: standing.on,
    counted: amount(counted),
    inGrace: amount(inGrace),
    remaining: formatDays(contractRemainder(standing)),
    days: standing.days.map(({ date, fraction, countsOn }) => ({
      date,
      days: formatDays(fraction),
      countsOn,
    })),
  };
}

function signCommand(): Command {
  return new Command('sign')
    .description('Record that the family has signed what was agreed before.')
    .argument('<contract>', 'reference, for example C-7F3K-2Q9M')
    .requiredOption('--on <date>', 'the day on which it was signed, YYYY-MM-DD')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (ref: string, options: { on: string; by: string; asOf?: string }, command: Command) => {
      const signed = { ref, on: dateOption('--on', options.on), by: lineOption('--by', options.by, 100) };
      await atDesk(command, options.asOf, async (db, _procedure, moment) => {
        if (signed.on > moment.today) {
          throw new UsageError(`--on: found ${signed.on}, expected today (${moment.today}) or before`);
        }
        await db.transaction().execute(async (tx) => {
          expectChanged(ref, await signContract(tx, signed, moment));
          await noteContract(tx, 'contract-signed', signed, moment.now);
        });
        print(`The signature of ${signed.on} is on record.`);
      });
    });
}

function endCommand(): Command {
  return new Command('end')
    .description(
      'End a contract before its time, for another one for example. What left because of it stands.',
    )
    .argument('<contract>', 'reference, for example C-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day on which it is ended, YYYY-MM-DD')
    .action(async (ref: string, options: { by: string; why: string; asOf?: string }, command: Command) => {
      const ended = {
        ref,
        by: lineOption('--by', options.by, 100),
        because: lineOption('--why', options.why, 500),
      };
      await atDesk(command, options.asOf, async (db, _procedure, moment) => {
        await db.transaction().execute(async (tx) => {
          expectChanged(ref, await endContract(tx, ended, moment));
          await noteContract(tx, 'contract-ended', ended, moment.now);
        });
        print('The contract is watched no more. What waits because of it is withdrawn with the next cycle.');
      });
    });
}

function expectChanged(ref: string, changed: ChangedContract): void {
  switch (changed.kind) {
    case 'unknown':
      throw unknown(ref);
    case 'over':
      throw new UsageError(`The contract ${ref} is over: it was refused, ended or kept before.`);
    case 'signed-before':
      throw new UsageError(`The contract ${ref} has a signature on record already.`);
    case 'draft':
      throw new UsageError(
        `The contract ${ref} is a draft: \`rollcall contracts start\` records the signature, and has it watched.`,
      );
    case 'day-to-come':
      throw new UsageError('--on: expected today or a day before');
    case 'changed':
  }
}

function unknown(ref: string): UsageError {
  return new UsageError(`No attendance contract has the reference ${ref}.`);
}

async function atDesk(
  command: Command,
  asOf: string | undefined,
  use: (db: Db, procedure: Procedure, moment: Moment) => Promise<void>,
): Promise<void> {
  const context = openContext(command);
  const { config } = context;
  const moment = { now: clockOf(config, asOf)(), today: dateOf(config, asOf) };
  await withStore(context, async ({ db }) => {
    await use(db, await createProcedureBook(db, procedureSettings(config)).on(moment.today), moment);
  });
}
