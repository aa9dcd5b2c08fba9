import { resolve } from 'node:path';
import { Command } from 'commander';
import { addDays } from '../domain/school-date.ts';
import { planCycle } from '../procedure/plan.ts';
import { planAhead } from '../procedure/plan-ahead.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { listPolicyTerms } from '../store/policies.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { modeWords } from './mode-words.ts';
import { heading, print, printJson, progress, UsageError } from './output.ts';
import { aheadCsv, aheadJson, showAhead } from './plan-ahead.ts';
import { cycleCsv, cycleJson, showCycle } from './plan-cycle.ts';
import { policyTermLines } from './policy-term-words.ts';
import { unmappedCodeWords } from './unmapped-code-words.ts';

export function planCommand(): Command {
  return new Command('plan')
    .description(
      'What the next cycle, or the days to come, would bring on the data of the last sync, and to whom. Changes nothing.',
    )
    .option('--days <n>', 'look so many days ahead, as if no absence were added or corrected')
    .option(
      '--policy <file>',
      'as if this were the configured policy: from its effectiveFrom on, or from today (with --days)',
    )
    .option('--csv', 'who is concerned, as CSV for a spreadsheet')
    .option('--who', 'list the students, too')
    .option('--as-of <date>', 'plan for this date, YYYY-MM-DD')
    .option('--json', 'as JSON: ids only')
    .action(async (options: Options, command: Command) => {
      const days = daysOf(options);
      const context = openContext(command);
      const { config } = context;
      const moment = { now: clockOf(config, options.asOf)(), today: dateOf(config, options.asOf) };
      await withStore(context, async ({ db }) => {
        const settings = procedureSettings(config);
        const policy =
          options.policy === undefined ? settings.policy : config.policyFrom(resolve(options.policy));
        const book = createProcedureBook(db, { ...settings, policy });
        const shown = progress();
        if (days !== null) {
          const ahead = { ...moment, until: addDays(moment.today, days), policy };
          const found = await planAhead(db, await book.on(moment.today), ahead, (done, all) =>
            shown.update(`looking at student ${done} of ${all}`),
          );
          shown.done(`${found.studentsLookedAt} students looked at`);
          if (options.json === true) return printJson(aheadJson(found));
          if (options.csv === true) return void process.stdout.write(aheadCsv(found));
          for (const line of modeWords(config)) print(line);
          return showAhead(found, options.policy === undefined ? null : policy);
        }
        const plan = await planCycle(db, await book.on(moment.today), moment, (done, all) =>
          shown.update(`looking at student ${done} of ${all}`),
        );
        shown.done(`${plan.studentsLookedAt} students looked at`);
        if (options.csv === true) return void process.stdout.write(cycleCsv(plan));
        const policies = await listPolicyTerms(db, config.policy, moment.today);
        if (options.json === true) return printJson(cycleJson(plan, policies));
        heading(`Plan for ${moment.today}`);
        for (const line of policyTermLines(policies, moment.today)) print(`  ${line}`);
        for (const line of modeWords(config)) print(`  ${line}`);
        showCycle(plan, { who: options.who === true });
        for (const code of plan.unmappedCodes) print(unmappedCodeWords(code, config.sis.attendance.source));
      });
    });
}

interface Options {
  readonly days?: string;
  readonly policy?: string;
  readonly csv?: boolean;
  readonly who?: boolean;
  readonly asOf?: string;
  readonly json?: boolean;
}

const MOST_DAYS = 366;

/** @returns null: only the next cycle. @throws UsageError for options that do not go together */
function daysOf({ days, policy }: Options): number | null {
  if (days === undefined) {
    if (policy === undefined) return null;
    throw new UsageError('--policy goes with --days, for example --days 0.');
  }
  const count = /^\d{1,3}$/.test(days) ? Number(days) : Number.NaN;
  if (count >= 0 && count <= MOST_DAYS) return count;
  throw new UsageError(`--days takes a number from 0 to ${MOST_DAYS}; found ${JSON.stringify(days)}.`);
}
