import { Command } from 'commander';
import { counted } from '../domain/plain-words.ts';
import { type PostingOutcome, postPrintRun } from '../procedure/post-print-run.ts';
import { recordReturnedPost } from '../procedure/returned-post.ts';
import { atDesk } from './at-desk.ts';
import { onRecord } from './on-record.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';
import { reissueOnRecord } from './reissue-on-record.ts';
import { reissuedWords } from './reissue-words.ts';

interface ConfirmOptions {
  readonly postedOn: string;
  readonly by: string;
  readonly except?: string;
  readonly postedAnyway?: string;
  readonly alreadyPosted?: boolean;
  readonly asOf?: string;
}

export function confirmCommand(): Command {
  return new Command('confirm')
    .description('Record that a print run is in the post. What had to be pulled is recorded as not posted.')
    .argument('<run>', 'reference of the print run, for example P-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who has posted it')
    .requiredOption('--posted-on <date>', 'the day on which it was posted, YYYY-MM-DD')
    .option('--except <letters>', 'letters that still lie in the office, by reference, with commas between')
    .option('--posted-anyway <letters>', 'letters that had to be pulled and are in the post all the same')
    .option('--already-posted', 'while sending is stopped: it was in the post before')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (run: string, options: ConfirmOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const postedOn = dateOption('--posted-on', options.postedOn);
      const except = references(options.except);
      const postedAnyway = references(options.postedAnyway);
      await atDesk(command, options.asOf, async ({ db, moment }) => {
        const alreadyPosted = options.alreadyPosted === true;
        const posting = { run, by, postedOn, except, postedAnyway, alreadyPosted };
        const outcome = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => postPrintRun(tx, posting, moment),
          (done) =>
            done.kind === 'confirmed'
              ? {
                  action: 'prints-confirmed',
                  subject: run,
                  detail: { posted: done.posted, left: done.left.length, pulled: done.pulled.length },
                }
              : null,
        );
        if (outcome.kind !== 'confirmed') throw new UsageError(refusal(outcome, run, moment.today));
        print(
          `${counted(outcome.posted, 'letter')} of ${run} ${outcome.posted === 1 ? 'is' : 'are'} recorded as posted on ${postedOn}.`,
        );
        if (outcome.pulled.length > 0)
          print(`Recorded as pulled and not posted: ${outcome.pulled.join(', ')}.`);
        if (outcome.left.length > 0)
          print(`Still to be posted, and confirmed by another call: ${outcome.left.join(', ')}.`);
      });
    });
}

function refusal(
  outcome: Exclude<PostingOutcome, { kind: 'confirmed' }>,
  run: string,
  today: string,
): string {
  switch (outcome.kind) {
    case 'unknown-run':
      return `No print run has the reference ${run}; \`rollcall prints list\` shows them.`;
    case 'sending-stopped':
      return `Sending is stopped: ${run} must not be posted before \`rollcall letters resume\`. Nothing was recorded. If it was in the post before the stop, say so with --already-posted.`;
    case 'posted-before':
      return `${run} was recorded as posted on ${outcome.run.postedOn} by ${outcome.run.postedBy}. Nothing was recorded.`;
    case 'bad-day':
      return `--posted-on takes a day from ${outcome.printedOn}, on which ${run} was printed, to ${today}. Nothing was recorded.`;
    case 'not-in-run':
      return `Nothing was recorded: ${outcome.refs.join(', ')} ${outcome.refs.length === 1 ? 'does' : 'do'} not stand in ${run} as the option says; \`rollcall prints show ${run}\` has its letters. --except takes those to be posted, --posted-anyway those to be pulled.`;
  }
}

interface RecordOptions {
  readonly by: string;
  readonly why: string;
  readonly on?: string;
  readonly asOf?: string;
}

const LETTER = 'reference of the letter, for example L-7F3K-2Q9M; it is printed on each of its pages';

export function returnedCommand(): Command {
  return new Command('returned')
    .description(
      'The post has brought a letter back. The office is asked for the address, and nothing goes there until then.',
    )
    .argument('<letter>', LETTER)
    .requiredOption('--by <name>', 'who records it')
    .requiredOption(
      '--why <reason>',
      'what the post says, for example "no such number"; goes into the attendance file',
    )
    .option('--on <date>', 'the day on which it came back, YYYY-MM-DD (default: today)')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(async (ref: string, options: RecordOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 500);
      const on = dateOption('--on', options.on);
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const returned = { ref, by, because, on: on ?? moment.today };
        const { kind } = await onRecord(
          db,
          { by, now: moment.now },
          (tx) => recordReturnedPost(tx, procedure, returned, moment),
          (done) =>
            done.kind === 'recorded'
              ? { action: 'post-returned', subject: ref, studentId: done.studentId }
              : null,
        );
        if (kind === 'not-posted') throw new UsageError(`No letter ${ref} was posted. Nothing was recorded.`);
        if (kind === 'returned-before')
          throw new UsageError(`${ref} is on record as come back already. Nothing was recorded.`);
        if (kind === 'bad-day')
          throw new UsageError('--on takes a day on which the letter was in the post. Nothing was recorded.');
        print(`${ref} is recorded as come back on ${returned.on}. It does not count as notice any more.`);
        print(
          `The attendance clerk is asked for the address. Until the SIS has another one, letters go by e-mail where that is possible, else without an address, to be handed over.`,
        );
      });
    });
}

export function reissueCommand(): Command {
  return new Command('reissue')
    .description('Send a letter that came back once more, to the address that the SIS has by now.')
    .argument('<letter>', LETTER)
    .requiredOption('--by <name>', 'who wants it sent again')
    .requiredOption('--why <reason>', 'kept with the new letter')
    .option('--as-of <date>', 'the day on which it is asked for, YYYY-MM-DD')
    .action(async (ref: string, options: RecordOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 500);
      await atDesk(command, options.asOf, async (desk) => {
        const request = { ref, by, because, onPaper: false, returnedOnly: true };
        print(reissuedWords(ref, await reissueOnRecord(desk, request)));
      });
    });
}

function references(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((ref) => ref.trim())
    .filter((ref) => ref !== '');
}
