import { z } from 'zod';
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
