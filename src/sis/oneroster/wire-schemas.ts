import { Refusal, shape, type Told } from '../shape.ts';
import type { FieldDoubt } from './read-rows.ts';
import {
  active,
  carefulFlag,
  date,
  field,
  isRow,
  list,
  lookUp,
  reference,
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
 * are not named here (`password` among them) are never read.
 */

const entity = { sourcedId: requiredId(), status: active() };

export const orgSchema = shape({
  ...entity,
  name: requiredText(),
  identifier: text(),
});

export const academicSessionSchema = shape({
  ...entity,
  title: text(),
  type: word(),
  startDate: requiredDate(),
  endDate: requiredDate(),
  schoolYear: text(10),
});

const user = {
  ...entity,
  givenName: requiredText(),
  familyName: requiredText(),
  email: text(320),
  agents: references(),
  identifier: text(),
  userIds: list(shape({ type: text(60), identifier: text() })),
};

export const studentSchema = shape({
  ...user,
  roles: list(
    shape({ role: word(), roleType: word(), org: reference(), beginDate: date(), endDate: date() }),
  ),
  primaryOrg: reference(),
  orgs: references(),
  /** The first grade of a list. */
  grades: field((grades) => textIn(Array.isArray(grades) ? grades[0] : grades, 20)),
  /** The fields that the district has named, under its names. */
  flags: field(flagsIn),
  /** Infinite Campus' id before the upgrade to 1.2. */
  metadata: field((metadata) => ({
    legacySourcedId: isRow(metadata) ? textIn(lookUp(metadata, 'ic.legacySourcedId'), 200) : null,
  })),
});

/** A field that cannot be read costs neither its row nor the other fields. */
function flagsIn(value: unknown): {
  readonly told: Record<string, string | null>;
  readonly doubts: FieldDoubt[];
} {
  const told: Record<string, string | null> = {};
  const doubts: FieldDoubt[] = [];
  for (const [name, flag] of Object.entries(isRow(value) ? value : {})) {
    try {
      told[name] = textIn(flag, 200) ?? '';
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      told[name] = null;
      doubts.push({ field: name, found: error.found, expected: error.expected });
    }
  }
  return { told, doubts };
}

const roles = { roles: list(shape({ role: word() })), role: word() };

/** All that is read of a user before it is known whether the user is a guardian. */
export const rolesSchema = shape(roles);

export const guardianSchema = shape({
  ...user,
  ...roles,
  phone: text(40),
  sms: text(40),
  /** What the district's names lead to, under ours. */
  metadata: shape({
    language: text(20),
    mailAllowed: carefulFlag(false),
    noContact: carefulFlag(true),
    addressPrivate: carefulFlag(true),
    wantsPaper: carefulFlag(true),
    legacySourcedId: text(),
    relationships: list(
      shape({ sourcedId: reference(), relationshipType: text(60), guardian: carefulFlag(false) }),
    ),
  }),
});

const postalAddress = shape({
  addressLine1: text(80),
  addressLine2: text(80),
  city: text(80),
  state: text(20),
  zip: text(20),
  postalCode: text(20),
});

export const demographicsSchema = shape({
  sourcedId: requiredId(),
  birthDate: date(),
  /** As 1.1 spells it. */
  birthdate: date(),
  ic_address: field((value) => postalAddress(isRow(value) ? value : {})),
  ic_cellPhone: text(40),
  ic_homePhone: text(40),
});

export type WireOrg = Told<typeof orgSchema>;
export type WireAcademicSession = Told<typeof academicSessionSchema>;
export type WireRoles = Told<typeof rolesSchema>;
export type WireStudent = Told<typeof studentSchema>;
export type WireGuardian = Told<typeof guardianSchema>;
export type WireDemographics = Told<typeof demographicsSchema>;
