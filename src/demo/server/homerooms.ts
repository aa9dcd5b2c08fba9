import type { District, StudentFacts, Version } from '../district/model.ts';
import type { Addresses } from './wire.ts';
import type { WireRow } from './wire-row.ts';

/** One course per school and one homeroom per grade: the least that gives enrollments a class to point to. */
export function homerooms(district: District, addresses: Addresses) {
  const summer = new Date(Date.UTC(district.options.schoolYear - 1, 6, 1)).toISOString();
  const unchanging = { status: 'active', dateLastModified: summer };
  const reference = (type: string, collection: string, sourcedId: string) => ({
    href: `${addresses.rostering}/${collection}/${sourcedId}`,
    sourcedId,
    type,
  });
  const thisYear = district.sessions.filter(
    (session) => session.schoolYear === String(district.options.schoolYear),
  );
  const terms = thisYear.filter((session) => session.type === 'term');
  const year = thisYear.find((session) => session.type === 'schoolYear');
  const numbers = new Map(district.schools.map((school) => [school.sourcedId, school.number]));
  const classId = (school: string, grade: string) => `class-${numbers.get(school) ?? '000'}-${grade}`;

  const courses: WireRow[] = district.schools.map((school) => ({
    sourcedId: `course-${school.number}`,
    ...unchanging,
    title: 'Homeroom',
    ...(year === undefined
      ? {}
      : { schoolYear: reference('academicSession', 'academicSessions', year.sourcedId) }),
    courseCode: `HR-${school.number}`,
    grades: school.grades,
    org: reference('org', 'orgs', school.sourcedId),
  }));

  const classes: WireRow[] = district.schools.flatMap((school) =>
    school.grades.map((grade) => ({
      sourcedId: classId(school.sourcedId, grade),
      ...unchanging,
      title: `Homeroom ${grade}`,
      classCode: `HR-${school.number}-${grade}`,
      classType: 'homeroom',
      grades: [grade],
      course: reference('course', 'courses', `course-${school.number}`),
      school: reference('org', 'orgs', school.sourcedId),
      terms: terms.map((term) => reference('academicSession', 'academicSessions', term.sourcedId)),
    })),
  );

  function enrollmentsOf(version: Version<StudentFacts>): WireRow[] {
    const { enrolments, grade } = version.facts;
    return enrolments
      .filter((enrolment) => enrolment.primary)
      .map((enrolment, position) => ({
        sourcedId: `enr-${version.sourcedId}-${position + 1}`,
        status: version.state === 'tobedeleted' ? 'tobedeleted' : 'active',
        dateLastModified: new Date(version.knownAt).toISOString(),
        user: reference('user', 'users', version.sourcedId),
        class: reference('class', 'classes', classId(enrolment.school, grade)),
        school: reference('org', 'orgs', enrolment.school),
        role: 'student',
        beginDate: enrolment.begins,
        ...(enrolment.ends === null ? {} : { endDate: enrolment.ends }),
      }));
  }

  return { courses, classes, enrollmentsOf };
}
