import { type Field, Refusal, shape, type Told } from '../shape.ts';
import { type Careful, careful } from './careful.ts';
import {
  active,
  carefulActive,
  carefulDate,
  carefulFlag,
  carefulList,
  carefulReference,
  carefulText,
  carefulWord,
  field,
  isRow,
  kindOf,
  references,
  requiredDate,
  requiredId,
  requiredText,
  text,
  textIn,
  word,
} from './wire-fields.ts';

/**
 * What OneRoster 1.2 sends, as far as it concerns us, with the places where 1.1 keeps it (`role`, `orgs`). Fields that
 * are not named here (`password` among them) are never read. A person's field that cannot be read costs itself alone:
 * the row goes on to say whom nobody may write to, and who is still at school.
 */

const entity = { sourcedId: requiredId(), status: active() };

export const orgSchema = shape({
  ...entity,
  name: requiredText(),
  identifier: carefulText(),
});

export const academicSessionSchema = shape({
  ...entity,
  title: carefulText(),
  type: word(),
  startDate: requiredDate(),
  endDate: requiredDate(),
  schoolYear: text(10),
});

const user = {
  sourcedId: requiredId(),
  givenName: carefulText(),
  familyName: carefulText(),
  email: carefulText(320),
  agents: careful<string[]>(references(), []),
  identifier: carefulText(),
  userIds: carefulList(shape({ type: carefulText(60), identifier: carefulText() }), []),
};

interface Named {
  readonly givenName: Careful<string | null>;
  readonly familyName: Careful<string | null>;
}

/** Whether neither part of a name can be read. */
export function isNameless({ givenName, familyName }: Named): boolean {
  return givenName.told === null && familyName.told === null;
}

function nameMissing(): never {
  throw new Refusal('nothing', 'a name', ['familyName']);
}

const studentFields = shape({
  ...user,
  /** Whoever may have left is taken to be there still: a leaver is not looked after any more. */
  status: carefulActive(true),
  roles: carefulList(
    shape({
      role: carefulWord(),
      /** Not the primary one: where no other is, the store takes the first. */
      roleType: carefulWord('secondary'),
      org: carefulReference(),
      beginDate: carefulDate(),
      endDate: carefulDate(),
    }),
    [],
  ),
  primaryOrg: carefulReference(),
  orgs: careful<string[]>(references(), []),
  /** The first grade of a list. */
  grades: careful<string | null>((grades) => textIn(Array.isArray(grades) ? grades[0] : grades, 20), null),
  /** The fields that the district has named, under its names; null where one cannot be read. */
  flags: field(flagsIn),
  metadata: shape({ legacySourcedId: carefulText() }),
});

/** A student whom nothing names cannot be told from another one. */
export const studentSchema: Field<Told<typeof studentFields>> = (row) => {
  const student = studentFields(row);
  return isNameless(student) ? nameMissing() : student;
};

function flagsIn(value: unknown): Readonly<Record<string, Careful<string | null>>> {
  const read = careful<string | null>((flag) => textIn(flag, 200) ?? '', null);
  return Object.fromEntries(
    Object.entries(isRow(value) ? value : {}).map(([name, flag]) => [name, read(flag)]),
  );
}

const roles = { roles: carefulList(shape({ role: carefulWord() }), []), role: carefulWord() };

/** All that is read of a user before it is known whether the user is a guardian. */
export const rolesSchema = shape(roles);

const relationship = shape({
  sourcedId: carefulReference(),
  relationshipType: carefulText(60),
  guardian: carefulFlag(false),
});

const guardianFields = shape({
  ...user,
  ...roles,
  /** Nobody gets a letter who may have been removed. */
  status: carefulActive(false),
  phone: carefulText(40),
  sms: carefulText(40),
  /** What the district's names lead to, under ours. */
  metadata: shape({
    language: carefulText(20),
    mailAllowed: carefulFlag(false),
    noContact: carefulFlag(true),
    addressPrivate: carefulFlag(true),
    wantsPaper: carefulFlag(true),
    legacySourcedId: carefulText(),
    /** Null where it cannot be read: any of its entries might have said that this is no guardian. */
    relationships: carefulList(relationship, null),
  }),
});

/** Of a removed person servers keep as little as the id: such a row must not take away what is known of the person. */
export const guardianSchema: Field<Told<typeof guardianFields>> = (row) => {
  const guardian = guardianFields(row);
  const emptied = !guardian.status.told && guardian.status.doubt === null && isNameless(guardian);
  return emptied ? nameMissing() : guardian;
};

/** Whatever leaves a doubt here lets nobody in. */
export const staffSchema = shape({
  sourcedId: requiredId(),
  status: carefulActive(false),
  enabledUser: carefulFlag(false),
  givenName: carefulText(),
  familyName: carefulText(),
  email: carefulText(320),
  roles: carefulList(
    shape({
      role: carefulWord(),
      org: carefulReference(),
      beginDate: carefulDate(),
      endDate: carefulDate(),
    }),
    [],
  ),
  /** As 1.1 has it: one role at several orgs. */
  role: carefulWord(),
  orgs: careful<string[]>(references(), []),
});

const postalAddress = shape({
  addressLine1: carefulText(80),
  addressLine2: carefulText(80),
  city: carefulText(80),
  state: carefulText(20),
  zip: carefulText(20),
  postalCode: carefulText(20),
});

export const demographicsSchema = shape({
  sourcedId: requiredId(),
  birthDate: carefulDate(),
  /** As 1.1 spells it. */
  birthdate: carefulDate(),
  ic_address: careful((value) => (kindOf(value) === 'nothing' ? null : postalAddress(value)), null),
  ic_cellPhone: carefulText(40),
  ic_homePhone: carefulText(40),
});

export type WireOrg = Told<typeof orgSchema>;
export type WireAcademicSession = Told<typeof academicSessionSchema>;
export type WireRoles = Told<typeof rolesSchema>;
export type WireStudent = Told<typeof studentSchema>;
export type WireGuardian = Told<typeof guardianSchema>;
export type WireStaff = Told<typeof staffSchema>;
export type WireDemographics = Told<typeof demographicsSchema>;
