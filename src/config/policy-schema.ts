import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Days, days } from '../domain/days.ts';
import type { Policy, Step } from '../domain/policy.ts';

const text = z.string().trim().min(1).max(200);
const word = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, { error: 'a word of lower-case letters, digits and hyphens' });
const schoolDays = z.int().min(0).max(60);

/** A number of days such as 4 or 3.5; written as a number or in quotes. */
const numberOfDays = z
  .union([z.number(), z.string()])
  .refine(isDays, { error: 'a number of days such as 4 or 3.5' })
  .transform((value): Days => days(String(value)));

const task = z.strictObject({
  kind: word,
  role: z.enum(['attendance-clerk', 'administrator', 'counselor', 'teacher', 'supervisor', 'truancy-officer', 'it-contact']),
  dueInSchoolDays: schoolDays.default(2),
});

const step = z.strictObject({
  id: word,
  title: text,
  at: numberOfDays,
  settleDays: schoolDays,
  opensFile: z.boolean().default(false),
  tasks: z.array(task).default([]),
  letter: word.optional(),
  referral: z.boolean().default(false),
  noticeDays: schoolDays.optional(),
  grades: z.array(text).default([]),
  schools: z.array(text).default([]),
});

const minutes = z.int().min(1).max(1_440);

/** `policy.yaml`: the district's procedure. */
export const policySchema = z.strictObject({
  version: z.string().trim().min(1).max(60),
  counting: z
    .strictObject({
      excuses: z
        .array(z.enum(['excused', 'unexcused', 'unknown']))
        .min(1)
        .default(['excused', 'unexcused', 'unknown']),
      suspensionCounts: z.boolean().default(false),
      wholeDayMinutes: minutes.default(240),
      halfDayMinutes: minutes.default(120),
      codes: z
        .array(
          z.strictObject({
            title: text,
            suspension: z.boolean().default(false),
            confidential: z.boolean().default(false),
          }),
        )
        .default([]),
    })
    .prefault({}),
  whenSeveral: z.enum(['highest-letter', 'each']).default('highest-letter'),
  adultStudents: z.enum(['hold', 'ignore']).default('hold'),
  steps: z.array(step).min(1).max(40),
});

export type PolicyFile = z.output<typeof policySchema>;

/** @param periodsPerDay sourcedId of a school → scheduled periods of a day. */
export function asPolicy(file: PolicyFile, periodsPerDay: Readonly<Record<string, number>>): Policy {
  const content = { ...file, periodsPerDay };
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
  return {
    version: `${file.version} (${hash})`,
    counting: { ...file.counting, periodsPerDay },
    whenSeveral: file.whenSeveral,
    adultStudents: file.adultStudents,
    steps: file.steps.map(
      (one): Step => ({ ...one, letter: one.letter ?? null, noticeDays: one.noticeDays ?? DEFAULT_NOTICE_DAYS }),
    ),
  };
}

const DEFAULT_NOTICE_DAYS = 5;

function isDays(value: string | number): boolean {
  try {
    return days(String(value)) > 0;
  } catch {
    return false;
  }
}
