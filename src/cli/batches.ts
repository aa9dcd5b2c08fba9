import { Command } from 'commander';
import type { BatchReason } from '../domain/brakes.ts';
import { counted } from '../domain/plain-words.ts';
import {
  type ApprovalGroup,
  answerGroup,
  type GroupOutcome,
  listGroups,
} from '../procedure/approval-groups.ts';
import {
  type AnsweredBatch,
  answerBatch,
  type BatchAnswer,
  type BatchOutcome,
} from '../procedure/batches.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { type Batch, lettersOfBatch, openBatches, partsOfBatch, readBatch } from '../store/batches.ts';
import type { Db } from '../store/database.ts';
import { answeredEvent } from './approvals.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { csvText } from './csv.ts';
import { type DoneEvent, putOnRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';

export function batchesCommand(): Command {
  return new Command('batches')
    .description(
      'Letters that wait for one yes together: list and show them, approve all but some, or refuse.',
    )
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(answerCommand('approve'))
    .addCommand(answerCommand('refuse'));
}

interface ListOptions {
  readonly csv?: boolean;
  readonly json?: boolean;
}

const LIST_HEAD = ['reference', 'why', 'school', 'step', 'letters', 'on paper', 'first', 'last', 'asked'];

/** What a person reads for why a batch waits. */
const BATCH_REASONS: Readonly<Record<BatchReason, string>> = {
  volume: 'more letters than a usual day',
  canary: 'the office sees the first letters',
  restored: 'the database was restored',
};

function listCommand(): Command {
  return new Command('list')
    .description('What waits for one yes, by school and step.')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      await withStore(openContext(command), async ({ db }) => {
        const batches = await openBatches(db);
        const parts = await Promise.all(batches.map(({ id }) => partsOfBatch(db, id)));
        const groups = await listGroups(db);
        if (options.json === true) return printJson(asJson(batches, parts, groups));
        const rows = [
          ...batches.flatMap((batch, index) => batchRows(batch, parts[index] ?? [])),
          ...groups.map(groupRow),
        ];
        if (options.csv === true) return process.stdout.write(csvText(LIST_HEAD, rows));
        if (rows.length === 0) return print('No batch waits for a yes.');
        print(table(LIST_HEAD, rows));
        print(
          '\n`rollcall batches show REFERENCE` names the letters; `approve` and `refuse` answer for all of them.',
        );
      });
    });
}

type Parts = Awaited<ReturnType<typeof partsOfBatch>>;

function batchRows({ ref, reasons, openedOn }: Batch, parts: Parts): (string | number)[][] {
  const why = reasons.map((reason) => BATCH_REASONS[reason]).join('; ');
  return parts.map(({ school, step, letters, onPaper, first, last }) => [
    ref,
    why,
    school,
    step,
    letters,
    onPaper,
    first,
    last,
    openedOn,
  ]);
}

function groupRow({ ref, role, school, step, approvals }: ApprovalGroup): (string | number)[] {
  const asked = approvals.map(({ askedOn }) => askedOn).sort();
  return [
    ref,
    `the policy asks the ${role}`,
    school ?? '',
    step,
    approvals.length,
    '',
    approvals[0]?.ref ?? '',
    approvals.at(-1)?.ref ?? '',
    asked[0] ?? '',
  ];
}

function asJson(batches: readonly Batch[], parts: readonly Parts[], groups: readonly ApprovalGroup[]) {
  return {
    batches: batches.map(
      ({ ref, reasons, runOn, planned, volumeLimit, letters, setHash, openedOn }, index) => ({
        ref,
        reasons,
        runOn,
        planned,
        volumeLimit,
        letters,
        setHash,
        openedOn,
        parts: (parts[index] ?? []).map(({ school: _school, ...part }) => part),
      }),
    ),
    approvals: groups.map(({ ref, step, role, schoolSourcedId, approvals }) => ({
      ref,
      step,
      role,
      schoolSourcedId,
      approvals: approvals.map((approval) => approval.ref),
    })),
  };
}

function showCommand(): Command {
  return new Command('show')
    .description('Every letter of a batch: for whom, which step, how many days.')
    .argument('<batch>', 'reference, for example B-7F3K-2Q9M')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (ref: string, options: ListOptions, command: Command) => {
      await withStore(openContext(command), async ({ db }) => {
        const group = (await listGroups(db)).find((one) => one.ref === ref.toUpperCase());
        if (group !== undefined) return showGroup(group, options);
        const batch = await readBatch(db, ref);
        if (batch === null) throw new UsageError(unknownWords(ref));
        return showBatch(db, batch, options);
      });
    });
}

async function showBatch(db: Db, batch: Batch, options: ListOptions): Promise<void> {
  const letters = await lettersOfBatch(db, batch.id);
  if (options.json === true) {
    const { id: _id, ...shown } = batch;
    return printJson({
      ...shown,
      waiting: letters.map(({ name: _name, school: _school, studentId: _id, ...letter }) => letter),
    });
  }
  const head = ['letter', 'student', 'name', 'school', 'step', 'days', 'channel', 'copy'];
  const rows = letters.map(({ ref, student, name, school, step, count, channel, canary }) => [
    ref,
    student,
    name,
    school,
    step,
    count,
    channel,
    canary ? 'to the office' : '',
  ]);
  if (options.csv === true) {
    process.stdout.write(csvText(head, rows));
    return;
  }
  const { planned, volumeLimit, runOn, reasons } = batch;
  heading(`Batch ${batch.ref}: ${stateWords(batch)}`);
  if (reasons.includes('volume')) {
    print(
      `  On ${runOn} ${planned} letters were planned; up to ${volumeLimit} would have needed nobody’s yes.`,
    );
  }
  if (reasons.includes('restored')) {
    print(
      '  The database was restored: some of these letters may have left before. Compare them with what the office has sent since the backup.',
    );
  }
  if (reasons.includes('canary')) {
    print('  Letters of a template as it is worded now have never left. The office has copies of some.');
  }
  print(table(head, rows));
}

function showGroup({ ref, role, approvals }: ApprovalGroup, options: ListOptions): void {
  if (options.json === true) {
    printJson({
      ref,
      role,
      waiting: approvals.map(({ name: _name, school: _school, studentId: _id, ...approval }) => approval),
    });
    return;
  }
  const head = ['approval', 'student', 'name', 'school', 'step', 'due', 'last day'];
  const rows = approvals.map((one) => [
    one.ref,
    one.student,
    one.name,
    one.school ?? '',
    one.step,
    one.dueOn,
    one.deadline ?? '',
  ]);
  if (options.csv === true) {
    process.stdout.write(csvText(head, rows));
    return;
  }
  heading(`Approvals ${ref}: wait for the ${role}`);
  print(table(head, rows));
}

interface AnswerOptions {
  readonly by: string;
  readonly why: string;
  readonly except?: string;
  readonly asOf?: string;
}

function answerCommand(answer: BatchAnswer['answer']): Command {
  const command = new Command(answer)
    .description(
      answer === 'approve'
        ? 'Say yes: exactly the letters that the batch was shown with may leave.'
        : 'Say no: all of its letters are called back, and their steps are skipped for as long as the counts stand.',
    )
    .argument('<batch>', 'reference, for example B-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who answers')
    .requiredOption('--why <reason>', 'goes on record');
  if (answer === 'approve') {
    command.option(
      '--except <references>',
      'letters or approvals of it that are refused, with commas between',
    );
  }
  return command
    .option('--as-of <date>', 'the day of the answer, YYYY-MM-DD')
    .action(async (ref: string, options: AnswerOptions, self: Command) => {
      const context = openContext(self);
      const { config } = context;
      const said: BatchAnswer = {
        answer,
        by: lineOption('--by', options.by, 100),
        because: lineOption('--why', options.why, 500),
        except: (options.except ?? '').split(',').flatMap((one) => one.trim() || []),
      };
      const moment = { now: clockOf(config, options.asOf)(), today: dateOf(config, options.asOf) };
      await withStore(context, async ({ db }) => {
        const asked = { by: said.by, now: moment.now };
        if (ref.toUpperCase().startsWith('G-')) {
          const outcome = await answerGroup(db, ref, said, moment, (tx, { answer: given, approvals }) =>
            putOnRecord(
              tx,
              asked,
              approvals.map((one) => answeredEvent(one, given)),
            ),
          );
          return print(groupWords(ref, outcome));
        }
        const procedure = await createProcedureBook(db, procedureSettings(config)).on(moment.today);
        const outcome = await answerBatch(db, procedure, ref, said, moment, (tx, answered) =>
          putOnRecord(tx, asked, [batchEvent(ref, said, answered)]),
        );
        print(batchWords(ref, said, outcome));
      });
    });
}

function batchEvent(ref: string, said: BatchAnswer, { letters: may, calledBack }: AnsweredBatch): DoneEvent {
  const detail = { answer: said.answer, letters: may, calledBack };
  return { action: 'batch-answered', subject: ref.toUpperCase(), detail };
}

/** @throws UsageError where nothing was answered */
function batchWords(ref: string, { answer }: BatchAnswer, outcome: BatchOutcome): string {
  switch (outcome.kind) {
    case 'answered': {
      const back = outcome.calledBack === 0 ? '' : ` ${counted(outcome.calledBack, 'letter')} called back.`;
      return answer === 'approve'
        ? `${counted(outcome.letters, 'letter')} may leave, in the next sending window and once the time to call them back is over.${back}`
        : `Nothing of ${ref} is sent.${back}`;
    }
    case 'unknown':
      throw new UsageError(unknownWords(ref));
    case 'not-open':
      throw new UsageError(`Nothing was answered: ${outcome.batch.ref} ${stateWords(outcome.batch)}.`);
    case 'changed':
      throw new UsageError(
        outcome.now === null
          ? `Nothing was answered: ${ref} asked about ${counted(outcome.before, 'letter')}, and none of them waits any more.`
          : `Nothing was answered: ${ref} asked about ${counted(outcome.before, 'letter')}, and since then its set has changed. ${outcome.now.ref} asks about the ${counted(outcome.now.letters, 'letter')} that wait now: rollcall batches show ${outcome.now.ref}`,
      );
    case 'not-ready':
      throw new UsageError(`Nothing was answered: ${notReadyWords(ref, outcome)}`);
    case 'not-in-batch':
      throw new UsageError(
        `Nothing was answered: --except names ${outcome.refs.join(', ')}, expected letters of ${ref} (rollcall batches show ${ref}).`,
      );
  }
}

function notReadyWords(ref: string, { planned, copies }: { planned: number; copies: number }): string {
  const what =
    planned > 0
      ? `${counted(planned, 'letter')} of ${ref} ${planned === 1 ? 'is' : 'are'} not rendered yet`
      : `${copies === 1 ? 'a copy' : `${copies} copies`} for the office of what ${ref} would send ${copies === 1 ? 'has' : 'have'} not left yet`;
  return `${what}, so nobody can have seen what would be sent. The service sees to it within minutes; answer then.`;
}

/** @throws UsageError where not everything was answered */
function groupWords(ref: string, outcome: GroupOutcome): string {
  switch (outcome.kind) {
    case 'answered':
      return `Approved: ${outcome.given}, refused: ${outcome.refused}. What was approved goes on at once where the service runs, else with the next cycle.`;
    case 'unknown':
      throw new UsageError(
        `Nothing was answered: no approvals have the reference ${ref} now. It is made of the set: where approvals were answered, withdrawn or asked since, it is another one. \`rollcall batches list\` shows what waits.`,
      );
    case 'not-in-group':
      throw new UsageError(
        `Nothing was answered: --except names ${outcome.refs.join(', ')}, expected approvals of ${ref} (rollcall batches show ${ref}).`,
      );
    case 'not-answered':
      throw new UsageError(
        `${outcome.answered} were answered, the rest was not: ${outcome.problems.map((one) => one.ref).join(', ')} changed in the meantime. \`rollcall batches list\` shows what waits now.`,
      );
  }
}

function stateWords({ state, by, closedOn, because, replacedBy, letters: count }: Batch): string {
  switch (state) {
    case 'open':
      return `${counted(count, 'letter waits', 'letters wait')} for a yes`;
    case 'approved':
    case 'refused':
      return `was ${state} by ${by} on ${closedOn}: “${because}”`;
    case 'replaced':
      return `is replaced by ${replacedBy}, since its set has changed`;
    case 'over':
      return `is over since ${closedOn}: none of its letters waits any more`;
  }
}

function unknownWords(ref: string): string {
  return `No batch has the reference ${ref}: \`rollcall batches list\` shows those that wait.`;
}
