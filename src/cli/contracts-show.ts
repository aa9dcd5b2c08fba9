import { Command } from 'commander';
import type { ContractStanding } from '../domain/contract.ts';
import { contractDays, contractInWords, contractRemainder, termsInWords } from '../domain/contract-words.ts';
import { type Days, formatDays, sumDays } from '../domain/days.ts';
import { counted } from '../domain/plain-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type ShownContract, showContract } from '../procedure/contracts.ts';
import { shownState } from '../store/contracts.ts';
import { atDesk } from './at-desk.ts';
import { REFERENCE, unknownContract } from './contracts-desk.ts';
import { withoutPeople } from './contracts-words.ts';
import { lookedAt } from './on-record.ts';
import { print, printJson, table } from './output.ts';

export function showCommand(): Command {
  return new Command('show')
    .description('One contract: its terms, how it stands today, and the days behind that.')
    .argument('<contract>', REFERENCE)
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(async (ref: string, options: { asOf?: string; json?: boolean }, command: Command) => {
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const shown = await showContract(db, procedure, ref, moment);
        if (shown === null) throw unknownContract(ref);
        const { studentId, ref: subject } = shown.contract;
        await lookedAt(db, moment.now, { action: 'file-viewed', studentId, subject });
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
    print(`May still be missed: ${counted(formatDays(contractRemainder(standing)), 'day')}.`);
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
