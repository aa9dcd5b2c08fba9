#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../config/version.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { explainCommand } from './explain.ts';
import { holdsCommand } from './holds.ts';
import { medicalCommand } from './medical.ts';
import { migrateCommand } from './migrate.ts';
import { fail } from './output.ts';
import { planCommand } from './plan.ts';
import { referralsCommand } from './referrals.ts';
import { runCommand } from './run.ts';
import { runsCommand } from './runs.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { syncCommand } from './sync.ts';
import { tasksCommand } from './tasks.ts';

const program = new Command('rollcall')
  .description(
    'Runs a district’s attendance procedure on top of Infinite Campus: counts absence days, opens attendance files, sends the letters and refers to the truancy officer.',
  )
  .version(VERSION)
  .option(
    '--config <dir>',
    'folder with district.yaml and policy.yaml (default: ./config, or ROLLCALL_CONFIG_DIR)',
  )
  .option('--data <dir>', 'data folder (default: ./data, or ROLLCALL_DATA_DIR)')
  .option('--demo', 'use the configuration and the data that `rollcall demo` has left in <data>/demo')
  .showHelpAfterError('(rollcall --help shows what there is)')
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false, showGlobalOptions: true });

for (const command of [
  demoCommand,
  checkCommand,
  runCommand,
  startCommand,
  syncCommand,
  runsCommand,
  planCommand,
  explainCommand,
  statusCommand,
  tasksCommand,
  referralsCommand,
  holdsCommand,
  medicalCommand,
  migrateCommand,
]) {
  program.addCommand(command());
}

program.parseAsync().catch(fail);
