import { z } from 'zod';
import { type Days, days } from '../domain/days.ts';
import { text, word } from './fields.ts';

const MOST_DAYS = '200';
export const DEFAULT_NOTICE_DAYS = 5;
export const DEFAULT_APPROVAL_DAYS = 2;
export const DEFAULT_FROM_ENROLLED_DAYS = 20;

export const schoolDays = z.int().min(0).max(60);

const dayWords = `a number of days such as 4 or 3.5, at most ${MOST_DAYS}`;
const numberOfDays = z
  .union([z.number(), z.string()], { error: dayWords })
  .refine(isDays, { error: dayWords })
  .transform((value): Days => days(String(value)));

/** Roles of the staff that can be given something to do. */
export const ROLES = [
  'attendance-clerk',
  'administrator',
  'counselor',
  'teacher',
  'supervisor',
  'it-contact',
] as const;
const role = z.enum(ROLES);

const work = {
  role: role.describe(
    'Whose task it is. With nobody in that role at the school, it goes to those for the whole district.',
  ),
  dueInSchoolDays: schoolDays.default(2).describe('School days from opening to the due date.'),
};

const task = z.strictObject({
  kind: word.describe(
    'What is asked: `contact-family`, `consider-meeting`, `schedule-meeting`, or a word of your own.',
  ),
  ...work,
});

const age = z.int().min(3).max(25);

/** One step of `policy.yaml`. */
export const stepSchema = z.strictObject({
  id: word.describe('Name of the step in reports and records. Never change it during a school year.'),
  title: text.describe('What the step is called in reports.'),
  at: numberOfDays.describe('Absence days at which the step is owed: “reaches”, not “exceeds”.'),
  unit: z
    .enum(['days', 'percent', 'consecutive'])
    .default('days')
    .describe(
      'What `at` is a number of: days, percent of the school days enrolled, or school days in a row.',
    ),
  fromEnrolledDays: z
    .int()
    .min(1)
    .max(200)
    .optional()
    .describe(
      `Percent only: school days enrolled before a percentage says anything. Not set: ${DEFAULT_FROM_ENROLLED_DAYS}.`,
    ),
  basis: z
    .enum(['all', 'unexcused'])
    .default('all')
    .describe('Whose days: all that `counting` counts, or of those the unexcused ones only.'),
  window: z
    .union(
      [
        z.enum(['school-year', 'term']),
        z.strictObject({ lastSchoolDays: z.int().min(1).max(200).describe('So many school days back.') }),
      ],
      { error: '`school-year`, `term` or `{ lastSchoolDays: 30 }`' },
    )
    .default('school-year')
    .describe('The dates the step looks at: `school-year`, `term`, or `{ lastSchoolDays: 30 }`.'),
  settleDays: schoolDays.describe(
    'School days that must lie after an absence before it counts for this step. `0`: today counts too, for a contact only.',
  ),
  legalDeadlineDays: schoolDays
    .optional()
    .describe('School days from reaching `at` within which the law wants the letter or the file out.'),
  approval: role
    .optional()
    .describe('Who has to approve before the letter is written or the file is sent. Not set: nobody.'),
  approvalDays: schoolDays
    .optional()
    .describe(`School days for the approval. Not set: ${DEFAULT_APPROVAL_DAYS}.`),
  requalify: z
    .boolean()
    .default(false)
    .describe('Whether the step is owed once more when the count was below `at` in between.'),
  orWhen: z
    .array(z.enum(['contract-violated']))
    .max(1)
    .default([])
    .describe('What else makes the step owed, whatever the count.'),
  opensFile: z.boolean().default(false).describe('Whether the step opens the attendance file.'),
  tasks: z.array(task).max(20).default([]).describe('What staff are asked to do.'),
  meeting: z
    .strictObject(work)
    .optional()
    .describe('A meeting with the family: who schedules it, and until when.'),
  contract: z
    .strictObject(work)
    .optional()
    .describe('An attendance contract with the family: who sees to it, and until when.'),
  asksForMedicalNotes: z
    .boolean()
    .default(false)
    .describe(
      'Whether the family has to bring medical notes for the rest of the year once the step is taken.',
    ),
  letter: word
    .optional()
    .describe('Letter to the guardians: the name of its template, without language and ending.'),
  referral: z.boolean().default(false).describe('Whether the step sends the file to the truancy officer.'),
  noticeDays: schoolDays
    .optional()
    .describe(
      `Referral only: school days that a letter must have been out before. Not set: ${DEFAULT_NOTICE_DAYS}.`,
    ),
  grades: z
    .array(text)
    .max(40)
    .default([])
    .describe('Grades for which the step holds, as the SIS writes them. Empty: all.'),
  schools: z
    .array(text)
    .max(1_000)
    .default([])
    .describe('Ids of the schools for which the step holds. Empty: all.'),
  ages: z
    .strictObject({
      from: age.optional().describe('Youngest age in years, itself included.'),
      to: age.optional().describe('Oldest age in years, itself included.'),
    })
    .optional()
    .describe('Ages for which the step holds. Not set: all.'),
});

function isDays(value: string | number): boolean {
  try {
    const amount = days(String(value));
    return amount > 0 && amount <= days(MOST_DAYS);
  } catch {
    return false;
  }
}
