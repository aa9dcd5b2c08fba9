import { Command } from 'commander';
import { planCycle } from '../procedure/plan.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { listPolicyTerms } from '../store/policies.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { heading, print, printJson, progress, table } from './output.ts';
import { policyTermLines, policyTermsAsJson } from './policy-term-words.ts';
import { unmappedCodeWords } from './unmapped-code-words.ts';

export function planCommand(): Command {
  return new Command('plan')
    .description(
      'What the next cycle would do on the data of the last sync, and to how many. Changes nothing.',
    )
    .option('--as-of <date>', 'plan for this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(async (options: { asOf?: string; json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      const moment = { now: clockOf(config, options.asOf)(), today: dateOf(config, options.asOf) };
      await withStore(context, async ({ db }) => {
        const book = createProcedureBook(db, procedureSettings(config));
        const shown = progress();
        const plan = await planCycle(db, await book.on(moment.today), moment, (done, all) =>
          shown.update(`looking at student ${done} of ${all}`),
        );
        shown.done(`${plan.studentsLookedAt} students looked at`);
        const policies = await listPolicyTerms(db, config.policy, moment.today);
        if (options.json === true) {
          return printJson({
            ...plan,
            policies: policyTermsAsJson(policies),
          });
        }
        heading(`Plan for ${moment.today}`);
        for (const line of policyTermLines(policies, moment.today)) print(`  ${line}`);
        print(
          plan.totals.length === 0
            ? '  Nothing new would happen.'
            : table(
                ['school', 'step', 'what', 'how', 'last day', 'count'],
                plan.totals.map((row) => [
                  row.school,
                  row.step,
                  row.what,
                  row.how,
                  row.lastDay ?? '',
                  row.count,
                ]),
              ),
        );
        heading('Waiting');
        print(
          plan.blocked.length === 0
            ? '  nothing'
            : table(
                ['step', 'reason', 'students'],
                plan.blocked.map((row) => [row.step, row.reason, row.students]),
              ),
        );
        for (const code of plan.unmappedCodes) print(unmappedCodeWords(code, config.sis.attendance.source));
      });
    });
}
