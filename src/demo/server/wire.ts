import type { Role } from '../../domain/policy.ts';
import type {
  AbsenceFacts,
  CodeFacts,
  District,
  GuardianFacts,
  School,
  Session,
  StaffMember,
  StudentFacts,
  Version,
} from '../district/model.ts';
import { staffId } from '../district/staff.ts';
import type { Reference, WireRow } from './wire-row.ts';

/** Where the two services are found, for the references between entities. */
export interface Addresses {
  readonly rostering: string;
  readonly attendance: string;
}

/** Turns what the SIS knows into the shapes of OneRoster 1.2 and of the attendance service. */
export function createWire(district: District, addresses: Addresses) {
  const reference = (type: string, collection: string, sourcedId: string): Reference => ({
    href: `${addresses.rostering}/${collection}/${sourcedId}`,
    sourcedId,
    type,
  });
  const org = (sourcedId: string) => reference('org', 'orgs', sourcedId);
  const user = (sourcedId: string) => reference('user', 'users', sourcedId);
  const session = (sourcedId: string) => reference('academicSession', 'academicSessions', sourcedId);
  const summer = new Date(Date.UTC(district.options.schoolYear - 1, 6, 1)).toISOString();
  const unchanging = (sourcedId: string) => ({ sourcedId, status: 'active', dateLastModified: summer });
  const schoolYear = district.sessions.find(
    (some) => some.schoolYear === String(district.options.schoolYear),
  );

  return {
    districtOrg: (): WireRow => ({
      ...unchanging(district.sourcedId),
      name: district.name,
      type: 'district',
      children: district.schools.map((school) => org(school.sourcedId)),
    }),

    school: (school: School): WireRow => ({
      ...unchanging(school.sourcedId),
      name: school.name,
      type: 'school',
      identifier: school.number,
      parent: org(district.sourcedId),
    }),

    session: (some: Session): WireRow => {
      const children = district.sessions.filter((other) => other.parent === some.sourcedId);
      return {
        ...unchanging(some.sourcedId),
        title: some.title,
        startDate: some.startDate,
        endDate: some.endDate,
        type: some.type,
        schoolYear: some.schoolYear,
        ...(some.parent === null ? {} : { parent: session(some.parent) }),
        ...(children.length === 0 ? {} : { children: children.map((child) => session(child.sourcedId)) }),
      };
    },

    student: (version: Version<StudentFacts>): WireRow => {
      const { facts } = version;
      const primary = facts.enrolments.filter((enrolment) => enrolment.primary).at(-1);
      return {
        ...entity(version),
        metadata: { 'ic.legacySourcedId': `s${facts.personId}` },
        userIds: [
          { type: 'stateID', identifier: facts.stateId },
          ...(facts.formerIds ?? []).map((identifier) => ({ type: 'formerSourcedId', identifier })),
        ],
        identifier: facts.number,
        enabledUser: 'true',
        givenName: facts.givenName,
        familyName: facts.familyName,
        ...(facts.middleName === null ? {} : { middleName: facts.middleName }),
        ...(facts.preferredFirstName === null ? {} : { preferredFirstName: facts.preferredFirstName }),
        roles: facts.enrolments.map((enrolment) => ({
          roleType: enrolment.primary ? 'primary' : 'secondary',
          role: 'student',
          org: org(enrolment.school),
          beginDate: enrolment.begins,
          ...(enrolment.ends === null ? {} : { endDate: enrolment.ends }),
        })),
        ...(primary === undefined ? {} : { primaryOrg: org(primary.school) }),
        ...(facts.email === null ? {} : { email: facts.email }),
        agents: facts.guardians.map(user),
        grades: [facts.grade],
      };
    },

    guardian: (version: Version<GuardianFacts>): WireRow => {
      const { facts } = version;
      return {
        ...entity(version),
        metadata: {
          'ic.legacySourcedId': `g${facts.personId}`,
          communicationLanguage: facts.language,
          mailing: facts.mailing,
          noContact: facts.noContact,
          private: facts.private,
          wantsPaper: facts.wantsPaper,
          ic_relationships: facts.relationships.map((link) => ({
            sourcedId: link.student,
            guardian: link.guardian,
            relationshipType: link.type,
          })),
        },
        enabledUser: 'true',
        givenName: facts.givenName,
        familyName: facts.familyName,
        roles: [{ roleType: 'primary', role: facts.role, org: org(district.sourcedId) }],
        ...(facts.email === null ? {} : { email: facts.email }),
        ...(facts.phone === null ? {} : { phone: facts.phone }),
        agents: facts.relationships.map((link) => user(link.student)),
      };
    },

    staff: (member: StaffMember): WireRow => {
      const { name, email, phone, role, school } = member;
      const [familyName = '', ...given] = name.split(' ').reverse();
      return {
        ...unchanging(staffId(district.options, member)),
        enabledUser: 'true',
        givenName: given.reverse().join(' '),
        familyName,
        roles: [{ roleType: 'primary', role: ROLES[role] ?? role, org: org(school ?? district.sourcedId) }],
        email,
        phone,
      };
    },

    studentDemographics: (version: Version<StudentFacts>): WireRow => ({
      ...entity(version),
      birthDate: version.facts.birthDate,
    }),

    guardianDemographics: (version: Version<GuardianFacts>): WireRow => {
      const { address, phone } = version.facts;
      return {
        ...entity(version),
        metadata: {
          ...(address === null ? {} : { ic_address: address }),
          ...(phone === null ? {} : { ic_cellPhone: phone }),
        },
      };
    },

    code: (version: Version<CodeFacts>): WireRow => ({
      ...entity(version),
      title: version.facts.title,
      description: version.facts.description,
      attendanceStatus: version.facts.status,
      excuse: version.facts.excuse,
      school: org(version.facts.school),
      metadata: { stateCode: version.facts.excuse.slice(0, 1).toUpperCase() },
    }),

    absence: (version: Version<AbsenceFacts>): WireRow => {
      const { facts } = version;
      return {
        ...entity(version),
        student: user(facts.student),
        school: org(facts.school),
        academicSession: schoolYear === undefined ? null : session(schoolYear.sourcedId),
        date: facts.date,
        kind: facts.kind,
        period: facts.period,
        attendanceStatus: facts.status,
        excuse: facts.excuse,
        dayFraction: facts.dayFraction,
        minutesAbsent: facts.minutesAbsent,
        minutesScheduled: facts.minutesScheduled,
        code: {
          href: `${addresses.attendance}/attendanceCodes/${facts.code}`,
          sourcedId: facts.code,
          type: 'attendanceCode',
        },
        codeTitle: facts.codeTitle,
        comment: facts.comment,
        metadata: {},
      };
    },
  };
}

/** As OneRoster words them. */
const ROLES: Partial<Record<Role, string>> = {
  'attendance-clerk': 'aide',
  administrator: 'principal',
  supervisor: 'districtAdministrator',
  'it-contact': 'systemAdministrator',
};

export type Wire = ReturnType<typeof createWire>;

function entity(version: Version<unknown>) {
  return {
    sourcedId: version.sourcedId,
    status: version.state === 'tobedeleted' ? 'tobedeleted' : 'active',
    dateLastModified: new Date(version.knownAt).toISOString(),
  };
}
