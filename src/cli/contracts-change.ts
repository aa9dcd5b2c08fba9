import { Command } from 'commander';
import { type ChangedContract, endContract, signContract } from '../procedure/contracts.ts';
import { atDesk } from './at-desk.ts';
import { noteContract, REFERENCE, unknownContract } from './contracts-desk.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

export function signCommand(): Command {
  return new Command('sign')
    .description('Record that the family has signed what was agreed before.')
    .argument('<contract>', REFERENCE)
    .requiredOption('--on <date>', 'the day on which it was signed, YYYY-MM-DD')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (ref: string, options: { on: string; by: string; asOf?: string }, command: Command) => {
      const signed = { ref, on: dateOption('--on', options.on), by: lineOption('--by', options.by, 100) };
      await atDesk(command, options.asOf, async ({ db, moment }) => {
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

export function endCommand(): Command {
  return new Command('end')
    .description(
      'End a contract before its time, for another one for example. What left because of it stands.',
    )
    .argument('<contract>', REFERENCE)
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day on which it is ended, YYYY-MM-DD')
    .action(async (ref: string, options: { by: string; why: string; asOf?: string }, command: Command) => {
      const ended = {
        ref,
        by: lineOption('--by', options.by, 100),
        because: lineOption('--why', options.why, 500),
      };
      await atDesk(command, options.asOf, async ({ db, moment }) => {
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
      throw unknownContract(ref);
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
