import { counted } from '../domain/plain-words.ts';
import { addDays, type SchoolDate, weekday } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { type Figures, figuresNow, keptFigures, schoolNames, weekFigures } from '../store/week-figures.ts';
import { modeOf, type Procedure } from './procedure.ts';

/** One line of the summary. `before`: null where nothing was kept of the week before. */
export interface SummaryLine {
  readonly what: string;
  readonly now: number;
  readonly before: number | null;
}

export interface SummarySection {
  readonly title: string;
  readonly lines: readonly SummaryLine[];
}

export interface SchoolWeek {
  readonly schoolId: number;
  /** sourcedId. */
  readonly school: string;
  readonly name: string;
  readonly figures: Figures;
  readonly before: Figures;
  /** Whether what was open at the end of the week before is known. */
  readonly keptBefore: boolean;
}

/** The Monday of the week of a day. */
export function mondayOf(date: SchoolDate): SchoolDate {
  return addDays(date, 1 - weekday(date));
}

/** A week at each school that has left shadow mode, and the week before it. @param monday its first day */
export async function readWeek(
  db: Db,
  procedure: Procedure,
  monday: SchoolDate,
  today: SchoolDate,
): Promise<SchoolWeek[]> {
  const { timeZone } = procedure;
  const schoolYear = procedure.schoolYear.id;
  const of = (begins: SchoolDate) => ({ schoolYear, begins, ends: addDays(begins, 6), timeZone });
  const happened = await weekFigures(db, of(monday));
  const happenedBefore = await weekFigures(db, of(addDays(monday, -7)));
  const stands = await figuresNow(db, { schoolYear, today });
  const kept = await keptFigures(db, addDays(monday, -7));
  const schools = await schoolNames(db);
  return schools
    .filter(({ sourcedId }) => modeOf(procedure.modes, sourcedId) !== 'shadow')
    .map(({ id, sourcedId, name }) => ({
      schoolId: id,
      school: sourcedId,
      name,
      figures: { ...happened.get(id), ...stands.get(id) },
      before: { ...kept.get(id), ...happenedBefore.get(id) },
      keptBefore: kept.has(id),
    }));
}

/** The numbers of several schools together, in words. What was nothing in both weeks is left out. */
export function summaryOf(weeks: readonly SchoolWeek[], { policy }: Procedure): readonly SummarySection[] {
  const keptBefore = weeks.every((week) => week.keptBefore);
  const total = (side: 'figures' | 'before', name: string) =>
    weeks.reduce((sum, week) => sum + (week[side][name] ?? 0), 0);
  const line = (what: string, names: readonly string[], isState: boolean): SummaryLine => ({
    what,
    now: names.reduce((sum, name) => sum + total('figures', name), 0),
    before: isState && !keptBefore ? null : names.reduce((sum, name) => sum + total('before', name), 0),
  });
  const sections: readonly SummarySection[] = [
    {
      title: 'Steps reached',
      lines: policy.steps.map(({ id, title }) => line(title, [`crossed ${id}`], false)),
    },
    { title: 'Letters of the week', lines: LETTER_LINES.map(([what, ...names]) => line(what, names, false)) },
    { title: 'Families', lines: FAMILY_LINES.map(([what, ...names]) => line(what, names, false)) },
    { title: 'Open now', lines: OPEN_LINES.map(([what, ...names]) => line(what, names, true)) },
  ];
  return sections
    .map(({ title, lines }) => ({
      title,
      lines: lines.filter(({ now, before }) => now > 0 || (before ?? 0) > 0),
    }))
    .filter(({ lines }) => lines.length > 0);
}

/** How much of one school's week a list of schools shows. */
export function inOneLine({ figures }: SchoolWeek): string | null {
  const sum = (starts: string) =>
    Object.entries(figures).reduce((all, [name, number]) => all + (name.startsWith(starts) ? number : 0), 0);
  const left = (figures['letters email sent'] ?? 0) + (figures['letters paper posted'] ?? 0);
  const parts = [
    [sum('crossed '), 'step reached', 'steps reached'],
    [left, 'letter left', 'letters left'],
    [sum('came back '), 'came back', 'came back'],
    [figures['now uncertain'] ?? 0, 'uncertain', 'uncertain'],
    [figures['tasks overdue'] ?? 0, 'task overdue', 'tasks overdue'],
  ] as const;
  const told = parts
    .filter(([number]) => number > 0)
    .map(([number, one, many]) => counted(number, one, many));
  return told.length === 0 ? null : told.join(', ');
}

type Line = readonly [string, ...string[]];

const LETTER_LINES: readonly Line[] = [
  ['Sent by e-mail', 'letters email sent'],
  ['Posted', 'letters paper posted'],
  ['Printed, not posted yet', 'letters paper printed'],
  ['On their way', ...['planned', 'queued', 'claimed', 'transmitting'].flatMap(bothWays)],
  ['Held', ...bothWays('held')],
  ['Uncertain: nobody knows whether the mail server has them', ...bothWays('uncertain')],
  ['Cancelled before they left', ...bothWays('cancelled')],
  ['Came back by e-mail', 'came back e-mail'],
  ['Came back by post', 'came back post'],
];

const FAMILY_LINES: readonly Line[] = [
  ['Families reached', 'contacts true'],
  ['Other attempts to reach a family', 'contacts false'],
  ['Attendance files sent to the truancy officer', 'referrals delivered'],
];

const OPEN_LINES: readonly Line[] = [
  ['Tasks', 'tasks open'],
  ['Tasks overdue', 'tasks overdue'],
  ['Tasks put off', 'tasks put off'],
  ['Letters of unknown fate', 'now uncertain'],
  ['Letters held', 'now held'],
  ['Letters printed and not posted', 'now printed'],
  ['Families asked for medical notes', 'medical asked'],
  ['Medical notes on file', 'medical on-file'],
  ['Medical notes not given', 'medical not-given'],
  ['Attendance contracts in force', 'contracts running'],
  ['Attendance contracts violated', 'contracts violated'],
  ['Referrals that are not ready', 'referrals waiting'],
];

function bothWays(state: string): string[] {
  return [`letters email ${state}`, `letters paper ${state}`];
}
