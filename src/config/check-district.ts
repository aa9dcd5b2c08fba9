import { checkCalendars } from './check-calendar.ts';
import { checkMail } from './check-mail.ts';
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
    ...checkMail(file, at),
    ...checkStaffMail(file, at),
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

function checkOfficer({ truancyOfficer, pages }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  if (truancyOfficer === undefined) return [];
  if (truancyOfficer.delivery === 'link' && pages === undefined) {
    const message = 'found `link`, expected `pages` to be set, since the officer fetches packets from there';
    return [at(['truancyOfficer', 'delivery'], message)];
  }
  const { delivery, folder } = truancyOfficer;
  if (delivery === 'folder' && folder === undefined) {
    return [
      at(
        ['truancyOfficer', 'folder'],
        'found nothing, expected a folder for the packets, since delivery is `folder`',
      ),
    ];
  }
  if (delivery !== 'folder' && folder !== undefined) {
    const why = delivery === undefined ? 'delivery is not `folder`' : `delivery is \`${delivery}\``;
    return [at(['truancyOfficer', 'folder'], `found a folder, expected none, since ${why}`)];
  }
  return [];
}

function checkStaffMail({ staffMail }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  if (staffMail === undefined || staffMail.remindAfterDays < staffMail.escalateAfterDays) return [];
  const found = `found ${staffMail.escalateAfterDays}, expected more than the ${staffMail.remindAfterDays} of remindAfterDays`;
  return [at(['staffMail', 'escalateAfterDays'], found)];
}
