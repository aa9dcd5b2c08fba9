import { type Block, heading, plainSpan, type Span } from '../documents/content.ts';
import { longDate, shortDate } from '../documents/dates.ts';
import { approvalUrgency } from '../domain/approval-urgency.ts';
import { formatDays, ONE_DAY } from '../domain/days.ts';
import { counted } from '../domain/plain-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { DueGroup } from '../domain/task-time.ts';
import { APPROVAL } from '../store/approvals.ts';
import type { TaskForMail } from '../store/open-tasks.ts';
import { keepsStepWaiting, taskInWords } from './task-words.ts';
import type { ToldTask } from './whose-tasks.ts';

export interface DigestFrame {
  readonly today: SchoolDate;
  /** So many tasks stand in full. */
  readonly longestList: number;
  /** Address of a task's page by its reference; null where no pages are served. */
  readonly links: ReadonlyMap<string, string> | null;
  /** Address of the list of all tasks; null where no pages are served. */
  readonly allTasks: string | null;
  /** In English. */
  languageName(language: string): string;
}

const GROUPS: readonly (readonly [DueGroup, string])[] = [
  ['overdue', 'Overdue'],
  ['today', 'Due today'],
  ['this-week', 'Due this week'],
  ['later', 'Due later'],
];

/** A list that nobody reads to its end helps nobody: what stands behind the longest list is one line each, or a link. */
export function digestBlocks(tasks: readonly ToldTask[], frame: DigestFrame): Block[] {
  const sorted = GROUPS.map(([group, title]) => ({
    title,
    tasks: tasks.filter((one) => one.group === group),
  }));
  let room = frame.longestList;
  const folded: ToldTask[] = [];
  const blocks: Block[] = [];
  for (const { title, tasks: all } of sorted) {
    const shown = all.slice(0, room);
    room -= shown.length;
    folded.push(...all.slice(shown.length));
    if (shown.length === 0) continue;
    blocks.push(heading(2, `${title}: ${all.length}`));
    blocks.push(...shown.flatMap((one) => taskBlocks(one, frame)));
  }
  return folded.length === 0 ? blocks : [...blocks, ...foldedBlocks(folded, frame)];
}

/** One task in full: who it is about, what is asked, by when, and where it is answered. */
function taskBlocks(told: ToldTask, frame: DigestFrame): Block[] {
  const { task } = told;
  const link = frame.links?.get(task.ref) ?? null;
  const { title, ask } = taskInWords(task, { pages: link !== null });
  const headline = `${title}: ${dueInWords(task, frame.today)}${told.reminder ? ' (reminder)' : ''}`;
  const items: Span[][] = [
    ...studentLines(task),
    ...marks(told).map((line) => [plainSpan(line)]),
    [plainSpan(ask)],
    ...lawInWords(task, frame.today).map((line) => [plainSpan(line)]),
    ...guardianLines(task, frame),
  ];
  const answer: Block = {
    kind: 'paragraph',
    spans: [
      ...(link === null ? [] : [{ ...plainSpan('Open this task'), bold: true, href: link }, plainSpan('\n')]),
      plainSpan(`Reference ${task.ref}`),
    ],
  };
  return [heading(3, headline), { kind: 'list', ordered: false, items }, answer];
}

function foldedBlocks(folded: readonly ToldTask[], { allTasks, today }: DigestFrame): Block[] {
  const top = heading(2, counted(folded.length, 'more task'));
  if (allTasks !== null) {
    const byTitle = new Map<string, number>();
    for (const { task } of folded) {
      const { title } = taskInWords(task);
      byTitle.set(title, (byTitle.get(title) ?? 0) + 1);
    }
    const items = [...byTitle].map(([title, count]) => [plainSpan(`${title}: ${count}`)]);
    const link = { ...plainSpan('Open the list of all tasks'), bold: true, href: allTasks };
    return [top, { kind: 'list', ordered: false, items }, { kind: 'paragraph', spans: [link] }];
  }
  const items = folded.map(({ task }) => {
    const { title } = taskInWords(task);
    const about = task.student === null ? '' : `, ${nameOf(task.student)}`;
    return [plainSpan(`${title}${about}: ${dueInWords(task, today)}. Reference ${task.ref}`)];
  });
  return [top, { kind: 'list', ordered: false, items }];
}

/** When a task has to be done, as a clause. */
function dueInWords(task: Pick<TaskForMail, 'kind' | 'dueOn' | 'deadline'>, today: SchoolDate): string {
  const urgency = task.kind === APPROVAL ? approvalUrgency(task, today) : 'in-time';
  if (urgency === 'overdue-by-law') return 'overdue by law';
  if (urgency === 'approve-today') return 'approve today';
  const date = shortDate(task.dueOn, 'en');
  if (task.dueOn === today) return `due today, ${date}`;
  return task.dueOn < today ? `overdue since ${date}` : `due ${date}`;
}

/** The law gives a day to the letter or the file, not to a meeting that goes with it. */
function lawInWords({ kind, deadline }: TaskForMail, today: SchoolDate): string[] {
  if (deadline === null || !keepsStepWaiting(kind)) return [];
  const date = shortDate(deadline, 'en');
  if (deadline < today) return [`The law wanted it out by ${date}: it is overdue.`];
  return [deadline === today ? 'The law wants it out today.' : `The law wants it out by ${date}.`];
}

/** What else there is to say of how the task came to this person. */
function marks({ task, reminder, fromBelow, insteadOf, escalated }: ToldTask): string[] {
  const since = `open since ${longDate(task.openedOn, 'en')}`;
  if (fromBelow) return [`Nobody has done this yet (${since}), so it comes to you as well.`];
  const told = escalated ? ' The supervisor is told as well.' : '';
  return [
    ...(insteadOf === null ? [] : [`You stand in for ${insteadOf}, who is away.`]),
    ...(reminder ? [`Reminder: ${since}.${told}`] : []),
  ];
}

const DAYS_LISTED = 15;

function studentLines({ student, schoolName }: TaskForMail): Span[][] {
  if (student === null) return [];
  const grade = student.grade === null ? '' : `, grade ${student.grade}`;
  const school = schoolName === null ? '' : `, ${schoolName}`;
  const about = [{ ...plainSpan(nameOf(student)), bold: true }, plainSpan(`${grade}${school}`)];
  // The latest are those that a family is asked about.
  const listed = student.days.slice(-DAYS_LISTED).map(dayInWords);
  const earlier = student.days.length - listed.length;
  const dates = `${earlier === 0 ? '' : `${earlier} earlier; `}${listed.join('; ') || 'none counted now'}`;
  const days = student.total === '1' ? 'day' : 'days';
  return [about, [plainSpan(`Absent ${student.total} ${days} this school year: ${dates}`)]];
}

function guardianLines({ student }: TaskForMail, { languageName }: DigestFrame): Span[][] {
  return (student?.guardians ?? []).map(({ name, phone, language }) => [
    plainSpan(`${name}: `),
    phone === null ? plainSpan('no phone number') : phoneSpan(phone),
    plainSpan(language === null ? '' : `, speaks ${languageName(language)}`),
  ]);
}

function phoneSpan(phone: string): Span {
  // What stands behind the number, such as an extension, is for the person who calls.
  const number = /^\s*\+?[\d\s().\-/]{7,}/.exec(phone)?.[0] ?? '';
  const digits = number.replace(/\D/g, '');
  if (digits.length < 7 || digits.length > 15) return plainSpan(phone);
  return { ...plainSpan(phone), href: `tel:${number.trim().startsWith('+') ? '+' : ''}${digits}` };
}

function nameOf({ givenName, familyName }: NonNullable<TaskForMail['student']>): string {
  return `${givenName} ${familyName}`;
}

function dayInWords(day: NonNullable<TaskForMail['student']>['days'][number]): string {
  const date = shortDate(day.date, 'en');
  return day.fraction >= ONE_DAY ? date : `${date} (${formatDays(day.fraction)})`;
}
