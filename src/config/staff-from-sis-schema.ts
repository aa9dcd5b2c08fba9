import { z } from 'zod';
import { text } from './fields.ts';

/** OneRoster's words, and words of a server's own such as `ext:registrar`. */
const SIS_ROLE = /^[a-z][a-z0-9:_.-]{0,59}$/i;
/** OneRoster names nobody’s class here: all of them would be asked about every student of their school. */
const EVERY_TEACHER = 'teacher';
const FAMILY: ReadonlySet<string> = new Set(['student', 'guardian', 'parent', 'relative']);

/** Staff that the SIS names. `staff` has the last word about everybody whom it names. */
export const staffFromSisSchema = z.strictObject({
  roles: z
    .record(text, z.enum(['attendance-clerk', 'administrator', 'counselor', 'teacher']))
    .superRefine((roles, context) => {
      const problem = (path: string[], message: string) =>
        context.addIssue({ code: 'custom', input: path[0], path, message });
      if (Object.keys(roles).length === 0) problem([], 'at least one role');
      for (const [role, ours] of Object.entries(roles)) {
        if (!SIS_ROLE.test(role)) problem([role], 'the name of a role of OneRoster such as principal');
        else if (FAMILY.has(role.toLowerCase()))
          problem([role], 'a role of people who work at schools, not that of students or families');
        else if (role.toLowerCase() === EVERY_TEACHER && ours === 'teacher')
          problem(
            [role],
            'a role that few teachers of a school have, such as ext:homeroom: whoever has it is asked about all its students',
          );
      }
    })
    .describe(
      'What a role of OneRoster makes of somebody here, such as `principal: administrator`: a clerk, an administrator, a counselor or a teacher, at the schools for which the SIS names it. A role that is not named gives nothing. Whoever becomes a teacher gets what teachers of the school are asked, about all its students: take a role that few have, such as `ext:homeroom`, not `teacher`.',
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
