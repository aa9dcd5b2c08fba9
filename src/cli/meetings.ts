import { Command, Option } from 'commander';
import { type MeetingState, meetingOutcomes } from '../domain/meeting.ts';
import { type ListedMeeting, listAllMeetings } from '../store/meetings.ts';
import { atDesk } from './at-desk.ts';
import { csvText } from './csv.ts';
import { cancelCommand, noneNeededCommand, outcomeCommand } from './meetings-answer.ts';
import { paperCommand } from './meetings-paper.ts';
import { changeCommand, inviteCommand, scheduleCommand } from './meetings-plan.ts';
import { schoolOption } from './option-values.ts';
import { print, printJson, table } from './output.ts';
import { undoMeetingCommand } from './taken-back.ts';

export function meetingsCommand(): Command {
  return new Command('meetings')
    .description(
      'Meetings with families: list them, schedule, change or cancel one, invite to it, record what came of it, or that none is needed.',
    )
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(scheduleCommand())
    .addCommand(changeCommand())
    .addCommand(inviteCommand())
    .addCommand(outcomeCommand())
    .addCommand(undoMeetingCommand())
    .addCommand(cancelCommand())
    .addCommand(noneNeededCommand())
    .addCommand(paperCommand());
}

const STATES: readonly MeetingState[] = ['scheduled', ...meetingOutcomes, 'cancelled'];

interface ListOptions {
  readonly school?: string;
  readonly state?: MeetingState;
  readonly asOf?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function listCommand(): Command {
  return new Command('list')
    .description('The meetings of this school year, the first at the top.')
    .addOption(schoolOption())
    .addOption(new Option('--state <state>', 'only those that stand so').choices(STATES))
    .option('--as-of <date>', 'on this date, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--json', 'as JSON: ids only')
    .action(async (options: ListOptions, command: Command) => {
      await atDesk(command, options.asOf, async ({ db, procedure }) => {
        const { school, state = null } = options;
        const meetings = await listAllMeetings(db, {
          schoolYear: procedure.schoolYear.id,
          schools: school === undefined ? null : [school],
          state,
        });
        if (options.json === true) return printJson(meetings.map(withoutPeople));
        if (options.csv === true) return void process.stdout.write(csvText(HEAD, meetings.map(cellsOf)));
        if (meetings.length === 0) return print('There is no meeting.');
        print(table(HEAD, meetings.map(cellsOf)));
      });
    });
}

const HEAD = ['meeting', 'school', 'student', 'name', 'day', 'time', 'minutes', 'place', 'state'];

function cellsOf(meeting: ListedMeeting): string[] {
  const { ref, school, student, name, on, at, minutes, place, state } = meeting;
  return [ref, school, student, name, on, at, String(minutes), place, state];
}

function withoutPeople({ ref, student, on, at, minutes, state, step, sequence }: ListedMeeting) {
  return { ref, student, on, at, minutes, state, step, sequence };
}
