import type { SchoolDate } from '../domain/school-date.ts';
import type { CalendarFile } from './calendar-schema.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { DistrictFile } from './district-schema.ts';
import { clockGaps, scheduleProblem } from './schedule-problem.ts';
import { hintFor, suggest } from './suggest.ts';

/** What the schema cannot see: names that point to each other, and orders that must hold. */
export function checkDistrict(file: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  return [
    ...checkSchedule(file, at),
    ...checkCalendars(file, at),
    ...checkSchools(file, at),
    ...checkStaff(file, at),
    ...checkOfficer(file, at),
  ];
}

function checkSchedule({ district, schedule }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  if (district === undefined || schedule === undefined) return [];
  const gaps = clockGaps(district.timeZone);
  return Object.entries(schedule).flatMap(([name, line]) => {
    const problem = scheduleProblem(line, gaps);
    return problem === null ? [] : [at(['schedule', name], `found "${line}", ${problem}`)];
  });
}

function checkCalendars({ calendar, schools }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  const own = (schools ?? []).flatMap((school, index) =>
    school.calendar === undefined
      ? []
      : checkCalendar(school.calendar, calendar ?? {}, ['schools', index, 'calendar'], at),
  );
  return calendar === undefined ? own : [...checkCalendar(calendar, {}, ['calendar'], at), ...own];
}

/** @param above the district's calendar, where this one is a school's */
function checkCalendar(
  own: CalendarFile,
  above: CalendarFile,
  key: readonly PropertyKey[],
  at: Place,
): ConfigProblem[] {
  const firstDay = own.firstDay ?? above.firstDay;
  const lastDay = own.lastDay ?? above.lastDay;
  if (firstDay !== undefined && lastDay !== undefined && firstDay >= lastDay) {
    const name = own.lastDay === undefined ? 'firstDay' : 'lastDay';
    return [
      at([...key, name], `found ${own[name]}, expected firstDay (${firstDay}) before lastDay (${lastDay})`),
    ];
  }
  const isOutside = (from: SchoolDate, to: SchoolDate) =>
    (firstDay !== undefined && to < firstDay) || (lastDay !== undefined && from > lastDay);
  const expected = `expected a day from ${firstDay ?? 'the first'} to ${lastDay ?? 'the last school day'}`;
  const closures = (own.closures ?? []).flatMap((closure, index) => {
    const [from, to] = typeof closure === 'string' ? [closure, closure] : [closure.from, closure.to];
    const found = from === to ? from : `${from} to ${to}`;
    return isOutside(from, to) ? [at([...key, 'closures', index], `found ${found}, ${expected}`)] : [];
  });
  const makeUpDays = (own.makeUpDays ?? []).flatMap((day, index) =>
    isOutside(day, day) ? [at([...key, 'makeUpDays', index], `found ${day}, ${expected}`)] : [],
  );
  return [...closures, ...makeUpDays];
}

function checkSchools({ schools = [] }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  const ids = schools.map((school) => school.id);
  return ids.flatMap((id, index) =>
    ids.indexOf(id) < index
      ? [at(['schools', index, 'id'], `found "${id}" twice, expected each school once`)]
      : [],
  );
}

/** Without these two roles the first task of the procedure would reach nobody. */
const NEEDED_ROLES = ['attendance-clerk', 'administrator'] as const;

function checkStaff({ schools, staff }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  if (schools === undefined || staff === undefined) return [];
  const ids = schools.map((school) => school.id);
  const unknown = staff.flatMap((person, index) =>
    (person.schools === 'all' ? [] : person.schools).flatMap((id, position) =>
      ids.includes(id) ? [] : [at(['staff', index, 'schools', position], unknownSchool(id, ids))],
    ),
  );
  const missing = schools.flatMap((school, index) =>
    NEEDED_ROLES.filter(
      (role) => !staff.some((person) => person.role === role && serves(person.schools, school.id)),
    ).map((role) =>
      at(
        ['schools', index],
        `nobody in \`staff\` is ${role} at ${school.id} or for all schools, expected someone`,
      ),
    ),
  );
  return [...unknown, ...missing];
}

export function unknownSchool(id: string, ids: readonly string[]): string {
  return `found "${id}", expected the id of a school in district.yaml${hintFor(suggest(id, ids))}`;
}

function serves(schools: readonly string[] | 'all', id: string): boolean {
  return schools === 'all' || schools.includes(id);
}

function checkOfficer({ truancyOfficer }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  if (truancyOfficer === undefined) return [];
  const { delivery, folder } = truancyOfficer;
  if (delivery === 'folder' && folder === undefined) {
    return [
      at(
        ['truancyOfficer', 'folder'],
        'found nothing, expected a folder for the packets, since delivery is `folder`',
      ),
    ];
  }
  if (delivery === 'mail' && folder !== undefined) {
    return [at(['truancyOfficer', 'folder'], 'found a folder, expected none, since delivery is `mail`')];
  }
  return [];
}
