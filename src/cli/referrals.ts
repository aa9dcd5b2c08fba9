import { Command } from 'commander';
import { atCommandLine } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import { readReferral, releaseReferral } from '../store/referrals.ts';
import { openContext, withStore } from './context.ts';
import { lineOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';
import { answerCommand, copyCommand, showCommand } from './referrals-cases.ts';
import { undoOutcomeCommand } from './taken-back.ts';

export function referralsCommand(): Command {
  return new Command('referrals')
    .description(
      'Referrals to the truancy officer: list them, look at one, send one in spite of its gaps or once more, answer the officer.',
    )
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(releaseCommand())
    .addCommand(copyCommand())
    .addCommand(answerCommand())
    .addCommand(undoOutcomeCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Every referral with its state and what is missing.')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const rows = await db
          .selectFrom('referral')
          .innerJoin('student', 'student.id', 'referral.student_id')
          .select([
            'referral.ref',
            'student.sourced_id as student',
            'referral.state',
            'referral.gaps',
            'referral.opened_on as openedOn',
            'referral.delivered_on as deliveredOn',
          ])
          .orderBy('referral.opened_on')
          .orderBy('referral.ref')
          .execute();
        if (options.json === true) return printJson(rows);
        if (rows.length === 0) return print('There are no referrals.');
        print(
          table(
            ['opened', 'case', 'student', 'state', 'delivered', 'missing'],
            rows.map((row) => [
              row.openedOn,
              row.ref,
              row.student,
              row.state,
              row.deliveredOn ?? '',
              row.gaps.join(', '),
            ]),
          ),
        );
      });
    });
}

function releaseCommand(): Command {
  return new Command('release')
    .description('Send the packet of a case although the checklist names gaps. The next cycle sends it.')
    .argument('<case>', 'case number, for example R-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'goes into the record')
    .action(async (ref: string, options: { by: string; why: string }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const by = lineOption('--by', options.by, 100);
        const because = lineOption('--why', options.why, 500);
        const now = new Date();
        const released = await db.transaction().execute(async (tx) => {
          if (!(await releaseReferral(tx, { ref, by, because, now }))) return false;
          const referral = await readReferral(tx, { ref });
          await recordAudit(tx, {
            at: now,
            actor: atCommandLine(by),
            from: null,
            action: 'referral-released',
            subject: ref,
            studentId: referral?.studentId ?? null,
            detail: { gaps: (referral?.gaps ?? []).join(' ') },
          });
          return true;
        });
        if (!released) throw new UsageError(`No referral with case number ${ref} is waiting.`);
        print(`Case ${ref} goes to the officer with the next cycle.`);
      });
    });
}
