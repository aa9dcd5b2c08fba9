import { Command } from 'commander';
import type { AuditAction } from '../domain/audit.ts';
import { notTakenBackInWords } from '../domain/undo-words.ts';
import type { Moment, Procedure } from '../procedure/procedure.ts';
import {
  type TakenBack,
  undoCaseOutcome,
  undoMeetingOutcome,
  undoSignature,
} from '../procedure/take-outcome-back.ts';
import type { Tx } from '../store/database.ts';
import { readReferral } from '../store/referrals.ts';
import { atDesk } from './at-desk.ts';
import { onRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

export function undoMeetingCommand(): Command {
  return takingBack({
    name: 'undo',
    description: 'Take back what was recorded of a meeting by mistake. It stays in the file, crossed out.',
    argument: ['<meeting>', 'reference, for example E-7F3K-2Q9M'],
    what: 'meeting',
    action: 'meeting-outcome-undone',
    done: (ref) => `What was recorded of meeting ${ref} is taken back: it is scheduled as before.`,
    undo: undoMeetingOutcome,
  });
}

export function undoSignatureCommand(): Command {
  return takingBack({
    name: 'undo-signature',
    description: 'Take back a signature that was recorded by mistake. The contract is watched on.',
    argument: ['<contract>', 'reference, for example C-7F3K-2Q9M'],
    what: 'signature',
    action: 'contract-signature-undone',
    done: (ref) => `The signature of ${ref} is taken back. No referral rests on the contract.`,
    undo: undoSignature,
  });
}

export function undoOutcomeCommand(): Command {
  return takingBack({
    name: 'undo-outcome',
    description: 'Take back the last outcome of a case that was recorded by mistake. The officer sees it.',
    argument: ['<case>', 'number of the case, for example R-7F3K-2Q9M'],
    what: 'outcome',
    action: 'outcome-undone',
    done: (ref) => `The last outcome of case ${ref} is taken back.`,
    undo: async (tx, procedure, { ref, by, because }, moment) => {
      const referral = await readReferral(tx, { ref: ref.toUpperCase() });
      if (referral === null) return { kind: 'unknown' };
      return undoCaseOutcome(tx, procedure, { referral, by, because }, moment);
    },
  });
}

function takingBack(undoing: {
  readonly name: string;
  readonly description: string;
  readonly argument: readonly [string, string];
  readonly what: Parameters<typeof notTakenBackInWords>[1];
  readonly action: AuditAction;
  readonly done: (ref: string) => string;
  readonly undo: (
    tx: Tx,
    procedure: Procedure,
    asked: { readonly ref: string; readonly by: string; readonly because: string | null },
    moment: Moment,
  ) => Promise<TakenBack>;
}): Command {
  return new Command(undoing.name)
    .description(undoing.description)
    .argument(...undoing.argument)
    .option('--why <reason>', 'goes into the attendance file')
    .requiredOption('--by <name>', 'who takes it back')
    .option('--as-of <date>', 'the day on which it is taken back, YYYY-MM-DD')
    .action(async (ref: string, options: { by: string; why?: string; asOf?: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = options.why === undefined ? null : lineOption('--why', options.why, 500);
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const undone = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => undoing.undo(tx, procedure, { ref, by, because }, moment),
          (answer) =>
            answer.kind === 'taken-back'
              ? { action: undoing.action, studentId: answer.studentId, subject: answer.ref }
              : null,
        );
        if (undone.kind === 'taken-back') return print(undoing.done(undone.ref));
        throw new UsageError(
          undone.kind === 'unknown'
            ? `Nothing has the reference ${ref}.`
            : `${ref}: ${notTakenBackInWords(undone, undoing.what)}`,
        );
      });
    });
}
