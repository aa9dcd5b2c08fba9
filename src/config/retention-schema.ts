import { z } from 'zod';
import { RETENTION_CLASSES, type RetentionRules } from '../domain/retention.ts';

const years = (what: string) =>
  z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(`${what} For so many years after the end of the school year. Not set: kept for ever.`);

/** How long each class of records is kept. Nothing is destroyed before a person says `rollcall retention apply`. */
export const retentionSchema = z
  .strictObject({
    files: years(
      'Attendance files: letters, packets, documents, and what people wrote. Counted from the last school year of the student.',
    ),
    absences: years('Absences, and what evaluations rest on.'),
    mails: years('Mails to staff.'),
    people: years(
      'Names, addresses and birth dates of students who have left, and of guardians of nobody else. Counted from the last school year of the student.',
    ),
  })
  .superRefine(({ files, people }, context) => {
    if (people === undefined || (files !== undefined && people >= files)) return;
    // A file of nobody could not be found for the parent who asks.
    const expected =
      files === undefined ? 'none while `files` has none' : `at least as many years as \`files\` (${files})`;
    context.addIssue({ code: 'custom', path: ['people'], input: people, message: expected });
  });

export function retentionOf(retention: z.output<typeof retentionSchema>): RetentionRules {
  return Object.fromEntries(
    RETENTION_CLASSES.map((name) => [name, retention[name] ?? null]),
  ) as unknown as RetentionRules;
}
