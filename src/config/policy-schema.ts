import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Days, days } from '../domain/days.ts';
import type { Policy, Step } from '../domain/policy.ts';
import { text, textOf, word } from './fields.ts';

const MOST_DAYS = '200';
const DEFAULT_NOTICE_DAYS = 5;

const schoolDays = z.int().min(0).max(60);
const minutes = z.int().min(1).max(1_440);

const dayWords = `a number of days such as 4 or 3.5, at most ${MOST_DAYS}`;
const numberOfDays = z
  .union([z.number(), z.string()], { error: dayWords })
  .refine(isDays, { error: dayWords })
  .transform((value): Days => days(String(value)));

const task = z.strictObject({
  kind: word.describe(
    'What is asked: `contact-family`, `consider-meeting`, `schedule-meeting`, or a word of your own.',
  ),
  role: z
    .enum(['attendance-clerk', 'administrator', 'counselor', 'teacher', 'supervisor', 'it-contact'])
    .describe(
      'Whose task it is. With nobody in that role at the school, it goes to those for the whole district.',
    ),
  dueInSchoolDays: schoolDays.default(2).describe('School days from opening to the due date.'),
});

const step = z.strictObject({
  id: word.describe('Name of the step in reports and records. Never change it during a school year.'),
  title: text.describe('What the step is called in reports.'),
  at: numberOfDays.describe('Absence days at which the step is owed: “reaches”, not “exceeds”.'),
  settleDays: schoolDays.describe(
    'School days that must lie after an absence before it counts for this step. `0`: today counts too, for a contact only.',
  ),
  opensFile: z.boolean().default(false).describe('Whether the step opens the attendance file.'),
  tasks: z.array(task).max(20).default([]).describe('What staff are asked to do.'),
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
});

/** `policy.yaml`: the district's procedure. */
export const policySchema = z.strictObject({
  version: textOf(60).describe('Your own name for this version. Each decision is stored with it.'),
  counting: z
    .strictObject({
      excuses: z
        .array(z.enum(['excused', 'unexcused', 'unknown']))
        .min(1)
        .default(['excused', 'unexcused', 'unknown'])
        .describe('Which absences count. `unknown` is a day that the office has not coded yet.'),
      suspensionCounts: z.boolean().default(false).describe('Whether suspensions count like other absences.'),
      wholeDayMinutes: minutes
        .default(240)
        .describe('Minutes missed from which a day counts 1, where the SIS gives minutes only.'),
      halfDayMinutes: minutes
        .default(120)
        .describe('Minutes missed from which a day counts 0.5, where the SIS gives minutes only.'),
      codes: z
        .array(
          z.strictObject({
            title: text.describe('The code as the SIS writes it; capitals do not matter.'),
            suspension: z.boolean().default(false).describe('The code means a suspension.'),
            confidential: z
              .boolean()
              .default(false)
              .describe('Dates with this code count, and no letter lists them.'),
          }),
        )
        .max(500)
        .default([])
        .describe('What the district knows about single attendance codes and the SIS does not say.'),
    })
    .prefault({})
    .describe('How absence days are counted.'),
  whenSeveral: z
    .enum(['highest-letter', 'each'])
    .default('highest-letter')
    .describe('When a student reaches several letters at once: only the highest one, or each.'),
  adultStudents: z
    .enum(['hold', 'ignore'])
    .default('hold')
    .describe('At 18: `hold` makes letters wait and asks the administrator, `ignore` goes on as before.'),
  steps: z.array(step).min(1).max(40).describe('The steps of the ladder, in rising order.'),
});

export type PolicyFile = z.output<typeof policySchema>;

/** @param periodsPerDay sourcedId of a school → scheduled periods of a day. */
export function asPolicy(file: PolicyFile, periodsPerDay: Readonly<Record<string, number>>): Policy {
  return {
    version: `${file.version} (${contentHash(file, periodsPerDay)})`,
    counting: { ...file.counting, periodsPerDay },
    whenSeveral: file.whenSeveral,
    adultStudents: file.adultStudents,
    steps: file.steps.map(
      (one): Step => ({
        ...one,
        letter: one.letter ?? null,
        noticeDays: one.noticeDays ?? DEFAULT_NOTICE_DAYS,
      }),
    ),
  };
}

/** The schema puts keys into one order and fills in defaults: comments and layout of the file do not matter. */
function contentHash(file: PolicyFile, periodsPerDay: Readonly<Record<string, number>>): string {
  const periods = Object.entries(periodsPerDay).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = JSON.stringify([file, periods]);
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}

function isDays(value: string | number): boolean {
  try {
    const amount = days(String(value));
    return amount > 0 && amount <= days(MOST_DAYS);
  } catch {
    return false;
  }
}
