import type { CalendarFacts } from '../domain/calendar.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import type { CalendarFile } from './calendar-schema.ts';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const SCHOOL_WEEK = WEEKDAYS.slice(0, 5);

/**
 * The school days that the configuration sets for one school year.
 * A school's own weekdays and first and last day replace the district's; its closures and make-up days add to them.
 * @param schoolYear as the SIS has it; `ends` is exclusive
 */
export function calendarFacts(
  district: CalendarFile,
  school: CalendarFile | undefined,
  schoolYear: { readonly begins: SchoolDate; readonly ends: SchoolDate },
): CalendarFacts {
  const year = { firstDay: schoolYear.begins, lastDay: addDays(schoolYear.ends, -1) };
  const weekdays = school?.weekdays ?? district.weekdays ?? SCHOOL_WEEK;
  const closures = [...(district.closures ?? []), ...(school?.closures ?? [])];
  return {
    firstDay: within(school?.firstDay ?? district.firstDay, year) ?? year.firstDay,
    lastDay: within(school?.lastDay ?? district.lastDay, year) ?? year.lastDay,
    weekdays: weekdays.map((day) => WEEKDAYS.indexOf(day) + 1),
    closures: closures.map((closure) =>
      typeof closure === 'string' ? { from: closure, to: closure } : { from: closure.from, to: closure.to },
    ),
    makeUpDays: [...(district.makeUpDays ?? []), ...(school?.makeUpDays ?? [])],
    weekdayRules: [],
    holidays: [],
    terms: [],
    earlyRelease: [],
  };
}

/** A first or last day that was left over from another school year does not apply to this one. */
function within(
  date: SchoolDate | undefined,
  year: Pick<CalendarFacts, 'firstDay' | 'lastDay'>,
): SchoolDate | undefined {
  return date !== undefined && year.firstDay <= date && date <= year.lastDay ? date : undefined;
}
