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
import { aliasesOf } from './aliases.ts';
import { doubtsIn, type FieldDoubt } from './careful.ts';
import { isEmptied, isRemoved } from './deletable.ts';
import type { RowReader } from './read-rows.ts';
import { isRow, lookUp } from './wire-fields.ts';
import {
  academicSessionSchema,
  demographicsSchema,
  guardianSchema,
  isNameless,
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
    number: org.identifier.told,
  }),
  doubtsIn,
};

const SESSION_TYPES = ['schoolYear', 'semester', 'term', 'gradingPeriod'] as const;

export const sessionReader: RowReader<WireAcademicSession, SessionRecord> = {
  schema: academicSessionSchema,
  concerns: (row) => !isEmptied(row, academicSessionSchema),
  map: (session) => ({
    sourcedId: session.sourcedId,
    active: session.status,
    title: session.title.told ?? '',
    type: SESSION_TYPES.find((known) => known.toLowerCase() === session.type) ?? 'other',
    begins: session.startDate,
    ends: session.endDate,
    schoolYear: session.schoolYear ?? String(Number(session.startDate.slice(0, 4)) + 1),
  }),
  doubtsIn,
};

/**
 * @param flagFields names (or dotted paths) of fields that can mean a hold, in the metadata or in the user itself
 * @param idTypes further `type`s of `userIds` that name one person, beside those that everybody uses
 */
export function studentReader(
  flagFields: readonly string[],
  idTypes: readonly string[] = [],
): RowReader<WireStudent, StudentRecord> {
  return {
    schema: studentSchema,
    arrange: (row) => ({
      ...row,
      flags: flagsOf(row, flagFields),
      metadata: { legacySourcedId: legacyIdIn(row) },
    }),
    map: (student) => ({
      sourcedId: student.sourcedId,
      active: student.status.told,
      givenName: student.givenName.told ?? '',
      familyName: student.familyName.told ?? '',
      grade: student.grades.told,
      number: student.identifier.told,
      email: student.email.told,
      aliases: aliasesOf(student, student.metadata.legacySourcedId.told, idTypes),
      enrolments: enrolmentsOf(student),
      flags: Object.fromEntries(Object.entries(student.flags).map(([name, flag]) => [name, flag.told])),
      guardianSourcedIds: student.agents.told,
    }),
    // The district knows its own fields by their names.
    doubtsIn: ({ flags, ...student }) => [
      ...doubtsIn(student),
      ...namesMissingIn(student),
      ...doubtsIn(flags),
    ],
  };
}

function flagsOf(row: Row, fields: readonly string[]): Row {
  return Object.fromEntries(fields.map((name) => [name, protectingIn(row, name)]));
}

/** A part of a name that is not told at all; one that cannot be read is told with its field. */
function namesMissingIn(person: Pick<WireStudent, 'givenName' | 'familyName'>): FieldDoubt[] {
  return (['givenName', 'familyName'] as const)
    .filter((part) => person[part].told === null && person[part].doubt === null)
    .map((field) => ({ field, found: 'nothing', expected: 'text' }));
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
      const read = rolesSchema(row);
      // Who may be a guardian is one whom we do not write to: what the row forbids must not be lost.
      if (guardianRole(read) !== null || doubtsIn(read).length > 0) return true;
      const told = rolesIn(read);
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
        active: user.status.told,
        // Nobody can be written to whom nothing names.
        role: isNameless(user) ? 'other' : (guardianRole(user) ?? 'other'),
        givenName: user.givenName.told ?? '',
        familyName: user.familyName.told ?? '',
        email: user.email.told,
        phone: user.phone.told ?? user.sms.told,
        language: metadata.language.told?.replaceAll('_', '-').toLowerCase() ?? null,
        address: null,
        addressPrivate: metadata.addressPrivate.told,
        mailAllowed: metadata.mailAllowed.told,
        noContact: metadata.noContact.told,
        wantsPaper: metadata.wantsPaper.told,
        aliases: aliasesOf(user, metadata.legacySourcedId.told),
        links: linksOf(user),
      };
    },
    doubtsIn: (user) => [...doubtsIn(user), ...namesMissingIn(user)],
  };
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
    birthDate: person.birthDate.told ?? person.birthdate.told,
    address: addressOf(person.ic_address),
    phone: person.ic_cellPhone.told ?? person.ic_homePhone.told,
  }),
  doubtsIn,
};

/** Infinite Campus' id before the upgrade to 1.2. */
function legacyIdIn({ metadata }: Row): unknown {
  return isRow(metadata) ? lookUp(metadata, 'ic.legacySourcedId') : undefined;
}

/** Under our names. */
function extrasOf(row: Row, names: GuardianMetadataNames): Row {
  const { language, ...protecting } = names;
  return {
    ...Object.fromEntries(
      Object.entries(protecting).map(([ours, theirs]) => [ours, protectingIn(row, theirs)]),
    ),
    language: extraIn(row, language),
    legacySourcedId: legacyIdIn(row),
  };
}

/** From the metadata, else from the user itself. */
function extraIn(row: Row, name: string): unknown {
  const metadata = isRow(row.metadata) ? row.metadata : {};
  return lookUp(metadata, name) ?? lookUp(row, name);
}

/** Where the metadata cannot be read, neither can what they might say: they stand for it themselves. */
function protectingIn(row: Row, name: string): unknown {
  const unread = Array.isArray(row.metadata) && row.metadata.length > 0 ? row.metadata : undefined;
  return extraIn(row, name) ?? unread;
}

/** Class enrolments say nothing of schools: membership comes from the roles, else the primary org, else the orgs. */
function enrolmentsOf(student: WireStudent): EnrolmentRecord[] {
  const roles = student.roles.told.flatMap((role): EnrolmentRecord[] => {
    if (role.org.told === null || role.role.told !== 'student') return [];
    const primary = role.roleType.told !== 'secondary';
    return [
      {
        schoolSourcedId: role.org.told,
        primary,
        begins: role.beginDate.told,
        ends: role.endDate.told,
      },
    ];
  });
  if (roles.length > 0) return roles;
  const schools = student.primaryOrg.told === null ? student.orgs.told : [student.primaryOrg.told];
  return schools.map((schoolSourcedId, index) => ({
    schoolSourcedId,
    primary: index === 0,
    begins: null,
    ends: null,
  }));
}

/** The role that says most: parent or guardian before relative. */
function guardianRole(user: WireRoles): GuardianRecord['role'] | null {
  const roles = rolesIn(user);
  return (['parent', 'guardian', 'relative'] as const).find((known) => roles.includes(known)) ?? null;
}

function rolesIn(user: WireRoles): string[] {
  return [...user.roles.told.map(({ role }) => role.told), user.role.told].filter((role) => role !== null);
}

function linksOf(user: WireGuardian): GuardianLinkRecord[] {
  const { relationships } = user.metadata;
  const told = (relationships.told ?? []).flatMap((link): GuardianLinkRecord[] => {
    if (link.sourcedId.told === null) return [];
    return [
      {
        studentSourcedId: link.sourcedId.told,
        relationship: link.relationshipType.told,
        guardian: link.guardian.told,
      },
    ];
  });
  const known = new Set(told.map((link) => link.studentSourcedId));
  const others = user.agents.told.filter((id) => !known.has(id));
  // What cannot be read might have said of any of them that this is no guardian.
  const guardian = relationships.told === null ? false : null;
  return [...told, ...others.map((studentSourcedId) => ({ studentSourcedId, relationship: null, guardian }))];
}

/** Half an address would bring a letter to the wrong door. */
function addressOf({ told: address }: WireDemographics['ic_address']): PostalAddress | null {
  if (address === null || doubtsIn(address).length > 0) return null;
  const lines = [address.addressLine1.told, address.addressLine2.told].filter((line) => line !== null);
  const postalCode = address.zip.told ?? address.postalCode.told;
  if (lines.length === 0 || address.city.told === null || postalCode === null) return null;
  return { lines, city: address.city.told, state: address.state.told ?? '', postalCode };
}
