import type { District, Version } from '../district/model.ts';
import type { SisState } from '../district/state-on.ts';
import { homerooms } from './homerooms.ts';
import type { Addresses, Wire } from './wire.ts';
import type { WireRow } from './wire-row.ts';

export interface Collection {
  /** Envelope key of a list, and of one entity. */
  readonly plural: string;
  readonly singular: string;
  readonly service: 'roster' | 'demographics' | 'attendance';
  /** Fields that a client may sort and filter by, and choose. */
  readonly fields: readonly string[];
}

const base = ['sourcedId', 'status', 'dateLastModified', 'metadata'];
const userFields = [
  ...base,
  'username',
  'userIds',
  'userMasterIdentifier',
  'identifier',
  'enabledUser',
  'givenName',
  'familyName',
  'middleName',
  'preferredFirstName',
  'preferredLastName',
  'pronouns',
  'roles',
  'primaryOrg',
  'email',
  'sms',
  'phone',
  'agents',
  'grades',
];
const users: Collection = { plural: 'users', singular: 'user', service: 'roster', fields: userFields };
const orgs: Collection = {
  plural: 'orgs',
  singular: 'org',
  service: 'roster',
  fields: [...base, 'name', 'type', 'identifier', 'parent', 'children'],
};
const sessions: Collection = {
  plural: 'academicSessions',
  singular: 'academicSession',
  service: 'roster',
  fields: [...base, 'title', 'startDate', 'endDate', 'type', 'schoolYear', 'parent', 'children'],
};

/** The collections of the standard, those that Infinite Campus adds, and the attendance service beside them. */
export const collections = {
  users,
  students: users,
  teachers: users,
  guardians: users,
  administrators: users,
  orgs,
  schools: orgs,
  districts: orgs,
  academicSessions: sessions,
  terms: sessions,
  gradingPeriods: sessions,
  demographics: {
    plural: 'demographics',
    singular: 'demographics',
    service: 'demographics',
    fields: [...base, 'birthDate', 'sex'],
  },
  courses: {
    plural: 'courses',
    singular: 'course',
    service: 'roster',
    fields: [...base, 'title', 'schoolYear', 'courseCode', 'grades', 'subjects', 'org'],
  },
  classes: {
    plural: 'classes',
    singular: 'class',
    service: 'roster',
    fields: [
      ...base,
      'title',
      'classCode',
      'classType',
      'grades',
      'subjects',
      'course',
      'school',
      'terms',
      'periods',
    ],
  },
  enrollments: {
    plural: 'enrollments',
    singular: 'enrollment',
    service: 'roster',
    fields: [...base, 'user', 'class', 'school', 'role', 'primary', 'beginDate', 'endDate'],
  },
  attendances: {
    plural: 'attendances',
    singular: 'attendance',
    service: 'attendance',
    fields: [
      ...base,
      'student',
      'school',
      'academicSession',
      'date',
      'kind',
      'period',
      'attendanceStatus',
      'excuse',
      'dayFraction',
      'minutesAbsent',
      'minutesScheduled',
      'code',
      'codeTitle',
      'comment',
    ],
  },
  attendanceCodes: {
    plural: 'attendanceCodes',
    singular: 'attendanceCode',
    service: 'attendance',
    fields: [...base, 'title', 'description', 'attendanceStatus', 'excuse', 'school'],
  },
} as const satisfies Readonly<Record<string, Collection>>;

export type CollectionName = keyof typeof collections;

export function isCollection(name: string): name is CollectionName {
  return Object.hasOwn(collections, name);
}

/** The rows of a collection by sourcedId. A version keeps its row, so that a day costs only what has changed. */
export function createRows(district: District, addresses: Addresses, wire: Wire) {
  const kept = new Map<(version: never) => WireRow, WeakMap<object, WireRow>>();
  function rowsOf<T>(versions: readonly Version<T>[], toRow: (version: Version<T>) => WireRow): WireRow[] {
    const rows = kept.get(toRow) ?? new WeakMap<object, WireRow>();
    kept.set(toRow, rows);
    return versions.map((version) => {
      const row = rows.get(version) ?? toRow(version);
      rows.set(version, row);
      return row;
    });
  }
  const ofType = (type: string) =>
    district.sessions.filter((session) => session.type === type).map(wire.session);
  const schools = district.schools.map(wire.school);
  // The officer is of another office.
  const staff = district.staff
    .filter(({ role }) => role !== 'truancy-officer')
    .map((member) => ({ role: member.role, row: wire.staff(member) }));
  const homeroom = homerooms(district, addresses);

  return function rows(name: CollectionName, state: SisState): readonly WireRow[] {
    switch (name) {
      case 'students':
        return rowsOf(state.students, wire.student);
      case 'guardians':
        return rowsOf(state.guardians, wire.guardian);
      case 'users':
        return bySourcedId([
          ...rowsOf(state.students, wire.student),
          ...rowsOf(state.guardians, wire.guardian),
          ...staff.map(({ row }) => row),
        ]);
      case 'demographics':
        return bySourcedId([
          ...rowsOf(state.students, wire.studentDemographics),
          ...rowsOf(state.guardians, wire.guardianDemographics),
        ]);
      case 'orgs':
        return bySourcedId([wire.districtOrg(), ...schools]);
      case 'schools':
        return bySourcedId(schools);
      case 'districts':
        return [wire.districtOrg()];
      case 'academicSessions':
        return bySourcedId(district.sessions.map(wire.session));
      case 'terms':
        return bySourcedId(ofType('term'));
      case 'courses':
        return bySourcedId(homeroom.courses);
      case 'classes':
        return bySourcedId(homeroom.classes);
      case 'enrollments':
        return bySourcedId(state.students.flatMap(homeroom.enrollmentsOf));
      case 'attendances':
        return rowsOf(state.absences, wire.absence);
      case 'attendanceCodes':
        return rowsOf(state.codes, wire.code);
      case 'administrators':
        return bySourcedId(
          staff.filter(({ role }) => role === 'administrator' || role === 'supervisor').map(({ row }) => row),
        );
      case 'teachers':
      case 'gradingPeriods':
        return [];
    }
  };
}

function bySourcedId(rows: readonly WireRow[]): WireRow[] {
  return [...rows].sort((a, b) => (String(a.sourcedId) < String(b.sourcedId) ? -1 : 1));
}
