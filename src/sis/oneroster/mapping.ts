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
import {
  dateOf,
  flagOf,
  idOf,
  isActive,
  isRow,
  listOf,
  lookUp,
  referenceOf,
  requiredDate,
  requiredId,
  requiredText,
  textOf,
} from './row-reader.ts';

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

/** Orgs of another type than school are none of ours. */
export function readSchool(row: Row): SchoolRecord | null {
  const type = textOf(row, 'type')?.toLowerCase() ?? 'school';
  if (type !== 'school') return null;
  return {
    sourcedId: requiredId(row, 'sourcedId'),
    active: isActive(row),
    name: requiredText(row, 'name'),
    number: textOf(row, 'identifier'),
  };
}

const SESSION_TYPES = ['schoolYear', 'semester', 'term', 'gradingPeriod'] as const;

export function readSession(row: Row): SessionRecord {
  const type = textOf(row, 'type')?.toLowerCase();
  const begins = requiredDate(row, 'startDate');
  return {
    sourcedId: requiredId(row, 'sourcedId'),
    active: isActive(row),
    title: textOf(row, 'title') ?? '',
    type: SESSION_TYPES.find((known) => known.toLowerCase() === type) ?? 'other',
    begins,
    ends: requiredDate(row, 'endDate'),
    schoolYear: textOf(row, 'schoolYear', 10) ?? String(Number(begins.slice(0, 4)) + 1),
  };
}

export function readStudent(row: Row): StudentRecord {
  const sourcedId = requiredId(row, 'sourcedId');
  return {
    sourcedId,
    active: isActive(row),
    givenName: requiredText(row, 'givenName'),
    familyName: requiredText(row, 'familyName'),
    grade: gradeOf(row),
    number: textOf(row, 'identifier'),
    email: textOf(row, 'email', 320),
    aliases: aliasesOf(row, sourcedId),
    enrolments: enrolmentsOf(row),
    guardianSourcedIds: [...new Set(listOf(row, 'agents').flatMap((agent) => idOf(agent.sourcedId) ?? []))],
  };
}

export function readGuardian(row: Row, names: GuardianMetadataNames): GuardianRecord | null {
  const role = guardianRole(row);
  if (role === null) return null;
  const metadata = isRow(row.metadata) ? row.metadata : {};
  const extra = (name: string) => (lookUp(metadata, name) === undefined ? row : metadata);
  const flag = (name: string) => flagOf(extra(name), name);
  return {
    sourcedId: requiredId(row, 'sourcedId'),
    active: isActive(row),
    role,
    givenName: requiredText(row, 'givenName'),
    familyName: requiredText(row, 'familyName'),
    email: textOf(row, 'email', 320),
    phone: textOf(row, 'phone', 40) ?? textOf(row, 'sms', 40),
    language: textOf(extra(names.language), names.language, 20)?.replace('_', '-').toLowerCase() ?? null,
    address: null,
    addressPrivate: flag(names.addressPrivate) ?? false,
    mailAllowed: flag(names.mailAllowed) ?? true,
    noContact: flag(names.noContact) ?? false,
    wantsPaper: flag(names.wantsPaper) ?? false,
    links: linksOf(row, extra(names.relationships), names.relationships),
  };
}

export function readDemographics(row: Row): DemographicsRecord {
  const metadata = isRow(row.metadata) ? row.metadata : {};
  const either = (name: string) => (lookUp(row, name) === undefined ? metadata : row);
  return {
    sourcedId: requiredId(row, 'sourcedId'),
    birthDate: dateOf(row, 'birthDate'),
    address: addressOf(lookUp(either('ic_address'), 'ic_address')),
    phone:
      textOf(either('ic_cellPhone'), 'ic_cellPhone', 40) ??
      textOf(either('ic_homePhone'), 'ic_homePhone', 40),
  };
}

/** Infinite Campus' own key, the older id and the numbers that other systems use. */
function aliasesOf(row: Row, sourcedId: string): string[] {
  const metadata = isRow(row.metadata) ? row.metadata : {};
  const legacy = textOf(metadata, 'ic.legacySourcedId');
  const userIds = listOf(row, 'userIds').flatMap((id) => {
    const type = textOf(id, 'type', 60);
    const identifier = textOf(id, 'identifier');
    return type === null || identifier === null ? [] : [`${type}:${identifier}`];
  });
  const all = [...(legacy === null ? [] : [legacy]), ...userIds];
  return [...new Set(all)].filter((alias) => alias !== sourcedId);
}

/** Class enrolments say nothing of schools: membership comes from the roles, else the primary org, else the orgs. */
function enrolmentsOf(row: Row): EnrolmentRecord[] {
  const roles = listOf(row, 'roles').flatMap((role): EnrolmentRecord[] => {
    const school = referenceOf(role, 'org');
    if (school === null || textOf(role, 'role')?.toLowerCase() !== 'student') return [];
    const primary = textOf(role, 'roleType')?.toLowerCase() !== 'secondary';
    return [
      { schoolSourcedId: school, primary, begins: dateOf(role, 'beginDate'), ends: dateOf(role, 'endDate') },
    ];
  });
  if (roles.length > 0) return roles;
  const primary = referenceOf(row, 'primaryOrg');
  const schools =
    primary === null ? listOf(row, 'orgs').flatMap((org) => idOf(org.sourcedId) ?? []) : [primary];
  return [...new Set(schools)].map((schoolSourcedId, index) => ({
    schoolSourcedId,
    primary: index === 0,
    begins: null,
    ends: null,
  }));
}

function gradeOf(row: Row): string | null {
  const grades = lookUp(row, 'grades');
  const first: unknown = Array.isArray(grades) ? grades[0] : grades;
  return textOf({ grade: first }, 'grade', 20);
}

/** The role that says most: parent or guardian before relative; null for a user who is neither. */
function guardianRole(row: Row): GuardianRecord['role'] | null {
  const roles = [...listOf(row, 'roles').map((role) => textOf(role, 'role')), textOf(row, 'role')].map(
    (role) => role?.toLowerCase(),
  );
  for (const known of ['parent', 'guardian', 'relative'] as const) if (roles.includes(known)) return known;
  return null;
}

function linksOf(row: Row, holder: Row, name: string): GuardianLinkRecord[] {
  const told = listOf(holder, name).flatMap((link): GuardianLinkRecord[] => {
    const studentSourcedId = idOf(link.sourcedId);
    if (studentSourcedId === null) return [];
    return [
      {
        studentSourcedId,
        relationship: textOf(link, 'relationshipType', 60),
        guardian: flagOf(link, 'guardian'),
      },
    ];
  });
  const known = new Set(told.map((link) => link.studentSourcedId));
  const agents = listOf(row, 'agents').flatMap((agent) => idOf(agent.sourcedId) ?? []);
  const others = [...new Set(agents)].filter((id) => !known.has(id));
  return [
    ...told,
    ...others.map((studentSourcedId) => ({ studentSourcedId, relationship: null, guardian: null })),
  ];
}

function addressOf(value: unknown): PostalAddress | null {
  if (!isRow(value)) return null;
  const lines = [textOf(value, 'addressLine1', 80), textOf(value, 'addressLine2', 80)].filter(
    (line) => line !== null,
  );
  const city = textOf(value, 'city', 80);
  const postalCode = textOf(value, 'zip', 20) ?? textOf(value, 'postalCode', 20);
  if (lines.length === 0 || city === null || postalCode === null) return null;
  return { lines, city, state: textOf(value, 'state', 20) ?? '', postalCode };
}
