import { z } from 'zod';

/** What follows from an entry of the contact log. */
export const contactLogSchema = z.strictObject({
  notePromisedSchoolDays: z
    .int()
    .min(1)
    .max(15)
    .default(5)
    .describe(
      'School days for which everything about a student waits, once a parent or guardian has promised a note.',
    ),
  undoHours: z
    .int()
    .min(1)
    .max(72)
    .default(24)
    .describe(
      'Hours for which an entry of the contact log, what came of a meeting, a signature and an outcome of a case can be taken back.',
    ),
});

export type ContactLogRules = z.output<typeof contactLogSchema>;
