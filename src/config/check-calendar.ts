import { buildCalendar } from '../domain/calendar.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import { calendarFacts } from './calendar-facts.ts';
import type { CalendarFile } from './calendar-schema.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { DistrictFile } from './district-schema.ts';

/** Days that lie outside the school year or contradict each other. */
export function checkCalendars({ calendar, schools }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  const own = (schools ?? []).flatMap((school, index) => {
    const here: Place = (key, message) => at(['schools', index, 'calendar', ...key], message);
    return school.calendar === undefined ? [] : checkCalendar(school.calendar, calendar ?? {}, here);
  });
  const here: Place = (key, message) => at(['calendar', ...key], message);
  return calendar === undefined ? own : [...checkCalendar(calendar, {}, here), ...own];
}

/** @param above the district's calendar, where this one is a school's */
function checkCalendar(own: CalendarFile, above: CalendarFile, at: Place): ConfigProblem[] {
  const year = { firstDay: own.firstDay ?? above.firstDay, lastDay: own.lastDay ?? above.lastDay };
  const { firstDay, lastDay } = year;
  if (firstDay !== undefined && lastDay !== undefined && firstDay >= lastDay) {
    const name = own.lastDay === undefined ? 'firstDay' : 'lastDay';
    return [at([name], `found ${own[name]}, expected firstDay (${firstDay}) before lastDay (${lastDay})`)];
  }
  return [
    ...checkRanges(own, year, at),
    ...checkHolidays(own, at),
    ...checkEarlyRelease(own, above, year, at),
    ...checkTerms(own, year, at),
    ...checkIcs(own, above, at),
  ];
}

interface Year {
  readonly firstDay: SchoolDate | undefined;
  readonly lastDay: SchoolDate | undefined;
}

function checkRanges(own: CalendarFile, year: Year, at: Place): ConfigProblem[] {
  const days = (list: readonly SchoolDate[] = []) => list.map((day) => ({ from: day, to: day }));
  const lists = {
    closures: (own.closures ?? []).map((one) => (typeof one === 'string' ? { from: one, to: one } : one)),
    makeUpDays: days(own.makeUpDays),
    weekdayRules: own.weekdayRules ?? [],
  };
  return Object.entries(lists).flatMap(([name, list]) =>
    list.flatMap(({ from, to }, index) =>
      isOutside(from, to, year) ? [at([name, index], outsideWords(from, to, year))] : [],
    ),
  );
}

function isOutside(from: SchoolDate, to: SchoolDate, { firstDay, lastDay }: Year): boolean {
  return (firstDay !== undefined && to < firstDay) || (lastDay !== undefined && from > lastDay);
}

function outsideWords(from: SchoolDate, to: SchoolDate, { firstDay, lastDay }: Year): string {
  const found = from === to ? from : `${from} to ${to}`;
  return `found ${found}, expected a day from ${firstDay ?? 'the first'} to ${lastDay ?? 'the last school day'}`;
}

function checkHolidays({ holidays = [] }: CalendarFile, at: Place): ConfigProblem[] {
  return holidays.flatMap((name, index) =>
    holidays.indexOf(name) < index
      ? [at(['holidays', index], `found ${name} twice, expected each holiday once`)]
      : [],
  );
}

function checkEarlyRelease(own: CalendarFile, above: CalendarFile, year: Year, at: Place): ConfigProblem[] {
  const { earlyRelease: rule } = own;
  if (rule === undefined) return [];
  const { wholeDayMinutes: whole, halfDayMinutes: half } = rule;
  const problems: ConfigProblem[] = [];
  const here: Place = (key, message) => at(['earlyRelease', ...key], message);
  if (whole !== undefined && half === undefined) {
    problems.push(here(['wholeDayMinutes'], `found ${whole} alone, expected halfDayMinutes beside it`));
  } else if (half !== undefined && whole === undefined) {
    problems.push(here(['halfDayMinutes'], `found ${half} alone, expected wholeDayMinutes beside it`));
  } else if (whole !== undefined && half !== undefined && half >= whole) {
    problems.push(here(['halfDayMinutes'], `found ${half}, expected less than wholeDayMinutes (${whole})`));
  } else if (rule.periods !== undefined && whole === undefined) {
    const expected = 'wholeDayMinutes and halfDayMinutes beside it';
    problems.push(here(['periods'], `found ${rule.periods} alone, expected ${expected}`));
  }
  // What an iCalendar file adds is not known here: a day that it makes up for may well end early.
  const known = own.file === undefined && above.file === undefined;
  const days = rule.days.flatMap((day, index) => {
    if (isOutside(day, day, year)) return [here(['days', index], outsideWords(day, day, year))];
    const held = !known || isHeld(day, own, above);
    return held
      ? []
      : [here(['days', index], `found ${day}, on which no school is held, expected a school day`)];
  });
  return [...problems, ...days];
}

function isHeld(day: SchoolDate, own: CalendarFile, above: CalendarFile): boolean {
  const [district, school] = [above, own].map((file) => ({ file, ics: null }));
  if (district === undefined || school === undefined) return true;
  const thatDay = { begins: day, ends: addDays(day, 1) };
  return buildCalendar(calendarFacts(district, school, thatDay)).isSchoolDay(day);
}

function checkTerms({ terms = [], termsFromSis }: CalendarFile, year: Year, at: Place): ConfigProblem[] {
  if (terms.length > 0 && termsFromSis !== undefined) {
    return [at(['termsFromSis'], 'found beside `terms`, expected one of the two')];
  }
  const names = terms.map((term) => term.name);
  return terms.flatMap(({ name, from }, index) => {
    const here: Place = (key, message) => at(['terms', index, ...key], message);
    const before = terms[index - 1];
    if (names.indexOf(name) < index)
      return [here(['name'], `found "${name}" twice, expected each term once`)];
    if (before !== undefined && from <= before.from) {
      return [here(['from'], `found ${from}, expected a day after ${before.from} (of ${before.name})`)];
    }
    if (before === undefined && year.firstDay !== undefined && from > year.firstDay) {
      const why = 'every school day lies in a term';
      return [here(['from'], `found ${from}, expected ${year.firstDay} (firstDay) or earlier: ${why}`)];
    }
    if (before !== undefined && isOutside(from, from, year))
      return [here(['from'], outsideWords(from, from, year))];
    return [];
  });
}

function checkIcs(own: CalendarFile, above: CalendarFile, at: Place): ConfigProblem[] {
  if (own.icsWords === undefined || own.file !== undefined) return [];
  return above.file === undefined
    ? [at(['icsWords'], 'found without `file`, expected an iCalendar file beside it')]
    : [at(['icsWords'], 'found without `file`, expected it beside the district’s `file`, which it is for')];
}
