import { personAlias } from '../../domain/person-alias.ts';
import type {
  DemographicsRecord,
  EnrolmentRecord,
  GuardianLinkRecord,
  GuardianRecord,
  PostalAddress,
  SchoolRecord,
  SessionRecord,
  StudentRecord,
} from '../../domain/sis-records.ts';
import { readOrNull } from '../shape.ts';
import { isEmptied, isRemoved } from './deletable.ts';
import type { FieldDoubt, RowReader } from './read-rows.ts';
import { type Careful, isRow, lookUp } from './wire-fields.ts';
import {
  academicSessionSchema,
  demographicsSchema,
  guardianSchema,
  orgSchema,
  rolesSchema,
  studentSchema,
  type WireAcademicSession,
  type WireDemographics,
  type WireGuardian,
  type WireOrg,
  type WireRoles,
  type WireStudent,
} from './wire-schemas.ts';

type Row = Readonly<Record<string, unknown>>;

/** Names under which this server keeps what OneRoster has no field for. */
export interface GuardianMetadataNames {
  readonly language: string;
  readonly mailAllowed: string;
  readonly noContact: string;
  readonly addressPrivate: string;
  readonly wantsPaper: string;
  readonly relationships: string;
}

/** Orgs of another type than school are none of ours, and one that was removed and emptied is as good as missing. */
export const schoolReader: RowReader<WireOrg, SchoolRecord> = {
  schema: orgSchema,
  concerns: (row) =>
    (typeof row.type !== 'string' || ['', 'school'].includes(row.type.trim().toLowerCase())) &&
    !isEmptied(row, orgSchema),
  map: (org) => ({
    sourcedId: org.sourcedId,
    active: org.status,
    name: org.name,
    number: org.identifier,
  }),
};

const SESSION_TYPES = ['schoolYear', 'semester', 'term', 'gradingPeriod'] as const;

export const sessionReader: RowReader<WireAcademicSession, SessionRecord> = {
  schema: academicSessionSchema,
  concerns: (row) => !isEmptied(row, academicSessionSchema),
  map: (session) => ({
    sourcedId: session.sourcedId,
    active: session.status,
    title: session.title ?? '',
    type: SESSION_TYPES.find((known) => known.toLowerCase() === session.type) ?? 'other',
    begins: session.startDate,
    ends: session.endDate,
    schoolYear: session.schoolYear ?? String(Number(session.startDate.slice(0, 4)) + 1),
  }),
};

/**
 * @param flagFields names (or dotted paths) of fields that can mean a hold, in the metadata or in the user itself
 * @param idTypes further `type`s of `userIds` that name one person, beside those that everybody uses
 */
export function studentReader(
  flagFields: readonly string[],
  idTypes: readonly string[] = [],
): RowReader<WireStudent, StudentRecord> {
  const flagged = flagFields.length > 0;
  return {
    schema: studentSchema,
    ...(flagged && { arrange: (row: Row) => ({ ...row, flags: flagsOf(row, flagFields) }) }),
    map: (student) => ({
      sourcedId: student.sourcedId,
      active: student.status,
      givenName: student.givenName,
      familyName: student.familyName,
      grade: student.grades,
      number: student.identifier,
      email: student.email,
      aliases: aliasesOf(student, student.metadata.legacySourcedId, idTypes),
      enrolments: enrolmentsOf(student),
      flags: flagged ? student.flags.told : {},
      guardianSourcedIds: student.agents,
    }),
    doubtsIn: ({ flags }) => (flagged ? flags.doubts : []),
  };
}

function flagsOf(row: Row, fields: readonly string[]): Row {
  const metadata = isRow(row.metadata) ? row.metadata : {};
  return Object.fromEntries(fields.map((name) => [name, lookUp(metadata, name) ?? lookUp(row, name)]));
}

const OTHER_ROLES: ReadonlySet<string> = new Set([
  'aide',
  'administrator',
  'counselor',
  'districtadministrator',
  'principal',
  'proctor',
  'siteadministrator',
  'student',
  'systemadministrator',
  'teacher',
]);

/**
 * A user who is neither guardian, parent nor relative is none of ours.
 * @param notes counts users whose only roles are unknown ones, whom nobody may take for guardians
 */
export function guardianReader(
  names: GuardianMetadataNames,
  notes: Record<string, number> = {},
): RowReader<WireGuardian, GuardianRecord> {
  return {
    schema: guardianSchema,
    concerns: (row) => {
      const read = readOrNull(rolesSchema, row);
      if (read === null || guardianRole(read) !== null) return true;
      const told = [...read.roles.map(({ role }) => role), read.role].filter((role) => role !== null);
      // Of a removed user some servers keep the id alone; whether it was a guardian's is told by the guardians we know.
      if (told.length === 0 && isRemoved(row)) return true;
      const unknown = !told.some((role) => OTHER_ROLES.has(role) || role.startsWith('ext:'));
      if (unknown) notes.usersOfUnknownRole = (notes.usersOfUnknownRole ?? 0) + 1;
      return false;
    },
    arrange: (row) => ({ ...row, metadata: extrasOf(row, names) }),
    map: (user) => {
      const { metadata } = user;
      return {
        sourcedId: user.sourcedId,
        active: user.status,
        role: guardianRole(user) ?? 'other',
        givenName: user.givenName,
        familyName: user.familyName,
        email: user.email,
        phone: user.phone ?? user.sms,
        language: metadata.language?.replaceAll('_', '-').toLowerCase() ?? null,
        address: null,
        addressPrivate: metadata.addressPrivate.told,
        mailAllowed: metadata.mailAllowed.told,
        noContact: metadata.noContact.told,
        wantsPaper: metadata.wantsPaper.told,
        aliases: aliasesOf(user, metadata.legacySourcedId),
        links: linksOf(user),
      };
    },
    doubtsIn: ({ metadata }) => [
      ...(['mailAllowed', 'noContact', 'addressPrivate', 'wantsPaper'] as const).flatMap((name) =>
        doubtIn(`metadata.${name}`, metadata[name]),
      ),
      ...metadata.relationships.flatMap(({ guardian }, index) =>
        doubtIn(`metadata.relationships.${index}.guardian`, guardian),
      ),
    ],
  };
}

function doubtIn(field: string, { doubt }: Careful<unknown>): FieldDoubt[] {
  return doubt === null ? [] : [{ field, ...doubt }];
}

const DEMOGRAPHIC_EXTRAS = ['ic_address', 'ic_cellPhone', 'ic_homePhone'] as const;

export const demographicsReader: RowReader<WireDemographics, DemographicsRecord> = {
  schema: demographicsSchema,
  arrange: (row) => {
    const metadata = isRow(row.metadata) ? row.metadata : {};
    const arranged: Record<string, unknown> = { ...row };
    for (const name of DEMOGRAPHIC_EXTRAS) arranged[name] = lookUp(row, name) ?? lookUp(metadata, name);
    return arranged;
  },
  map: (person) => ({
    sourcedId: person.sourcedId,
    birthDate: person.birthDate ?? person.birthdate,
    address: addressOf(person.ic_address),
    phone: person.ic_cellPhone ?? person.ic_homePhone,
  }),
};

const LEGACY_ID = ['legacySourcedId', 'ic.legacySourcedId'] as const;

/** From the metadata, else from the user itself. */
function extrasOf(row: Row, names: GuardianMetadataNames): Row {
  const metadata = isRow(row.metadata) ? row.metadata : {};
  const extras: Record<string, unknown> = {};
  for (const [ours, theirs] of Object.entries(names)) {
    extras[ours] = lookUp(metadata, theirs) ?? lookUp(row, theirs);
  }
  const [ours, theirs] = LEGACY_ID;
  extras[ours] = lookUp(metadata, theirs);
  return extras;
}

interface Identified {
  readonly sourcedId: string;
  readonly identifier: string | null;
  readonly userIds: readonly { readonly type: string | null; readonly identifier: string | null }[];
}

/** `s204`, `g17`: Infinite Campus' ids in OneRoster 1.1 are a letter and the number of the person. */
const PERSON_ID = /^[a-z](\d{1,12})$/;

/**
 * Types of `userIds` that name one person for good, without case, blanks and hyphens. Others name a household, an
 * account or whatever a vendor keeps there: taken for a person's own, they would make one child of two.
 */
const PERSON_ID_TYPES: ReadonlySet<string> = new Set([
  'personid',
  'personguid',
  'sisid',
  'sispersonid',
  'studentid',
  'studentnumber',
  'localstudentid',
  'stateid',
  'stateidentifier',
  'statestudentid',
  'statestudentnumber',
  'studentstateid',
  'studentuniqueid',
  'ssid',
  'sasid',
]);

const asType = (type: string) => type.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Infinite Campus' older id and the numbers that other systems use. */
function aliasesOf(
  person: Identified,
  legacySourcedId: string | null,
  idTypes: readonly string[] = [],
): string[] {
  const ids = [person.sourcedId, ...(legacySourcedId === null ? [] : [legacySourcedId])];
  const personIds = ids.flatMap((id) => {
    const digits = PERSON_ID.exec(id)?.[1];
    return digits === undefined ? [] : [personAlias('person-id', digits)];
  });
  const further = new Set(idTypes.map(asType));
  const userIds = person.userIds.flatMap(({ type, identifier }) => {
    if (type === null || identifier === null) return [];
    // Two records that were made one name the id of the one that has ended.
    if (/sourcedid$/i.test(type)) return [identifier];
    const known = asType(type);
    return PERSON_ID_TYPES.has(known) || further.has(known) ? [personAlias(type, identifier)] : [];
  });
  const number = person.identifier === null ? [] : [personAlias('number', person.identifier)];
  return [...new Set([...ids.slice(1), ...personIds, ...userIds, ...number])].filter(
    (alias) => alias !== person.sourcedId,
  );
}

/** Class enrolments say nothing of schools: membership comes from the roles, else the primary org, else the orgs. */
function enrolmentsOf(student: WireStudent): EnrolmentRecord[] {
  const roles = student.roles.flatMap((role): EnrolmentRecord[] => {
    if (role.org === null || role.role !== 'student') return [];
    const primary = role.roleType !== 'secondary';
    return [{ schoolSourcedId: role.org, primary, begins: role.beginDate, ends: role.endDate }];
  });
  if (roles.length > 0) return roles;
  const schools = student.primaryOrg === null ? student.orgs : [student.primaryOrg];
  return schools.map((schoolSourcedId, index) => ({
    schoolSourcedId,
    primary: index === 0,
    begins: null,
    ends: null,
  }));
}

/** The role that says most: parent or guardian before relative. */
function guardianRole(user: WireRoles): GuardianRecord['role'] | null {
  const roles = [...user.roles.map((role) => role.role), user.role];
  return (['parent', 'guardian', 'relative'] as const).find((known) => roles.includes(known)) ?? null;
}

function linksOf(user: WireGuardian): GuardianLinkRecord[] {
  const told = user.metadata.relationships.flatMap((link): GuardianLinkRecord[] => {
    if (link.sourcedId === null) return [];
    return [
      {
        studentSourcedId: link.sourcedId,
        relationship: link.relationshipType,
        guardian: link.guardian.told,
      },
    ];
  });
  const known = new Set(told.map((link) => link.studentSourcedId));
  const others = user.agents.filter((id) => !known.has(id));
  return [
    ...told,
    ...others.map((studentSourcedId) => ({ studentSourcedId, relationship: null, guardian: null })),
  ];
}

function addressOf(address: WireDemographics['ic_address']): PostalAddress | null {
  const lines = [address.addressLine1, address.addressLine2].filter((line) => line !== null);
  const postalCode = address.zip ?? address.postalCode;
  if (lines.length === 0 || address.city === null || postalCode === null) return null;
  return { lines, city: address.city, state: address.state ?? '', postalCode };
}
