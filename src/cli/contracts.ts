import { Command, Option } from 'commander';
import { formatDays } from '../domain/days.ts';
import {
  type ContractState,
  contractStates,
  type ListedContract,
  listContracts,
  shownState,
} from '../store/contracts.ts';
import { atDesk } from './at-desk.ts';
import { addCommand } from './contracts-add.ts';
import { endCommand, signCommand } from './contracts-change.ts';
import {
  discardCommand,
  evidenceCommand,
  refuseCommand,
  renewCommand,
  startCommand,
} from './contracts-draft.ts';
import { formCommand } from './contracts-form.ts';
import { tellKeptCommand } from './contracts-kept.ts';
import { showCommand } from './contracts-show.ts';
import { withoutPeople } from './contracts-words.ts';
import { csvText } from './csv.ts';
import { schoolOption } from './option-values.ts';
import { print, printJson, table } from './output.ts';
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
    .addOption(schoolOption())
    .addOption(new Option('--state <state>', 'only those that stand so').choices(contractStates))
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      await atDesk(command, options.asOf, async ({ db, procedure, moment: { today } }) => {
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
