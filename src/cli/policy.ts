import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { longDate } from '../documents/dates.ts';
import { policyPdf, policyText } from '../documents/policy-pages.ts';
import type { Policy } from '../domain/policy.ts';
import { describePolicy } from '../domain/policy-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { listPolicyTerms } from '../store/policies.ts';
import { dateOf, openContext, withStore } from './context.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { print, printJson, table } from './output.ts';
import { policyTermLines, policyTermsAsJson, seenLateLines } from './policy-term-words.ts';

export function policyCommand(): Command {
  return new Command('policy')
    .description('The procedure as a principal and the board read it; check a file before it is used.')
    .addCommand(showCommand())
    .addCommand(versionsCommand())
    .addCommand(checkCommand());
}

function showCommand(): Command {
  return new Command('show')
    .description('The procedure in plain words, with its version, its date and the hash of its content.')
    .option('--file <file>', 'another policy file than the one in force')
    .option('--pdf <file>', `write it as a PDF for the board; ${NEVER_REPLACED}`)
    .option('--json', 'as JSON')
    .action(async (options: { file?: string; pdf?: string; json?: boolean }, command: Command) => {
      const { config } = openContext(command);
      const policy = options.file === undefined ? config.policy : config.policyFrom(resolve(options.file));
      const today = dateOf(config, undefined);
      if (options.pdf !== undefined) {
        const path = newFile('--pdf', options.pdf);
        writeNewFile('--pdf', path, await policyPdf(documentOf(policy, config, today)));
        process.stderr.write(`written to ${path}\n`);
        if (options.json !== true) return;
      }
      if (options.json === true) return printJson({ text: textOf(policy, config), policy });
      print(policyInWords(policy, config, today));
    });
}

function versionsCommand(): Command {
  return new Command('versions')
    .description(
      'Which version of the procedure holds when: those that decisions rest on, and the configured one.',
    )
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      const today = dateOf(context.config, undefined);
      await withStore(context, async ({ db }) => {
        const terms = await listPolicyTerms(db, context.config.policy, today);
        if (options.json === true) {
          return printJson(policyTermsAsJson(terms));
        }
        print(
          table(
            ['version', 'from', 'until', 'first seen'],
            terms.map(({ policy, from, until, seenOn }) => [
              policy.version,
              from ?? 'the beginning',
              until === null ? 'further notice' : `${until}, not included`,
              seenOn,
            ]),
          ),
        );
        for (const line of seenLateLines(terms)) print(line);
        for (const line of policyTermLines(terms, today)) print(line);
      });
    });
}

function checkCommand(): Command {
  return new Command('check')
    .description(
      'Whether a policy file fits the district: everything that is wrong, with line, key and reason.',
    )
    .argument('<file>')
    .action((file: string, _options: unknown, command: Command) => {
      const policy = openContext(command).config.policyFrom(resolve(file));
      print(`${policy.version} can be used: ${policy.steps.length} steps. Nothing was changed.`);
    });
}

/** The whole text that `policy show` prints. */
function policyInWords(policy: Policy, config: Config, today: SchoolDate): string {
  const { overview } = textOf(policy, config);
  return policyText(
    documentOf(policy, config, today),
    table(
      ['at', 'step', 'what happens'],
      overview.map(({ at, step, what }) => [at, step, what]),
    ),
  ).trimEnd();
}

function documentOf(policy: Policy, config: Config, date: SchoolDate) {
  return { district: config.district.name, date, version: policy.version, text: textOf(policy, config) };
}

function textOf(policy: Policy, config: Config) {
  return describePolicy(policy, {
    school: (id) => config.schools.find((school) => school.id === id)?.name ?? id,
    date: (date) => longDate(date, 'en'),
  });
}
