import { addDays, schoolDate } from '../../domain/school-date.ts';
import { lateCodeKnownOn } from './absences/scripted.ts';
import { studentYear } from './absences/student-year.ts';
import { buildCodes } from './codes.ts';
import { buildGuardians } from './guardians.ts';
import { decideMembership } from './membership.ts';
import type { District, DistrictCalendar, DistrictOptions, History, Session } from './model.ts';
import { officeTime } from './office-time.ts';
import { buildChildren } from './people.ts';
import { randomOf } from './random.ts';
import { schoolYearCalendar } from './school-year.ts';
import { buildSchools } from './schools.ts';
import { buildStaff } from './staff.ts';
import { termDays } from './term-days.ts';

/**
 * The whole school year of an invented district. The same options give the same district on every machine, and more
 * students change nothing about those that were there before.
 * @throws RangeError without a school or with a negative number of students.
 */
export function buildDistrict(options: DistrictOptions): District {
  if (options.schools < 1 || options.students < 0) {
    throw new RangeError(
      'a simulated district needs at least one school, and no negative number of students',
    );
  }
  const calendar = schoolYearCalendar(options.schoolYear);
  const days = termDays(calendar, officeTime(options.timeZone));
  const schools = buildSchools(options);
  const pupils = buildChildren(options, schools).map((child) => ({
    child,
    membership: decideMembership(child, days),
  }));
  const lateCodeFrom = days.at(days.date(lateCodeKnownOn), 14 * 60);
  return {
    options,
    sourcedId: randomOf(options.seed, 'district').uuid(),
    name: 'Cedar Valley School District',
    calendar,
    sessions: buildSessions(options, calendar),
    schools,
    staff: buildStaff(options, schools),
    students: bySourcedId(pupils.map(({ membership }) => membership.history)),
    guardians: bySourcedId(buildGuardians(options, pupils, days)),
    codes: bySourcedId(buildCodes(options, schools, lateCodeFrom)),
    absences: bySourcedId(
      pupils.flatMap(({ child, membership }) => studentYear(options, calendar, child, membership, days)),
    ),
  };
}

/** In the order in which OneRoster servers give them out. */
function bySourcedId<T>(histories: readonly History<T>[]): History<T>[] {
  return [...histories].sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1));
}

function buildSessions(options: DistrictOptions, calendar: DistrictCalendar): Session[] {
  const random = randomOf(options.seed, 'sessions', options.schoolYear);
  const startYear = options.schoolYear - 1;
  const yearId = random.uuid();
  const halfTime = schoolDate(`${options.schoolYear}-01-15`);
  const year = { schoolYear: String(options.schoolYear), parent: null };
  return [
    {
      sourcedId: random.uuid(),
      title: `${startYear - 1}-${String(startYear).slice(2)}`,
      type: 'schoolYear',
      startDate: schoolDate(`${startYear - 1}-08-01`),
      endDate: schoolDate(`${startYear}-07-01`),
      schoolYear: String(startYear),
      parent: null,
    },
    {
      ...year,
      sourcedId: yearId,
      title: `${startYear}-${String(options.schoolYear).slice(2)}`,
      type: 'schoolYear',
      startDate: schoolDate(`${startYear}-08-01`),
      endDate: schoolDate(`${options.schoolYear}-07-01`),
    },
    {
      ...year,
      parent: yearId,
      sourcedId: random.uuid(),
      title: 'Semester 1',
      type: 'term',
      startDate: calendar.firstDay,
      endDate: halfTime,
    },
    {
      ...year,
      parent: yearId,
      sourcedId: random.uuid(),
      title: 'Semester 2',
      type: 'term',
      startDate: halfTime,
      endDate: addDays(calendar.lastDay, 1),
    },
  ];
}
