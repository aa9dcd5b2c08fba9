import { Command } from 'commander';
import { type Resolved, resolveLetter } from '../procedure/resolve-letter.ts';
import { type ListedLetter, listAllLetters, readLetterStory } from '../store/letter-story.ts';
import { LETTER_STATES, type LetterState } from '../store/tables/letters.ts';
import { atDesk } from './at-desk.ts';
import { csvText } from './csv.ts';
import { storyAsJson, storyWords } from './letter-story-words.ts';
import { correctCommand } from './letters-correct.ts';
import { letterStopCommands } from './letters-stop.ts';
import { lookedAt, onRecord } from './on-record.ts';
import { knownOption, lineOption, schoolOption } from './option-values.ts';
import { print, printJson, table, UsageError } from './output.ts';
import { reissueOnRecord } from './reissue-on-record.ts';
import { madeWords, refusedWords, reissuedWords } from './reissue-words.ts';

export function lettersCommand(): Command {
  const letters = new Command('letters')
    .description(
      'Letters: list them, show one with its whole story, resolve an uncertain one, issue one once more, stop and resume sending.',
    )
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(resolveCommand())
    .addCommand(reissueCommand())
    .addCommand(correctCommand());
  for (const command of letterStopCommands()) letters.addCommand(command);
  return letters;
}

interface ListOptions {
  readonly state?: string;
  readonly school?: string;
  readonly step?: string;
  readonly student?: string;
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('Letters of the school year, the latest first.')
    .option('--state <state>', `in this state only: ${LETTER_STATES.join(', ')}`)
    .addOption(schoolOption())
    .option('--step <step>', 'of this step only, by its id in policy.yaml')
    .option('--student <student>', 'about this student only: sourcedId or student number')
    .option('--as-of <date>', 'of the school year of this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action((options: ListOptions, command: Command) =>
      atDesk(command, options.asOf, async ({ db, procedure, config }) => {
        const schools = config.schools.map(({ id }) => id);
        const filter = {
          state: knownOption('--state', options.state, LETTER_STATES) as LetterState | undefined,
          school: knownOption('--school', options.school, schools),
          step: knownOption(
            '--step',
            options.step,
            procedure.policy.steps.map(({ id }) => id),
          ),
          student: options.student,
        };
        const letters = await listAllLetters(db, procedure.schoolYear.id, filter);
        if (options.json === true) return printJson(letters.map(withoutPeople));
        if (options.csv === true) {
          process.stdout.write(csvText(HEAD, letters.map(cellsOf)));
          return;
        }
        if (letters.length === 0) return print('No letter is like that.');
        print(table(HEAD, letters.map(cellsOf)));
      }),
    );
}

const HEAD = ['letter', 'student', 'name', 'school', 'step', 'to', 'channel', 'state', 'left', 'reason'];

function cellsOf(letter: ListedLetter): string[] {
  const { ref, student, name, school, step, round, to, channel, state, left, reason } = letter;
  const ofRound = round > 1 ? `${step} (round ${round})` : step;
  return [ref, student, name, school, ofRound, to, channel, state, left ?? '', reason ?? ''];
}

function withoutPeople({ name: _name, to: _to, school: _school, ...letter }: ListedLetter) {
  return letter;
}

const REF = 'reference of the letter, for example L-7F3K-2Q9M';

function showCommand(): Command {
  return new Command('show')
    .description(
      'One letter with its whole story: what it rests on, every attempt with its answer, and the proof.',
    )
    .argument('<letter>', REF)
    .option('--json', 'as JSON: ids only')
    .action((ref: string, options: { json?: boolean }, command: Command) =>
      atDesk(command, undefined, async ({ db, config, moment }) => {
        const story = await readLetterStory(db, ref);
        if (story === null) throw unknown(ref);
        const { ref: subject, studentId } = story.letter;
        await lookedAt(db, moment.now, { action: 'letter-viewed', studentId, subject });
        if (options.json === true) return printJson(await storyAsJson(db, story));
        for (const line of await storyWords(db, config, story)) print(line);
      }),
    );
}

interface AnswerOptions {
  readonly by: string;
  readonly why: string;
  readonly paper?: boolean;
  readonly asOf?: string;
}

function resolveCommand(): Command {
  return new Command('resolve')
    .description(
      'Record what you have found out about an uncertain letter: its step is taken, or a new letter takes its place.',
    )
    .argument('<letter>', REF)
    .option('--delivered', 'it has arrived')
    .option('--not-delivered', 'it has not arrived')
    .option('--paper', 'with --not-delivered: the new letter goes on paper')
    .requiredOption('--by <name>', 'who has found out')
    .requiredOption('--why <reason>', 'how, for example from the log of the mail server')
    .option('--as-of <date>', 'the day of the answer, YYYY-MM-DD')
    .action(
      (
        ref: string,
        options: AnswerOptions & { delivered?: boolean; notDelivered?: boolean },
        command: Command,
      ) => {
        const { delivered = false, notDelivered = false, paper = false } = options;
        if (delivered === notDelivered) throw new UsageError('Give one of --delivered and --not-delivered.');
        if (delivered && paper) throw new UsageError('--paper goes with --not-delivered only.');
        const finding = { ref, delivered, onPaper: paper, ...personOf(options) };
        return atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
          const resolved = await onRecord(
            db,
            { by: finding.by, now: moment.now },
            (tx) => resolveLetter(tx, procedure, finding, moment),
            ({ kind }) =>
              kind === 'unknown' || kind === 'not-uncertain'
                ? null
                : { action: 'letter-resolved', subject: ref, detail: { found: kind } },
          );
          print(resolvedWords(ref, resolved));
        });
      },
    );
}

function resolvedWords(ref: string, resolved: Resolved): string {
  switch (resolved.kind) {
    case 'unknown':
      throw unknown(ref);
    case 'not-uncertain':
      throw new UsageError(`The letter ${ref} is ${resolved.state}: only an uncertain one can be resolved.`);
    case 'delivered':
      return resolved.tookStep
        ? `${ref} is recorded as delivered, and its step as taken with it.`
        : `${ref} is recorded as delivered. Its step is not taken by it: it was before, or has begun anew since.`;
    case 'not-delivered': {
      const { next } = resolved;
      if (next.kind === 'reissued') return `${ref} is recorded as not delivered. ${madeWords(next)}`;
      return `${ref} is recorded as not delivered. ${next.kind === 'refused' ? refusedWords(next) : ''} No new letter is made; the next cycle decides about the student anew.`;
    }
  }
}

function reissueCommand(): Command {
  return new Command('reissue')
    .description(
      'Issue a letter once more, under a new reference: one that was lost, or one that is held and would not leave by itself.',
    )
    .argument('<letter>', REF)
    .option('--paper', 'on paper, whatever the e-mail address is')
    .requiredOption('--by <name>', 'who answers for it')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day, YYYY-MM-DD')
    .action((ref: string, options: AnswerOptions, command: Command) => {
      const request = { ref, onPaper: options.paper === true, ...personOf(options) };
      return atDesk(command, options.asOf, async (desk) =>
        print(reissuedWords(ref, await reissueOnRecord(desk, request))),
      );
    });
}

function personOf(options: AnswerOptions): { by: string; because: string } {
  return { by: lineOption('--by', options.by, 100), because: lineOption('--why', options.why, 500) };
}

function unknown(ref: string): UsageError {
  return new UsageError(`No letter has the reference ${ref}.`);
}
