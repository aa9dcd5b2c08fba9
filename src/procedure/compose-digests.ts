import { createHash } from 'node:crypto';
import { type Block, plainSpan } from '../documents/content.ts';
import { longDate, shortDate } from '../documents/dates.ts';
import { renderStaffMail } from '../documents/staff-mail.ts';
import { approvalUrgency } from '../domain/approval-urgency.ts';
import { formatDays, ONE_DAY } from '../domain/days.ts';
import type { Role } from '../domain/policy.ts';
import { dateInZone, type SchoolDate } from '../domain/school-date.ts';
import { APPROVAL } from '../store/approvals.ts';
import type { KillSwitch } from '../store/kill-switch.ts';
import { openTasksForMail, type TaskForMail } from '../store/open-tasks.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import { APPROVE_BATCH } from './batch-task.ts';
import type { Letterbox } from './letterbox.ts';
import { askForOutcomes } from './meeting-tasks.ts';
import { type Moment, modeOf, type Procedure } from './procedure.ts';
import { remindOfHolds } from './remind-holds.ts';
import { queueStaffMessage } from './staff-message.ts';
import { keepsStepWaiting, taskInWords } from './task-words.ts';
import { KILL_SWITCH, tellOfKillSwitch } from './tell-of-kill-switch.ts';

/**
 * One mail per member of staff and school day with the open tasks, the nearest deadline first. Nobody with nothing
 * to do gets one. Owners of holds that end soon are reminded first. A task whose role nobody has at the school goes to the district's people, then to the administrators.
 * @returns how many mails were composed now.
 */
export async function composeDigests(
  letterbox: Letterbox,
  procedure: Procedure,
  moment: Moment,
): Promise<number> {
  if (!procedure.calendarOf(null).isSchoolDay(moment.today)) return 0;
  const roleOf = (email: string) => staffMember(letterbox, email)?.role ?? null;
  await remindOfHolds(letterbox.db, procedure, roleOf, moment);
  await askForOutcomes(letterbox.db, procedure, moment);
  const stop = await tellOfKillSwitch(letterbox.db, procedure, moment);
  const boxes = new Map<string, { name: string; email: string; tasks: TaskForMail[] }>();
  for (const task of await openTasksForMail(letterbox.db)) {
    if (!mayBeTold(task, procedure)) continue;
    for (const person of peopleFor(letterbox, task)) {
      const box = boxes.get(person.email.toLowerCase()) ?? {
        name: person.name,
        email: person.email,
        tasks: [],
      };
      box.tasks.push(task);
      boxes.set(person.email.toLowerCase(), box);
    }
  }
  let composed = 0;
  for (const [address, box] of boxes) {
    const key = `digest:${moment.today}:${createHash('sha256').update(address).digest('hex').slice(0, 24)}`;
    if (await hasStaffMail(letterbox.db, key)) continue;
    const ref = newMailReference();
    const rendered = renderStaffMail(
      letterbox.templates,
      'digest',
      {
        date: longDate(moment.today, 'en'),
        'person.name': box.name,
        'tasks.count': String(box.tasks.length),
      },
      {
        tasks: [
          ...(stop === null ? [] : [stopBlock(stop, procedure)]),
          ...box.tasks.flatMap((task) => taskBlocks(task, moment.today)),
        ],
      },
      { district: letterbox.config.district.name, reference: ref },
    );
    const studentIds = box.tasks.flatMap((task) => task.student?.id ?? []);
    const queued = await letterbox.db
      .transaction()
      .execute((tx) =>
        queueStaffMessage(tx, letterbox, { kind: 'digest', ref, key, to: box, rendered, studentIds }, moment),
      );
    if (queued !== null) composed += 1;
  }
  return composed;
}

/**
 * Nothing leaves for a school in shadow mode, not even what was asked before. The IT contact keeps it running, and a
 * batch is of letters that are to leave, of whatever school, as a stop of all sending is.
 */
function mayBeTold(task: TaskForMail, { modes }: Procedure): boolean {
  return (
    task.role === 'it-contact' ||
    task.kind === APPROVE_BATCH ||
    task.kind === KILL_SWITCH ||
    modeOf(modes, task.schoolSourcedId) !== 'shadow'
  );
}

function peopleFor(letterbox: Letterbox, task: TaskForMail): readonly { name: string; email: string }[] {
  const { config } = letterbox;
  const person = task.person === null ? undefined : staffMember(letterbox, task.person);
  if (person !== undefined) return [person];
  for (const role of [task.role as Role, 'administrator', 'supervisor'] as const) {
    const people = config.staffFor(role, task.schoolSourcedId);
    if (people.length > 0) return people;
  }
  return config.staff.slice(0, 1);
}

function staffMember({ config }: Letterbox, email: string) {
  return config.staff.find((one) => one.email.toLowerCase() === email.toLowerCase());
}

/** Whoever wonders why a letter has not left reads it in the same mail. */
function stopBlock({ at }: KillSwitch, { timeZone }: Procedure): Block {
  const since = longDate(dateInZone(at, timeZone), 'en');
  const text = `Sending is stopped since ${since}: no letter and no packet leaves until a person resumes it.`;
  return { kind: 'paragraph', spans: [plainSpan(text)] };
}

function taskBlocks(task: TaskForMail, today: SchoolDate): Block[] {
  const words = taskInWords(task);
  const heading: Block = {
    kind: 'heading',
    level: 2,
    spans: [plainSpan(`${words.title}: ${dueInWords(task, today)}`)],
  };
  const items = lines(task, words.ask, today).map((line) => [plainSpan(line)]);
  return [heading, { kind: 'list', ordered: false, items }];
}

function dueInWords(task: TaskForMail, today: SchoolDate): string {
  const urgency = task.kind === APPROVAL ? approvalUrgency(task, today) : 'in-time';
  if (urgency === 'overdue-by-law') return 'overdue by law';
  if (urgency === 'approve-today') return 'approve today';
  const date = shortDate(task.dueOn, 'en');
  return task.dueOn < today ? `overdue since ${date}` : `due ${date}`;
}

/** The law gives a day to the letter or the file, not to a meeting that goes with it. */
function lawInWords({ kind, deadline }: TaskForMail, today: SchoolDate): string[] {
  if (deadline === null || !keepsStepWaiting(kind)) return [];
  const date = shortDate(deadline, 'en');
  if (deadline < today) return [`The law wanted it out by ${date}: it is overdue.`];
  return [deadline === today ? 'The law wants it out today.' : `The law wants it out by ${date}.`];
}

function lines(task: TaskForMail, ask: string, today: SchoolDate): string[] {
  const { student } = task;
  const about =
    student === null
      ? []
      : [
          `${student.givenName} ${student.familyName}${student.grade === null ? '' : `, grade ${student.grade}`}${task.schoolName === null ? '' : `, ${task.schoolName}`}`,
          `Absent ${student.total} days this school year: ${student.days.map(dayInWords).join('; ') || 'none counted now'}`,
          ...student.guardians.map(
            (guardian) =>
              `${guardian.name}: ${guardian.phone ?? 'no phone number'}${guardian.language === null ? '' : `, language ${guardian.language}`}`,
          ),
        ];
  return [ask, ...lawInWords(task, today), ...about, `Reference ${task.ref}`];
}

function dayInWords(day: TaskForMailDay): string {
  const date = shortDate(day.date, 'en');
  return day.fraction >= ONE_DAY ? date : `${date} (${formatDays(day.fraction)})`;
}

type TaskForMailDay = NonNullable<TaskForMail['student']>['days'][number];
