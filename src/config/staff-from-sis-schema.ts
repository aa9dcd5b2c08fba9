import { z } from 'zod';
import type { Role } from '../domain/policy.ts';
import type { StaffMember } from './config-types.ts';
import type { DistrictFile } from './district-schema.ts';
import { text } from './fields.ts';

/** OneRoster's words, and words of a server's own such as `ext:registrar`. */
const SIS_ROLE = /^[a-z][a-z0-9:_.-]{0,59}$/i;
const FAMILY: ReadonlySet<string> = new Set(['student', 'guardian', 'parent', 'relative']);

/** Staff that the SIS names. `staff` has the last word about everybody whom it names. */
export const staffFromSisSchema = z.strictObject({
  roles: z
    .record(text, z.enum(['attendance-clerk', 'administrator', 'counselor']))
    .superRefine((roles, context) => {
      const problem = (path: string[], message: string) =>
        context.addIssue({ code: 'custom', input: path[0], path, message });
      if (Object.keys(roles).length === 0) problem([], 'at least one role');
      for (const role of Object.keys(roles)) {
        if (!SIS_ROLE.test(role)) problem([role], 'the name of a role of OneRoster such as principal');
        else if (FAMILY.has(role.toLowerCase()))
          problem([role], 'a role of people who work at schools, not that of students or families');
      }
    })
    .describe(
      'What a role of OneRoster makes of somebody here, such as `principal: administrator`: a clerk, an administrator or a counselor, at the schools for which the SIS names it. A role that is not named gives nothing.',
    ),
  emailDomains: z
    .array(
      z
        .string()
        .trim()
        .toLowerCase()
        .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, { error: 'a domain such as example.org' }),
    )
    .min(1)
    .max(20)
    .describe('Domains of the district’s mail. Nobody with an address elsewhere gets in.'),
  trustDays: z
    .int()
    .min(1)
    .max(31)
    .default(8)
    .describe('Days after which what the SIS said of staff gives nothing any more, where it cannot be read.'),
});

export interface StaffFromSis {
  /** By the role’s name in small letters. */
  readonly roles: Readonly<Record<string, Role>>;
  readonly emailDomains: readonly string[];
  readonly trustDays: number;
}

export function staffFromSisOf({ staffFromSis }: DistrictFile): StaffFromSis | null {
  if (staffFromSis === undefined) return null;
  const roles = Object.entries(staffFromSis.roles).map(([name, role]) => [name.toLowerCase(), role] as const);
  return { ...staffFromSis, roles: Object.fromEntries(roles) };
}

/**
 * Who is staff now: those of the configuration, and those of the SIS as they were read last. One list, which everybody
 * holds who holds the configuration; its entries change as a whole.
 */
export class StaffDirectory {
  readonly configured: readonly StaffMember[];
  readonly everybody: StaffMember[];
  /** What the entries of the SIS were made from; null: there are none. */
  madeFrom: string | null = null;

  constructor(configured: readonly StaffMember[]) {
    this.configured = configured;
    this.everybody = [...configured];
  }

  take(ofSis: readonly StaffMember[], madeFrom: string | null): void {
    this.everybody.splice(0, this.everybody.length, ...this.configured, ...ofSis);
    this.madeFrom = madeFrom;
  }
}
