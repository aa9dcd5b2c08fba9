import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { formatDays } from '../domain/days.ts';
import { explainEvaluation } from '../domain/explanation.ts';
import type { Evaluation } from '../domain/ladder-facts.ts';
import { decisionSentence, RECIPIENT_RULES } from '../domain/recipient-words.ts';
import { type PersonDecision, THE_STUDENT } from '../domain/recipients.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { assess } from '../procedure/assess.ts';
import { lookNow } from '../procedure/baseline.ts';
import { decisionInWords, decisionOnRecord } from '../procedure/decision-on-record.ts';
import { entryInWords } from '../procedure/entry-words.ts';
import type { Procedure } from '../procedure/procedure.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { listApprovals } from '../store/approvals.ts';
import { listFileEntries } from '../store/attendance-files.ts';
import { listContacts } from '../store/contact-log.ts';
import type { Db } from '../store/database.ts';
import { findStudentId } from '../store/districts.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { listKeptRecipients } from '../store/letter-recipients.ts';
import { listLetters } from '../store/letters-of-student.ts';
import { listPolicyTerms } from '../store/policies.ts';
import { loadStudentFacts, type StoredFacts } from '../store/student-facts.ts';
import { lastSyncRun } from '../store/sync/sync-runs.ts';
import { brakeOnLetter } from './brake-words.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';
import { stopWords } from './letters-stop.ts';
import { lookedAt } from './on-record.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';
import { policyTermLines, policyTermsAsJson } from './policy-term-words.ts';

export function explainCommand(): Command {
  return new Command('explain')
    .description('Why a student stands where he or she stands: rows, rule, result and proof, in plain words.')
    .argument('<student>', 'sourcedId or student number')
    .option('--as-of <date>', 'explain for this date (default: the day of the last sync)')
    .option('--json', 'as JSON; holds personal data')
    .action(async (name: string, options: { asOf?: string; json?: boolean }, command: Command) => {
      const context = openContext(command);
      const { config } = context;
      await withStore(context, async ({ db }) => {
        const sync = await lastSyncRun(db, 'applied');
        const asOf = options.asOf ?? sync?.asOf;
        const today = dateOf(config, asOf);
        const book = createProcedureBook(db, procedureSettings(config));
        const procedure = await book.on(today);
        const facts = await readFacts(db, procedure, name);
        await lookedAt(db, clockOf(config, asOf)(), { action: 'file-viewed', studentId: facts.studentId });
        const policies = await listPolicyTerms(db, config.policy, today);
        const explained = await explain(db, config, procedure, facts, {
          now: clockOf(config, asOf)(),
          today,
        });
        if (options.json === true) {
          return printJson({
            ...explained,
            policies: policyTermsAsJson(policies),
          });
        }
        printExplanation(explained, config, policyTermLines(policies, today));
      });
    });
}

async function readFacts(db: Db, procedure: Procedure, name: string): Promise<StoredFacts> {
  const studentId = await findStudentId(db, name);
  const facts =
    studentId === null
      ? null
      : await loadStudentFacts(db, { id: studentId, schoolYear: procedure.schoolYear.id });
  if (facts === null) throw new UsageError('No student has this sourcedId or number.');
  return facts;
}

type Explained = Awaited<ReturnType<typeof explain>>;

async function explain(
  db: Db,
  config: Config,
  procedure: Procedure,
  facts: StoredFacts,
  moment: { now: Date; today: SchoolDate },
) {
  const { evaluation, recipients } = assess(facts, procedure, await lookNow(db, procedure, moment));
  const student = { studentId: facts.studentId, schoolYear: procedure.schoolYear.id };
  const approvals = await listApprovals(db, student, moment.today);
  const stop = await readKillSwitch(db);
  const records = new Map(facts.records.map((record) => [record.id, record]));
  const codes = new Map(facts.codes.map((code) => [code.sourcedId, code.title]));
  const names = new Map(
    facts.guardians.map((guardian) => [guardian.id, `${guardian.givenName} ${guardian.familyName}`]),
  );
  names.set(THE_STUDENT, `${facts.givenName} ${facts.familyName}`);
  return {
    student: {
      sourcedId: facts.sourcedId,
      name: `${facts.givenName} ${facts.familyName}`,
      grade: facts.grade,
    },
    ...explainEvaluation(
      evaluation,
      procedure.policy,
      `${facts.givenName} ${facts.familyName}`,
      approvals.filter(({ step }) => isOfThisRound(step, facts, evaluation)),
    ),
    days: evaluation.days.map((day) => ({
      date: day.date,
      fraction: formatDays(day.fraction),
      rule: day.rule,
      excuse: day.excuse,
      rows: day.records.map((id) => {
        const record = records.get(id);
        return {
          sourcedId: record?.sourcedId,
          code: record?.codeId == null ? null : codes.get(record.codeId),
        };
      }),
    })),
    sendingStop: stop,
    rowsLeftOut: evaluation.leftOut.map((row) => ({
      date: row.date,
      reason: row.reason,
      sourcedId: records.get(row.record)?.sourcedId,
    })),
    recipients: recipients.people.map((person) => inWords(person, names)),
    recipientsThen: (await listKeptRecipients(db, student)).map(
      ({ step, round, decidedOn, people, letters }) => ({
        step,
        round,
        decidedOn,
        letters,
        people: people.map((person) => inWords(person, names)),
      }),
    ),
    decision: await decisionOnRecord(db, student, moment.today),
    letters: (await listLetters(db, student)).map((letter) => ({
      ref: letter.ref,
      step: letter.step,
      to:
        letter.guardianIds.length === 0
          ? (names.get(THE_STUDENT) ?? '')
          : letter.guardianIds.map((id) => names.get(id)).join(' and '),
      channel: letter.channel,
      state: [
        letter.state,
        ...(letter.superseded ? ['superseded'] : []),
        ...(letter.returnedOn === null ? [] : [`returned by the post on ${letter.returnedOn}`]),
      ].join(', '),
      reason: letter.reason,
      brake: brakeOnLetter(letter, config, stop !== null),
      handedOver: letter.handedOverAt,
      proof: letter.reply,
      messageId: letter.messageId,
    })),
    approvals: approvals.map(({ ref, step, role, state, askedOn, dueOn, answeredOn, by, reason }) => ({
      ref,
      step,
      role,
      state,
      askedOn,
      dueOn,
      answeredOn,
      by,
      reason,
    })),
    contacts: (await listContacts(db, student)).map(({ on, by, outcome, note }) => ({
      on,
      by,
      outcome,
      note,
    })),
    file: (await listFileEntries(db, student)).map(({ onDate, kind, title, detail }) => ({
      onDate,
      kind,
      title,
      detail,
    })),
  };
}

/** A person whom the records no longer link goes by the id they had. */
function inWords(person: PersonDecision, names: ReadonlyMap<number, string>) {
  const nameOf = (id: number) =>
    names.get(id) ?? (id === person.personId ? `A person known as ${person.sourcedId}` : 'another person');
  const { sourcedId, role, outcome } = person;
  const { kind, ...why } = outcome;
  return {
    sourcedId,
    role,
    getsLetter: kind === 'letter',
    ...why,
    sentence: decisionSentence(person, nameOf),
  };
}

/** What was answered about an earlier round says nothing about the present one. */
function isOfThisRound(step: string, { steps }: StoredFacts, evaluation: Evaluation): boolean {
  const record = steps.find((one) => one.step === step);
  const verdict = evaluation.steps.find((one) => one.step === step);
  return record !== undefined && record.approval !== null && record.round === verdict?.round;
}

function printExplanation(explained: Explained, config: Config, policies: readonly string[]): void {
  heading(`${explained.student.name} (${explained.student.sourcedId})`);
  print(wrap(explained.summary));
  heading('Steps');
  for (const { sentence } of explained.steps) print(wrap(sentence, '- '));
  if (explained.sendingStop !== null) print(wrap(`${stopWords(config, explained.sendingStop)}.`));
  heading('Decision on record');
  print(wrap(decisionInWords(explained.decision)));
  for (const line of policies) print(wrap(`${line}.`));
  list('Days that count', ['date', 'days', 'rule', 'excuse', 'code', 'row'], explained.days, (day) => [
    day.date,
    day.fraction,
    day.rule,
    day.excuse,
    day.rows.map((row) => row.code ?? '').join(' '),
    day.rows.map((row) => row.sourcedId ?? '').join(' '),
  ]);
  list('Rows that do not count', ['date', 'reason', 'row'], explained.rowsLeftOut, (row) => [
    row.date,
    row.reason,
    row.sourcedId ?? '',
  ]);
  heading('Who would get a letter today');
  if (explained.recipients.length === 0) print('  The records link nobody to the student.');
  for (const { sentence } of explained.recipients) print(wrap(sentence, '- '));
  for (const rule of RECIPIENT_RULES) print(wrap(rule));
  for (const then of explained.recipientsThen) {
    const round = then.round === 1 ? '' : `, round ${then.round}`;
    heading(`Who was chosen on ${then.decidedOn} (${then.step}${round}: ${then.letters.join(', ')})`);
    for (const { sentence } of then.people) print(wrap(sentence, '- '));
  }
  list(
    'Letters',
    ['letter', 'step', 'to', 'channel', 'state', 'handed over', 'proof'],
    explained.letters,
    (row) => [
      row.ref,
      row.step,
      row.to,
      row.channel,
      [row.state, row.reason === null ? '' : `(${row.reason})`].join(' ').trim(),
      row.handedOver?.toISOString() ?? '',
      row.proof ?? '',
    ],
  );
  for (const { ref, brake } of explained.letters) {
    if (brake !== null) print(wrap(`${ref}: ${brake}`));
  }
  list(
    'Approvals',
    ['approval', 'step', 'asked', 'of', 'answer', 'on', 'by', 'why'],
    explained.approvals,
    (row) => [
      row.ref,
      row.step,
      row.askedOn,
      row.role,
      row.state === 'asked' ? `none yet, due ${row.dueOn}` : row.state,
      row.answeredOn ?? '',
      row.by ?? '',
      row.reason ?? '',
    ],
  );
  list('Contact log', ['date', 'by', 'outcome', 'note'], explained.contacts, (row) => [
    row.on,
    row.by,
    row.outcome,
    row.note ?? '',
  ]);
  const steps = new Map(config.policy.steps.map(({ id, title }) => [id, title]));
  list('Attendance file', ['date', 'kind', 'entry', 'detail'], explained.file, (row) => [
    row.onDate,
    row.kind,
    entryInWords(row.title, steps),
    row.detail ?? '',
  ]);
}

function list<T>(title: string, head: string[], rows: readonly T[], cells: (row: T) => string[]): void {
  heading(title);
  print(rows.length === 0 ? '  none' : table(head, rows.map(cells)));
}

function wrap(text: string, lead = '', width = 96): string {
  const lines: string[] = [];
  let line = `  ${lead}`;
  for (const word of text.split(' ')) {
    if (line.length + word.length > width) {
      lines.push(line.trimEnd());
      line = ' '.repeat(2 + lead.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
