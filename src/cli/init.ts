import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load-config.ts';
import { findUp } from '../config/project-files.ts';
import { createLog } from '../ops/log.ts';
import { districtText } from '../setup/district-text.ts';
import {
  ENVIRONMENT_FILE,
  environmentOf,
  refuseOddPath,
  refuseTaken,
  writeHome,
} from '../setup/home-files.ts';
import { listSchools } from '../setup/list-schools.ts';
import { openPrompt } from '../setup/prompt.ts';
import { type Answers, questions } from '../setup/questions.ts';
import { readAnswers, type Told } from '../setup/read-answers.ts';
import { secretQuestions } from '../setup/secrets.ts';
import { checkEverything, failed } from './check.ts';
import type { Context, GlobalOptions } from './context.ts';
import { heading, print } from './output.ts';

type InitOptions = GlobalOptions & Answers & { readonly yes?: true; readonly check: boolean };

export function initCommand(): Command {
  const command = new Command('init')
    .description(
      'Ask a few questions and write the configuration of a new district, with comments; then try it as `check` does. Nothing is overwritten.',
    )
    .argument('[folder]', 'the new folder', 'district')
    .option('-y, --yes', 'ask nothing: take what is usual wherever an option is not given')
    .option('--no-check', 'do not try everything afterwards, as where the database is not there yet');
  for (const { option, words } of questions) command.option(option, words);
  return command
    .addHelpText(
      'after',
      `\nSecrets are no options, since others can see a command line. They come from the environment, by value or as\nNAME_FILE, or are asked for: ${secretQuestions.map(({ variable }) => variable).join(', ')}.`,
    )
    .action(async (folder: string, _: unknown, self: Command) =>
      init(resolve(folder), self.optsWithGlobals()),
    );
}

async function init(dir: string, options: InitOptions): Promise<void> {
  const dataDir = resolve(options.data ?? process.env.ROLLCALL_DATA_DIR ?? join(dir, 'data'));
  for (const path of [dir, dataDir]) refuseOddPath(path);
  await refuseTaken(dir);
  const { answers, secrets } = await ask(options);
  const templatesDir = findUp('templates');
  const policyFile = findUp('config/policy.yaml');
  const listed = await listSchools({ answers, secrets }, process.env, {
    policyFile,
    templatesDir,
  });
  await writeHome({
    dir,
    dataDir,
    secrets,
    districtText: districtText(answers, listed.kind === 'listed' ? listed.schools : []),
    shippedConfigDir: dirname(policyFile),
  });
  if (answers.source === 'data-extract') await makeDropFolder(dir, answers.dropFolder ?? '');
  print(`The configuration of ${answers.name} is in ${dir}.`);
  if (listed.kind === 'listed') print(`It has the ${listed.schools.length} schools of the SIS.`);
  if (listed.kind === 'no-answer') print(`The SIS could not be asked for its schools: ${listed.reason}`);
  if (!options.check) return printNext(dir, true);
  // As the process finds it that is started with the new file: each secret in its file alone.
  const values = Object.fromEntries(secretQuestions.map(({ variable }) => [variable, undefined]));
  const env = { ...process.env, ...values, ...environmentOf({ dir, dataDir, secrets }) };
  const config = loadConfig({ configDir: dir, dataDir, env, shippedTemplatesDir: templatesDir });
  heading('What is there, and what is not');
  const good = await tryOut({ config, log: createLog({ level: 'warn' }) });
  printNext(dir, good);
  if (!good) process.exitCode = 1;
}

/** One that lies elsewhere belongs to whoever drops the files. */
async function makeDropFolder(dir: string, folder: string): Promise<void> {
  const path = resolve(dir, folder);
  if (path.startsWith(`${dir}${sep}`)) await mkdir(path, { recursive: true });
}

async function tryOut(context: Context): Promise<boolean> {
  try {
    return !failed(await checkEverything(context));
  } catch (error) {
    // Without credentials there is nothing to try the SIS with.
    if (!(error instanceof ConfigError)) throw error;
    print(error.message);
    return false;
  }
}

async function ask(options: InitOptions): Promise<Told> {
  if (options.yes === true) return readAnswers(options, process.env, null);
  print('Enter takes what stands in brackets. Everything can be changed in the files afterwards.\n');
  const prompt = openPrompt(process.stdin, process.stdout);
  try {
    return await readAnswers(options, process.env, prompt);
  } finally {
    prompt.close();
  }
}

function printNext(dir: string, good: boolean): void {
  heading('Next');
  if (!good) print('  Correct what failed above, in the files or in the environment. Then:');
  // A variable that is set in both ways is refused.
  const both = secretQuestions.map(({ variable }) => variable).filter((variable) => process.env[variable]);
  if (both.length > 0) print(`  unset ${both.join(' ')}`);
  print(`  set -a; . ${quotedForShell(join(dir, ENVIRONMENT_FILE))}; set +a`);
  print('  rollcall check');
  print(
    `  Complete ${join(dir, 'district.yaml')}: days without school, schools, staff. Read policy.yaml with a principal.`,
  );
  print('  rollcall run --once     one cycle in shadow: everything is decided, and nothing leaves');
}

function quotedForShell(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path}'`;
}
