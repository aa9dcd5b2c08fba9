import type { Config } from '../config/config-types.ts';
import { formatDays } from '../domain/days.ts';
import type { Evaluation } from '../domain/ladder-facts.ts';
import type { Db } from '../store/database.ts';
import { verifyDocument } from '../store/documents.ts';
import { readKeptEvaluation } from '../store/evaluations.ts';
import type { LetterStory } from '../store/letter-story.ts';
import { loadRecords } from '../store/student-facts.ts';
import { whenIn } from './context.ts';

/** One letter with its whole story, for people. */
export async function storyWords(db: Db, config: Config, story: LetterStory): Promise<string[]> {
  const { letter, attempts, resolution, tasks } = story;
  const when = (instant: Date | null) => (instant === null ? '' : whenIn(config, instant));
  const state = [letter.state, ...(letter.superseded ? ['superseded'] : [])].join(', ');
  const rests = await groundsOf(db, letter.evaluationId, letter.asOf);
  return [
    `Letter ${letter.ref}: ${letter.step}${letter.round > 1 ? `, round ${letter.round}` : ''}, about ${letter.name} (${letter.student}), ${letter.school}`,
    `  to        ${letter.to}, ${letter.channel === 'paper' ? 'on paper' : `by e-mail to ${letter.envelopeTo ?? 'an address that is not frozen yet'}`} (${letter.channelReason}), in ${letter.language}`,
    `  state     ${state}${letter.reason === null ? '' : ` (${letter.reason})`}${letter.left === null ? '' : `, left on ${letter.left}`}`,
    `  planned   ${when(letter.plannedAt)}, ${letter.count} days as of ${letter.asOf}, policy ${letter.policyVersion}`,
    ...(letter.templateVersion === null ? [] : [`  template  ${letter.templateVersion}`]),
    ...(letter.reissueOf === null
      ? []
      : [`  issued    in place of ${letter.reissueOf} by ${letter.reissuedBy}: ${letter.reissuedBecause}`]),
    ...(letter.reissuedAs === null ? [] : [`  replaced  by ${letter.reissuedAs}`]),
    ...(letter.printRun === null ? [] : [`  print run ${letter.printRun}`]),
    ...(letter.dueAt === null ? [] : [`  due       ${when(letter.dueAt)}`]),
    '',
    'Frozen',
    ...(letter.messageId === null ? [] : [`  Message-ID ${letter.messageId}`]),
    ...(letter.envelopeFrom === null ? [] : [`  return path ${letter.envelopeFrom}`]),
    ...(await documentsOf(db, letter)).map(
      ({ what, sha256, bytes, intact }) =>
        `  ${what}  ${bytes} bytes, SHA-256 ${sha256}, ${intact ? 'unchanged since' : 'ALTERED SINCE'}`,
    ),
    '',
    'Attempts',
    ...(attempts.length === 0 ? ['  none has ended'] : []),
    ...attempts.map((one) => {
      const bytes = one.transmittingAt === null ? 'no byte left' : `first byte ${when(one.transmittingAt)}`;
      const why = one.reason === null ? '' : ` (${one.reason})`;
      return `  claimed ${when(one.claimedAt)}, ${bytes}, ${one.outcome}${why}${one.reply === null ? '' : `: ${one.reply}`}`;
    }),
    ...(letter.state === 'claimed' || letter.state === 'transmitting'
      ? [`  claimed ${when(letter.claimedAt)}, not ended yet`]
      : []),
    ...(resolution === null
      ? []
      : [
          `  ${resolution.delivered ? 'found to have arrived' : 'found not to have arrived'} by ${resolution.by}, ${when(resolution.at)}: ${resolution.because}`,
        ]),
    '',
    'Tasks',
    ...(tasks.length === 0 ? ['  none'] : []),
    ...tasks.map((task) => {
      const by = task.closedBy === null ? '' : ` by ${task.closedBy}`;
      const end =
        task.closedOn === null ? '' : `, ${task.state} on ${task.closedOn}${by}: ${task.outcome ?? ''}`;
      return `  ${task.ref} ${task.kind}, opened ${task.openedOn}${end}`;
    }),
    '',
    'Rests on',
    ...rests.map(({ date, fraction, rule, rows }) => `  ${date}  ${fraction} (${rule})  ${rows.join(', ')}`),
  ];
}

/** The same with ids only. */
export async function storyAsJson(db: Db, story: LetterStory): Promise<object> {
  const { name: _name, to: _to, school: _school, studentId: _id, envelopeTo: _box, ...letter } = story.letter;
  const { messageDocumentId: _message, pdfDocumentId: _pdf, ...shown } = letter;
  return {
    ...shown,
    documents: await documentsOf(db, story.letter),
    attempts: story.attempts.map(({ reply: _reply, ...attempt }) => attempt),
    resolution: story.resolution,
    tasks: story.tasks,
    restsOn: await groundsOf(db, story.letter.evaluationId, story.letter.asOf),
  };
}

async function documentsOf(db: Db, letter: LetterStory['letter']) {
  const documents = [];
  for (const [what, id] of [
    ['mail', letter.messageDocumentId],
    ['PDF', letter.pdfDocumentId],
  ] as const) {
    if (id !== null) documents.push({ what, ...(await verifyDocument(db, id)) });
  }
  return documents;
}

/** The counted days behind the letter, with the rows of the SIS as they were then. */
async function groundsOf(db: Db, evaluationId: string, asOf: string) {
  const evaluation: Evaluation | undefined = (await readKeptEvaluation(db, evaluationId))?.result;
  const days = evaluation?.days.filter(({ date }) => date <= asOf) ?? [];
  const records = await loadRecords(
    db,
    days.flatMap((day) => day.records),
  );
  const rows = new Map(records.map((record) => [record.id, record.sourcedId]));
  return days.map((day) => ({
    date: day.date,
    fraction: formatDays(day.fraction),
    rule: day.rule,
    rows: day.records.map((id) => rows.get(id) ?? id),
  }));
}
