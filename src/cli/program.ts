import { Command } from 'commander';
import { VERSION } from '../config/version.ts';
import { adultStudentsCommand } from './adult-students.ts';
import { approvalsCommand } from './approvals.ts';
import { archiveCommand } from './archive.ts';
import { auditCommand } from './audit.ts';
import { awayCommand } from './away.ts';
import { backupCommand } from './backup.ts';
import { baselineCommand } from './baseline.ts';
import { batchesCommand } from './batches.ts';
import { brakesCommand } from './brakes.ts';
import { checkCommand } from './check.ts';
import { contactsCommand } from './contacts.ts';
import { contractsCommand } from './contracts.ts';
import { demoCommand } from './demo.ts';
import { disclosuresCommand } from './disclosures.ts';
import { documentsCommand } from './documents.ts';
import { drillCommand } from './drill.ts';
import { explainCommand } from './explain.ts';
import { exportCommand } from './export.ts';
import { holdsCommand } from './holds.ts';
import { initCommand } from './init.ts';
import { keysCommand } from './keys.ts';
import { lettersCommand } from './letters.ts';
import { mailboxCommand } from './mailbox.ts';
import { medicalCommand } from './medical.ts';
import { meetingsCommand } from './meetings.ts';
import { migrateCommand } from './migrate.ts';
import { packetCommand } from './packet.ts';
import { planCommand } from './plan.ts';
import { policyCommand } from './policy.ts';
import { printsCommand } from './prints.ts';
import { referralsCommand } from './referrals.ts';
import { restoreCommand } from './restore.ts';
import { retentionCommand } from './retention.ts';
import { runCommand } from './run.ts';
import { runsCommand } from './runs.ts';
import { sessionsCommand } from './sessions.ts';
import { shadowCommand } from './shadow.ts';
import { simulateCommand } from './simulate.ts';
import { staffCommand } from './staff.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { syncCommand } from './sync.ts';
import { tasksCommand } from './tasks.ts';
import { templatesCommand } from './templates.ts';

/** The whole command line, ready to parse. A wrong call and a question for help end as a `CommanderError`. */
export function createProgram(): Command {
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
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true });

  for (const command of [
    demoCommand,
    initCommand,
    checkCommand,
    runCommand,
    startCommand,
    syncCommand,
    runsCommand,
    planCommand,
    policyCommand,
    simulateCommand,
    explainCommand,
    shadowCommand,
    baselineCommand,
    statusCommand,
    tasksCommand,
    awayCommand,
    lettersCommand,
    templatesCommand,
    approvalsCommand,
    batchesCommand,
    brakesCommand,
    printsCommand,
    referralsCommand,
    packetCommand,
    disclosuresCommand,
    contactsCommand,
    holdsCommand,
    medicalCommand,
    adultStudentsCommand,
    contractsCommand,
    documentsCommand,
    meetingsCommand,
    mailboxCommand,
    staffCommand,
    sessionsCommand,
    auditCommand,
    backupCommand,
    restoreCommand,
    drillCommand,
    retentionCommand,
    exportCommand,
    archiveCommand,
    keysCommand,
    migrateCommand,
  ]) {
    program.addCommand(command());
  }
  inheritSettings(program);
  return program;
}

/** `addCommand` hands none of them down: how help looks, and what a wrong call ends with. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    inheritSettings(command.copyInheritedSettings(parent));
  }
}
