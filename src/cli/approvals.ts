import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { hintFor, suggest } from '../config/suggest.ts';
import { type ApprovalUrgency, approvalUrgency } from '../domain/approval-urgency.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type ApprovalProblem, answerApprovals } from '../procedure/approvals.ts';
import {
  type Approval,
  type ApprovalAnswer,
  type AskedApproval,
  listAskedApprovals,
} from '../store/approvals.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { csvText } from './csv.ts';
import { type DoneEvent, onRecord } from './on-record.ts';
import { lineOption, schoolOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function approvalsCommand(): Command {
  return new Command('approvals')
    .description('Letters and referrals that wait for a person’s yes: list them, approve or refuse.')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(approveCommand())
    .addCommand(refuseCommand());
}

interface ListOptions {
  readonly school?: string;
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('What waits for an answer, the nearest day first.')
    .addOption(schoolOption())
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      const context = openContext(command);
      const school = knownSchool(context.config, options.school);
      const today = dateOf(context.config, options.asOf);
      await withStore(context, async ({ db }) => {
        const approvals = (await listAskedApprovals(db)).filter(
          (approval) => school === null || approval.schoolSourcedId === school,
        );
        if (options.json === true)
          return printJson(approvals.map((approval) => withoutPeople(approval, today)));
        const rows = approvals.map((approval) => cellsOf(approval, today));
        if (options.csv === true) return process.stdout.write(csvText(HEAD, rows));
        if (approvals.length === 0) return print('Nothing waits for approval.');
        print(table(HEAD, rows));
      });
    });
}

const HEAD = [
  'reference',
  'student',
  'name',
  'school',
  'step',
  'role',
  'asked',
  'due',
  'last day',
  'urgency',
];

/** What a person has to know of how pressing it is; nothing while there is time. */
export const URGENCY: Readonly<Record<ApprovalUrgency, string>> = {
  'in-time': '',
  late: 'late',
  'approve-today': 'approve today',
  'overdue-by-law': 'overdue by law',
};

function cellsOf(approval: AskedApproval, today: SchoolDate): string[] {
  const { ref, student, name, school, step, role, askedOn, dueOn, deadline } = approval;
  const urgency = URGENCY[approvalUrgency(approval, today)];
  return [ref, student, name, school ?? '', step, role, askedOn, dueOn, deadline ?? '', urgency];
}

function withoutPeople(
  { name: _name, school: _school, studentId: _id, ...approval }: AskedApproval,
  today: SchoolDate,
) {
  return { ...approval, urgency: approvalUrgency(approval, today) };
}

function knownSchool({ schools }: Config, school: string | undefined): string | null {
  if (school === undefined) return null;
  const known = schools.map(({ id }) => id);
  if (known.includes(school)) return school;
  throw new UsageError(
    `--school: found ${JSON.stringify(school)}, expected one of ${known.join(', ')}${hintFor(suggest(school, known))}`,
  );
}

interface AnswerOptions {
  readonly by: string;
  readonly why?: string;
  readonly asOf?: string;
}

const REFS = 'references, for example A-7F3K-2Q9M';

function approveCommand(): Command {
  return new Command('approve')
    .description('Say yes: the letters are written, or the file is sent, without waiting for the night.')
    .argument('<approval...>', REFS)
    .requiredOption('--by <name>', 'who approves')
    .option('--why <reason>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day of the answer, YYYY-MM-DD')
    .action((refs: string[], options: AnswerOptions, command: Command) =>
      answer('given', refs, options, command),
    );
}

function refuseCommand(): Command {
  return new Command('refuse')
    .description('Say no: the step is skipped for as long as the count stands.')
    .argument('<approval...>', REFS)
    .requiredOption('--by <name>', 'who refuses')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day of the answer, YYYY-MM-DD')
    .action((refs: string[], options: AnswerOptions, command: Command) =>
      answer('refused', refs, options, command),
    );
}

async function answer(
  given: ApprovalAnswer,
  refs: readonly string[],
  options: AnswerOptions,
  command: Command,
): Promise<void> {
  const context = openContext(command);
  const { config } = context;
  const by = lineOption('--by', options.by, 100);
  const because = options.why === undefined ? null : lineOption('--why', options.why, 500);
  const moment = { now: clockOf(config, options.asOf)(), today: dateOf(config, options.asOf) };
  await withStore(context, async ({ db }) => {
    const answered = await onRecord(
      db,
      { by, now: moment.now },
      (tx) => answerApprovals(tx, refs, { answer: given, by, because }, moment),
      (one) => (one.kind === 'answered' ? one.approvals.map((each) => answeredEvent(each, given)) : null),
    );
    if (answered.kind === 'not-answered') throw new UsageError(refusalWords(given, answered.problems));
    const count = answered.approvals.length;
    const what = count === 1 ? 'One step' : `${count} steps`;
    print(
      given === 'given'
        ? `${what} approved: what ${count === 1 ? 'it sends' : 'they send'} goes on at once where the service runs, else with the next cycle.`
        : `${what} refused: nothing of ${count === 1 ? 'it' : 'them'} is sent.`,
    );
  });
}

/** What goes on record of one approval. */
export function answeredEvent(
  { ref, studentId }: Pick<Approval, 'ref' | 'studentId'>,
  answer: ApprovalAnswer,
): DoneEvent {
  return { action: 'approval-answered', subject: ref, studentId, detail: { answer } };
}

/** Every reference that cannot be answered, with what became of it. */
function refusalWords(given: ApprovalAnswer, problems: readonly ApprovalProblem[]): string {
  const nothing = given === 'given' ? 'Nothing was approved' : 'Nothing was refused';
  return [`${nothing}:`, ...problems.map(({ ref, approval }) => `  ${ref}: ${becameOf(approval)}`)].join(
    '\n',
  );
}

function becameOf(approval: ApprovalProblem['approval']): string {
  if (approval === null)
    return 'no approval has this reference; `rollcall approvals list` shows those that wait.';
  const { state, by, answeredOn, reason } = approval;
  switch (state) {
    case 'given':
    case 'refused':
      return `found ${state === 'given' ? 'approved' : 'refused'} by ${by} on ${answeredOn}, expected one that waits for an answer.`;
    case 'asked':
      return 'found a step that does not wait for it any more, expected one that waits for an answer.';
    default:
      return `found closed on ${answeredOn} (${reason}), expected one that waits for an answer.`;
  }
}
