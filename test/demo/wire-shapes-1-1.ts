import { z } from 'zod';
import * as later from './wire-shapes.ts';

/**
 * The shapes of OneRoster 1.1 where they differ from 1.2: one `role` and a list of `orgs` instead of roles with dates,
 * a `username` that has to be there, neither `primaryOrg` nor `preferredFirstName`, and `birthdate` in one word.
 */

const { roles, primaryOrg, preferredFirstName, ...person } = later.user.shape;
const { org, role } = roles.element.shape;

export const user = z.strictObject({
  ...person,
  username: z.string().min(1),
  role,
  orgs: z.array(org).min(1),
});

const { 'ic.legacySourcedId': legacy, ...extras } = later.guardianMetadata.shape;

/** Before the upgrade there is no earlier id. */
export const guardianMetadata = z.strictObject(extras);

const { birthDate, ...facts } = later.demographics.shape;

export const demographics = z.strictObject({ ...facts, birthdate: birthDate });

export const { academicSession, course, enrollment, org: organisation, schoolClass } = later;
