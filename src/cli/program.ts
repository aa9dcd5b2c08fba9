import { Command } from 'commander';
import { VERSION } from '../config/version.ts';

/**
 * The command line, ready to parse. A wrong call and a question for help end as a `CommanderError`.
 * @param args what it will be asked to parse: where they name a command, only that one is there
 */
export async function createProgram(args: readonly string[] = []): Promise<Command> {
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

  for (const load of asked(args)) program.addCommand(await load());
  inheritSettings(program);
  return program;
}

/** The command that is meant; all of them for the help of the whole, and to suggest one for a misspelt word. */
function asked(args: readonly string[]): (() => Promise<Command>)[] {
  const word = args.find((arg, place) => !TAKES_VALUE.test(args[place - 1] ?? '') && !OPTION.test(arg)) ?? '';
  const load = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  return load === undefined ? Object.values(COMMANDS) : [load];
}

const TAKES_VALUE = /^--(config|data)$/;
/** A question for help is taken for the word that it is in the place of. */
const OPTION = /^-(?!h$|-help$)/;

/** In the order of the help. Each is loaded when it is asked for: most of the time of a short command goes into loading. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand(),
  init: async () => (await import('./init.ts')).initCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  start: async () => (await import('./start.ts')).startCommand(),
  sync: async () => (await import('./sync.ts')).syncCommand(),
  runs: async () => (await import('./runs.ts')).runsCommand(),
  plan: async () => (await import('./plan.ts')).planCommand(),
  policy: async () => (await import('./policy.ts')).policyCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  shadow: async () => (await import('./shadow.ts')).shadowCommand(),
  baseline: async () => (await import('./baseline.ts')).baselineCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  tasks: async () => (await import('./tasks.ts')).tasksCommand(),
  away: async () => (await import('./away.ts')).awayCommand(),
  letters: async () => (await import('./letters.ts')).lettersCommand(),
  templates: async () => (await import('./templates.ts')).templatesCommand(),
  approvals: async () => (await import('./approvals.ts')).approvalsCommand(),
  batches: async () => (await import('./batches.ts')).batchesCommand(),
  brakes: async () => (await import('./brakes.ts')).brakesCommand(),
  prints: async () => (await import('./prints.ts')).printsCommand(),
  referrals: async () => (await import('./referrals.ts')).referralsCommand(),
  packet: async () => (await import('./packet.ts')).packetCommand(),
  disclosures: async () => (await import('./disclosures.ts')).disclosuresCommand(),
  contacts: async () => (await import('./contacts.ts')).contactsCommand(),
  holds: async () => (await import('./holds.ts')).holdsCommand(),
  medical: async () => (await import('./medical.ts')).medicalCommand(),
  'adult-student': async () => (await import('./adult-students.ts')).adultStudentsCommand(),
  contracts: async () => (await import('./contracts.ts')).contractsCommand(),
  documents: async () => (await import('./documents.ts')).documentsCommand(),
  meetings: async () => (await import('./meetings.ts')).meetingsCommand(),
  mailbox: async () => (await import('./mailbox.ts')).mailboxCommand(),
  staff: async () => (await import('./staff.ts')).staffCommand(),
  sessions: async () => (await import('./sessions.ts')).sessionsCommand(),
  audit: async () => (await import('./audit.ts')).auditCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  restore: async () => (await import('./restore.ts')).restoreCommand(),
  drill: async () => (await import('./drill.ts')).drillCommand(),
  retention: async () => (await import('./retention.ts')).retentionCommand(),
  export: async () => (await import('./export.ts')).exportCommand(),
  archive: async () => (await import('./archive.ts')).archiveCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  migrate: async () => (await import('./migrate.ts')).migrateCommand(),
};

/** `addCommand` hands none of them down: how help looks, and what a wrong call ends with. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    inheritSettings(command.copyInheritedSettings(parent));
  }
}
