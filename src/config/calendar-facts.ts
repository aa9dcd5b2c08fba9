import type { CalendarFacts, DayLimits } from '../domain/calendar.ts';
import { holidayDates } from '../domain/holidays.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import type { CalendarFile } from './calendar-schema.ts';
import type { IcsCalendar } from './ics-calendar.ts';

/** What stands in the YAML file, and in the iCalendar file that it names. */
export interface CalendarSource {
  readonly file: CalendarFile;
  /** null: it names none. */
  readonly ics: IcsCalendar | null;
}

/** A school year of the SIS. */
export interface SisYear {
  readonly begins: SchoolDate;
  /** Exclusive. */
  readonly ends: SchoolDate;
  /** Its other academic sessions; not set: none are known. */
  readonly sessions?: readonly SisSession[];
}

export interface SisSession {
  readonly type: string;
  readonly title: string;
  readonly begins: SchoolDate;
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const SCHOOL_WEEK = WEEKDAYS.slice(0, 5);

/**
 * The school days that the configuration sets for one school year. A school's own weekdays, first and last day, terms
 * and limits of early release replace the district's; everything else adds to them.
 */
export function calendarFacts(
  district: CalendarSource,
  school: CalendarSource | null,
  schoolYear: SisYear,
): CalendarFacts {
  const sources = school === null ? [district] : [district, school];
  const files = sources.map((source) => source.file);
  const year = { firstDay: schoolYear.begins, lastDay: addDays(schoolYear.ends, -1) };
  const own = <Key extends keyof CalendarFile>(key: Key) => school?.file[key] ?? district.file[key];
  const fromIcs = sources.flatMap(({ ics }) => (ics === null ? [] : [ics.days(year.firstDay, year.lastDay)]));
  const limits = earlyReleaseLimits(files);
  const earlyRelease = [
    ...files.flatMap((file) => file.earlyRelease?.days ?? []),
    ...fromIcs.flatMap((days) => days.earlyRelease),
  ];
  return {
    firstDay: within(own('firstDay'), year) ?? year.firstDay,
    lastDay: within(own('lastDay'), year) ?? year.lastDay,
    weekdays: (own('weekdays') ?? SCHOOL_WEEK).map(numberOf),
    closures: [
      ...files
        .flatMap((file) => file.closures ?? [])
        .map((one) => (typeof one === 'string' ? oneDay(one) : { from: one.from, to: one.to })),
      ...fromIcs.flatMap((days) => days.closed).map(oneDay),
    ],
    makeUpDays: [
      ...files.flatMap((file) => file.makeUpDays ?? []),
      ...fromIcs.flatMap((days) => days.makeUp),
    ],
    weekdayRules: files
      .flatMap((file) => file.weekdayRules ?? [])
      .map((rule) => ({ ...rule, weekdays: rule.weekdays.map(numberOf) })),
    holidays: files
      .flatMap((file) => file.holidays ?? [])
      .flatMap((holiday) => holidayDates(holiday, year.firstDay, year.lastDay)),
    terms: termsWithin(schoolYear, termsOf(school?.file, schoolYear) ?? termsOf(district.file, schoolYear)),
    earlyRelease: earlyRelease.map((date) => ({ date, limits })),
  };
}

function numberOf(day: string): number {
  return WEEKDAYS.indexOf(day) + 1;
}

function oneDay(date: SchoolDate): CalendarFacts['closures'][number] {
  return { from: date, to: date };
}

/** A first or last day that was left over from another school year does not apply to this one. */
function within(
  date: SchoolDate | undefined,
  year: Pick<CalendarFacts, 'firstDay' | 'lastDay'>,
): SchoolDate | undefined {
  return date !== undefined && year.firstDay <= date && date <= year.lastDay ? date : undefined;
}

/** The limits of a school hold on every day of early release there, whoever has named the day. */
function earlyReleaseLimits(files: readonly CalendarFile[]): DayLimits | null {
  const rules = files
    .map((file) => file.earlyRelease)
    .findLast((rule) => rule?.wholeDayMinutes !== undefined);
  if (rules?.wholeDayMinutes === undefined || rules.halfDayMinutes === undefined) return null;
  const { wholeDayMinutes, halfDayMinutes, periods = null } = rules;
  return { wholeDayMinutes, halfDayMinutes, periods };
}

function termsOf(file: CalendarFile | undefined, { sessions = [] }: SisYear): CalendarFacts['terms'] | null {
  if (file?.terms !== undefined) return file.terms.map(({ name, from }) => ({ name, begins: from }));
  if (file?.termsFromSis === undefined) return null;
  // Infinite Campus has a session for each calendar of a school: those of one title are one term, from the first day on.
  const first = new Map<string, SchoolDate>();
  for (const { type, title, begins } of sessions) {
    const known = first.get(title);
    if (type === file.termsFromSis && (known === undefined || begins < known)) first.set(title, begins);
  }
  const terms = [...first].map(([name, begins]) => ({ name, begins }));
  return terms.sort((a, b) =>
    a.begins < b.begins ? -1 : a.begins > b.begins ? 1 : a.name < b.name ? -1 : 1,
  );
}

/**
 * Terms of another school year do not apply to this one. The first may begin some days before the year of the SIS does.
 */
function termsWithin(year: SisYear, terms: CalendarFacts['terms'] | null): CalendarFacts['terms'] {
  const begun = (terms ?? []).filter(({ begins }) => begins < year.ends);
  const here = begun.filter(({ begins }) => begins >= year.begins);
  const before = begun.filter(({ begins }) => begins < year.begins).slice(-1);
  return here.length === 0 ? [] : [...before, ...here];
}
