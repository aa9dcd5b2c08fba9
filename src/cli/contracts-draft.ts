import { Command } from 'commander';
import { shownPath } from '../config/text-file.ts';
import {
  type ChangedDraft,
  discardDraft,
  refuseContract,
  renewContract,
  startContract,
} from '../procedure/contract-drafts.ts';
import { findContract } from '../store/contracts.ts';
import { readDocument } from '../store/documents.ts';
import { atDesk } from './at-desk.ts';
import { noteContract, REFERENCE, refusedTerms, unknownContract } from './contracts-desk.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { lookedAt } from './on-record.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

export function startCommand(): Command {
  return new Command('start')
    .description('A draft is agreed: it is watched from now on.')
    .argument('<contract>', REFERENCE)
    .option('--signed-on <date>', 'the day on which the family signed, YYYY-MM-DD (default: not signed yet)')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(
      async (ref: string, options: { signedOn?: string; by: string; asOf?: string }, command: Command) => {
        const signedOn = dateOption('--signed-on', options.signedOn);
        const by = lineOption('--by', options.by, 100);
        await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
          await db.transaction().execute(async (tx) => {
            const started = await startContract(tx, procedure, { ref, signedOn, by }, moment);
            expectDraft(ref, started);
            await noteContract(tx, 'contract-started', { ref, by }, moment.now);
          });
          print(`${ref} is watched from now on; the next cycle looks at the student.`);
          if (signedOn === null) {
            print(
              `No signature is on record: \`rollcall contracts sign ${ref}\`. Without one no referral rests on it.`,
            );
          }
        });
      },
    );
}

export function refuseCommand(): Command {
  return new Command('refuse')
    .description('The family does not agree to a draft. It stays in the file and is not watched.')
    .argument('<contract>', REFERENCE)
    .option('--note <text>', 'goes into the attendance file')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (ref: string, options: { note?: string; by: string; asOf?: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const note = options.note === undefined ? null : lineOption('--note', options.note, 500);
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        await db.transaction().execute(async (tx) => {
          expectDraft(ref, await refuseContract(tx, procedure, { ref, by, note }, moment));
          await noteContract(tx, 'contract-ended', { ref, by }, moment.now);
        });
        print(`It is in the file that the family refused ${ref}.`);
      });
    });
}

export function discardCommand(): Command {
  return new Command('discard')
    .description('Throw a draft away. The file keeps that there was one.')
    .argument('<contract>', REFERENCE)
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .requiredOption('--by <name>', 'who discards it')
    .option('--as-of <date>', 'the day on which it is discarded, YYYY-MM-DD')
    .action(async (ref: string, options: { why: string; by: string; asOf?: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 500);
      await atDesk(command, options.asOf, async ({ db, moment }) => {
        await db.transaction().execute(async (tx) => {
          await noteContract(tx, 'contract-ended', { ref, by }, moment.now);
          expectDraft(ref, await discardDraft(tx, { ref, by, because }, moment));
        });
        print(`The draft ${ref} is gone.`);
      });
    });
}

interface RenewOptions {
  readonly begins?: string;
  readonly ends?: string;
  readonly allowedDays?: string;
  readonly by: string;
  readonly asOf?: string;
}

export function renewCommand(): Command {
  return new Command('renew')
    .description('Draft a contract that takes up another one: the same terms, for as long again.')
    .argument('<contract>', REFERENCE)
    .option('--begins <date>', 'first day that is watched, YYYY-MM-DD')
    .option('--ends <date>', 'last day that is watched, YYYY-MM-DD')
    .option('--allowed-days <n>', 'days that may be missed, in halves')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (ref: string, options: RenewOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const begins = dateOption('--begins', options.begins);
      const ends = dateOption('--ends', options.ends);
      const changed = {
        ...(begins !== null && { begins }),
        ...(ends !== null && { ends }),
        ...(options.allowedDays !== undefined && { allowedDays: options.allowedDays }),
      };
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        await db.transaction().execute(async (tx) => {
          const renewed = await renewContract(tx, procedure, { ref, by, changed }, moment);
          switch (renewed.kind) {
            case 'unknown':
              throw unknownContract(ref);
            case 'no-day-left':
              throw new UsageError('The school year leaves no day for another contract.');
            case 'unknown-student':
            case 'not-enrolled':
              throw new UsageError(`The student is enrolled at no school on ${moment.today}.`);
            case 'refused':
              throw refusedTerms(renewed);
            case 'added':
              await noteContract(tx, 'contract-renewed', { ref: renewed.ref, by }, moment.now);
              print(
                `${renewed.ref} is drafted after ${ref}. \`rollcall contracts form ${renewed.ref}\` prints it,`,
              );
              print(`\`rollcall contracts start ${renewed.ref}\` has it watched once it is agreed.`);
          }
        });
      });
    });
}

export function evidenceCommand(): Command {
  return new Command('evidence')
    .description('Write the page that the violation of a contract rests on, as it was kept when it was told.')
    .argument('<contract>', REFERENCE)
    .requiredOption('--out <file>', `the PDF; ${NEVER_REPLACED}`)
    .action(async (ref: string, options: { out: string }, command: Command) => {
      const file = newFile('--out', options.out);
      await atDesk(command, undefined, async ({ db, moment }) => {
        const contract = await findContract(db, ref);
        if (contract === null) throw unknownContract(ref);
        if (contract.evidenceDocumentId === null)
          throw new UsageError(`The contract ${ref} has no evidence: nobody was told of a violation.`);
        const { bytes } = await readDocument(db, contract.evidenceDocumentId);
        const { studentId } = contract;
        await lookedAt(db, moment.now, { action: 'document-viewed', studentId, subject: contract.ref });
        writeNewFile('--out', file, bytes);
        print(`${shownPath(file)} is written.`);
      });
    });
}

function expectDraft(ref: string, changed: ChangedDraft): void {
  switch (changed.kind) {
    case 'unknown':
      throw unknownContract(ref);
    case 'not-a-draft':
      throw new UsageError(`The contract ${ref} is no draft.`);
    case 'not-enrolled':
      throw new UsageError('The student is enrolled at no school now.');
    case 'refused':
      throw refusedTerms(changed);
    case 'changed':
  }
}
