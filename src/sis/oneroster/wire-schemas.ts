import { z } from 'zod';
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

export const orgSchema = z.object({
  ...entity,
  name: requiredText(),
  identifier: text(),
});

export const academicSessionSchema = z.object({
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
  userIds: list(z.object({ type: text(60), identifier: text() })),
};

export const studentSchema = z.object({
  ...user,
  roles: list(
    z.object({ role: word(), roleType: word(), org: reference(), beginDate: date(), endDate: date() }),
  ),
  primaryOrg: reference(),
  orgs: references(),
  /** The first grade of a list. */
  grades: field((grades) => textIn(Array.isArray(grades) ? grades[0] : grades, 20)),
  /** Infinite Campus' id before the upgrade to 1.2. */
  metadata: field((metadata) => ({
    legacySourcedId: isRow(metadata) ? textIn(lookUp(metadata, 'ic.legacySourcedId'), 200) : null,
  })),
});

const roles = { roles: list(z.object({ role: word() })), role: word() };

/** All that is read of a user before it is known whether the user is a guardian. */
export const rolesSchema = z.object(roles);

export const guardianSchema = z.object({
  ...user,
  ...roles,
  phone: text(40),
  sms: text(40),
  /** What the district's names lead to, under ours. */
  metadata: z.object({
    language: text(20),
    mailAllowed: carefulFlag(false),
    noContact: carefulFlag(true),
    addressPrivate: carefulFlag(true),
    wantsPaper: carefulFlag(true),
    legacySourcedId: text(),
    relationships: list(
      z.object({ sourcedId: reference(), relationshipType: text(60), guardian: carefulFlag(false) }),
    ),
  }),
});

const postalAddress = z.object({
  addressLine1: text(80),
  addressLine2: text(80),
  city: text(80),
  state: text(20),
  zip: text(20),
  postalCode: text(20),
});

export const demographicsSchema = z.object({
  sourcedId: requiredId(),
  birthDate: date(),
  /** As 1.1 spells it. */
  birthdate: date(),
  ic_address: field((value) => (isRow(value) ? value : {})).pipe(postalAddress),
  ic_cellPhone: text(40),
  ic_homePhone: text(40),
});

export type WireOrg = z.output<typeof orgSchema>;
export type WireAcademicSession = z.output<typeof academicSessionSchema>;
export type WireRoles = z.output<typeof rolesSchema>;
export type WireStudent = z.output<typeof studentSchema>;
export type WireGuardian = z.output<typeof guardianSchema>;
export type WireDemographics = z.output<typeof demographicsSchema>;
