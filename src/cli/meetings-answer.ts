import { Argument, Command } from 'commander';
import { atCommandLine } from '../domain/audit.ts';
import { type MeetingOutcome, meetingOutcomes } from '../domain/meeting.ts';
import { meetingStateWords, whenInWords } from '../domain/meeting-words.ts';
import { cancelMeeting, decideNoMeeting, recordOutcome } from '../procedure/meetings.ts';
import { recordAudit } from '../store/audit-log.ts';
import {
  atMeetings,
  type ByOptions,
  byOf,
  expectChanged,
  noteMeeting,
  printMeeting,
  REFERENCE,
} from './meetings-desk.ts';
import { knownOption, lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

export function outcomeCommand(): Command {
  return new Command('outcome')
    .description('Record what came of a meeting. Where the family did not come, another one is asked for.')
    .argument('<meeting>', REFERENCE)
    .addArgument(new Argument('<outcome>', 'what came of it').choices(meetingOutcomes))
    .option('--note <text>', 'kept in the file; the truancy officer sees it')
    .requiredOption('--by <name>', 'who records it')
    .option('--as-of <date>', 'the day on which it is recorded, YYYY-MM-DD')
    .action(
      async (
        ref: string,
        outcome: MeetingOutcome,
        options: ByOptions & { note?: string },
        command: Command,
      ) => {
        await atMeetings(command, options.asOf, async (tx, desk, { moment }) => {
          const note = options.note === undefined ? null : lineOption('--note', options.note, 1000);
          const said = { ref, outcome, by: byOf(options), note };
          const recorded = expectChanged(ref, await recordOutcome(tx, desk, said, moment));
          const { meeting } = recorded;
          await noteMeeting(tx, 'meeting-recorded', recorded, said.by, moment);
          print(`${meeting.ref} of ${whenInWords(meeting)}: ${meetingStateWords[meeting.state]}.`);
        });
      },
    );
}

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('Cancel a meeting. Whoever was told of it hears so, and another one is asked for.')
    .argument('<meeting>', REFERENCE)
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .requiredOption('--by <name>', 'who cancels it')
    .option('--as-of <date>', 'the day on which it is cancelled, YYYY-MM-DD')
    .action(async (ref: string, options: ByOptions & { why: string }, command: Command) => {
      await atMeetings(command, options.asOf, async (tx, desk, { moment }) => {
        const because = lineOption('--why', options.why, 500);
        const cancelled = { ref, by: byOf(options), because };
        const changed = expectChanged(ref, await cancelMeeting(tx, desk, cancelled, moment));
        await noteMeeting(tx, 'meeting-cancelled', changed, cancelled.by, moment);
        printMeeting(changed, 'is cancelled, of');
      });
    });
}

export function noneNeededCommand(): Command {
  return new Command('none-needed')
    .description('Record that no meeting is needed. It is not asked for again in this round of the step.')
    .argument('<student>', 'sourcedId or student number')
    .option('--step <step>', 'of this step (default: of whatever step asks for one)')
    .requiredOption('--why <reason>', 'goes into the attendance file')
    .requiredOption('--by <name>', 'who decides it')
    .option('--as-of <date>', 'the day on which it is decided, YYYY-MM-DD')
    .action(
      async (student: string, options: ByOptions & { why: string; step?: string }, command: Command) => {
        await atMeetings(command, options.asOf, async (tx, { procedure }, { moment }) => {
          const because = lineOption('--why', options.why, 500);
          const decided = { student, step: options.step ?? null, by: byOf(options), because };
          const recorded = await decideNoMeeting(tx, procedure, decided, moment);
          switch (recorded.kind) {
            case 'unknown-student':
              throw new UsageError('No student has this sourcedId or number.');
            case 'unknown-step':
              knownOption('--step', options.step, recorded.known);
              return;
            case 'not-asked':
              throw new UsageError('No step asks for a meeting now; name one with --step.');
            case 'recorded': {
              const actor = atCommandLine(decided.by);
              const detail = { steps: recorded.steps.join(' ') };
              const { studentId } = recorded;
              const event = { at: moment.now, actor, from: null, studentId, detail };
              await recordAudit(tx, { ...event, action: 'meeting-not-needed' });
              print(`It is in the file that no meeting is needed (${recorded.steps.join(', ')}).`);
            }
          }
        });
      },
    );
}
