import { Command } from 'commander';
import type { Role } from '../domain/policy.ts';
import type { AskedInvitees } from '../procedure/choose-invitees.ts';
import { changeMeeting, inviteMore, scheduleMeeting } from '../procedure/meetings.ts';
import {
  atMeetings,
  type ByOptions,
  byOf,
  expectChanged,
  noteMeeting,
  printMeeting,
  REFERENCE,
  refusedWords,
  untouchable,
} from './meetings-desk.ts';
import { knownOption, lineOption } from './option-values.ts';
import { UsageError } from './output.ts';

interface PlanOptions {
  readonly on?: string;
  readonly at?: string;
  readonly minutes?: string;
  readonly place?: string;
  readonly callIn?: string;
  readonly purpose?: string;
}

interface InviteOptions {
  readonly guardian?: readonly string[];
  readonly staff?: readonly string[];
  readonly role?: readonly Role[];
  readonly other?: readonly string[];
}

export function scheduleCommand(): Command {
  return inviting(
    new Command('schedule')
      .description(
        'Schedule a meeting and invite to it. Families are invited by the rules of letters: by e-mail, or on paper that the clerk hands over. One of a past day is only recorded.',
      )
      .argument('<student>', 'sourcedId or student number')
      .requiredOption('--on <date>', 'day, YYYY-MM-DD')
      .requiredOption('--at <time>', 'time on the district’s clock, HH:MM')
      .option('--minutes <n>', 'how long it takes (default: meetings.minutes in district.yaml)')
      .requiredOption('--place <place>', 'where, as the family reads it')
      .option('--call-in <line>', 'a phone number or a web address for whoever cannot come')
      .option('--purpose <text>', 'for staff and the file', 'To agree how the student comes to school'),
    'whole families by default; a guardian’s sourcedId, or none',
  )
    .requiredOption('--by <name>', 'who schedules it')
    .option('--as-of <date>', 'the day on which it is scheduled, YYYY-MM-DD')
    .action(async (student: string, options: PlanOptions & InviteOptions & ByOptions, command: Command) => {
      await atMeetings(command, options.asOf, async (tx, desk, { config, moment }) => {
        const { on = '', at = '', place = '', purpose = '', callIn = null } = options;
        const minutes = minutesOf(options.minutes) ?? config.meetings.minutes;
        const plan = { on, at, minutes, place, callIn, purpose };
        const asked = { student, ...plan, ...inviteesOf(options, 'all'), by: byOf(options) };
        const scheduled = await scheduleMeeting(tx, desk, asked, moment);
        switch (scheduled.kind) {
          case 'unknown-student':
            throw new UsageError('No student has this sourcedId or number.');
          case 'not-enrolled':
            throw new UsageError('The student was never enrolled at a school this year.');
          case 'absolute-hold':
            throw untouchable();
          case 'refused':
            throw refusedWords(scheduled);
          case 'scheduled':
            await noteMeeting(tx, 'meeting-scheduled', scheduled, asked.by, moment);
            printMeeting(scheduled, 'is scheduled for');
        }
      });
    });
}

export function changeCommand(): Command {
  return new Command('change')
    .description('Move a meeting to another day, time or place. Whoever was invited hears of it.')
    .argument('<meeting>', REFERENCE)
    .option('--on <date>', 'day, YYYY-MM-DD')
    .option('--at <time>', 'time on the district’s clock, HH:MM')
    .option('--minutes <n>', 'how long it takes')
    .option('--place <place>', 'where, as the family reads it')
    .option('--call-in <line>', 'a phone number or a web address for whoever cannot come')
    .option('--purpose <text>', 'for staff and the file')
    .requiredOption('--by <name>', 'who changes it')
    .option('--as-of <date>', 'the day on which it is changed, YYYY-MM-DD')
    .action(async (ref: string, options: PlanOptions & ByOptions, command: Command) => {
      await atMeetings(command, options.asOf, async (tx, desk, { moment }) => {
        const { on, at, place, callIn, purpose } = options;
        const minutes = minutesOf(options.minutes);
        const plan = {
          ...(on !== undefined && { on }),
          ...(at !== undefined && { at }),
          ...(minutes !== null && { minutes }),
          ...(place !== undefined && { place }),
          ...(callIn !== undefined && { callIn }),
          ...(purpose !== undefined && { purpose }),
        };
        if (Object.keys(plan).length === 0)
          throw new UsageError('Name what changes, for example --on or --at.');
        const by = byOf(options);
        const changed = expectChanged(ref, await changeMeeting(tx, desk, { ref, by, plan }, moment));
        await noteMeeting(tx, 'meeting-changed', changed, by, moment);
        printMeeting(changed, 'is now on');
      });
    });
}

export function inviteCommand(): Command {
  return inviting(
    new Command('invite')
      .description('Invite more people, and tell whoever could not be told before.')
      .argument('<meeting>', REFERENCE),
    'a guardian’s sourcedId, or all',
  )
    .requiredOption('--by <name>', 'who invites')
    .option('--as-of <date>', 'the day on which they are invited, YYYY-MM-DD')
    .action(async (ref: string, options: InviteOptions & ByOptions, command: Command) => {
      await atMeetings(command, options.asOf, async (tx, desk, { moment }) => {
        const more = { ref, by: byOf(options), ...inviteesOf(options, []) };
        const changed = expectChanged(ref, await inviteMore(tx, desk, more, moment));
        await noteMeeting(tx, 'meeting-changed', changed, more.by, moment);
        printMeeting(changed, 'is on');
      });
    });
}

/** The options that name whom to invite. */
function inviting(command: Command, families: string): Command {
  return command
    .option('--guardian <id...>', `families: ${families}`)
    .option('--staff <email...>', 'members of staff, by e-mail address')
    .option('--role <role...>', 'everybody with this role at the school, for example counselor')
    .option('--other <person...>', 'anybody else, as "Name <address>"; the invitation names no student');
}

const ROLES: readonly Role[] = ['attendance-clerk', 'administrator', 'counselor', 'teacher', 'supervisor'];

function inviteesOf(options: InviteOptions, unsaid: AskedInvitees['families']): AskedInvitees {
  const { guardian, staff = [], role = [], other = [] } = options;
  const families = guardian === undefined ? unsaid : guardian.includes('all') ? 'all' : guardian;
  return {
    families: families === 'all' ? families : families.filter((id) => id !== 'none'),
    staff,
    roles: role.map((one) => knownOption('--role', one, ROLES)),
    others: other.map((one) => {
      const [, name = '', email = ''] = /^(.*)<([^<>]+)>$/.exec(one.trim()) ?? [];
      if (name.trim() === '')
        throw new UsageError(`--other takes "Name <address>"; found ${JSON.stringify(one)}.`);
      return { name: lineOption('--other', name, 100), email };
    }),
  };
}

function minutesOf(given: string | undefined): number | null {
  if (given === undefined) return null;
  return /^\d{1,4}$/.test(given) ? Number(given) : Number.NaN;
}
