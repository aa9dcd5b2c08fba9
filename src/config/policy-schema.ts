import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CountingRules, HoldRules, Policy, Step } from '../domain/policy.ts';
import { countingSchema } from './counting-schema.ts';
import { date, textOf } from './fields.ts';
import { holdsSchema } from './holds-schema.ts';
import { CHECKLIST, referralsSchema } from './referrals-schema.ts';
import {
  DEFAULT_APPROVAL_DAYS,
  DEFAULT_FROM_ENROLLED_DAYS,
  DEFAULT_NOTICE_DAYS,
  stepSchema,
} from './step-schema.ts';

/** `policy.yaml`: the district's procedure. */
export const policySchema = z.strictObject({
  version: textOf(60).describe('Your own name for this version. Each decision is stored with it.'),
  effectiveFrom: date
    .optional()
    .describe(
      'Crossings from this day on are judged by this version, never from a day before it was first seen. Not set: from the day it is first used.',
    ),
  counting: countingSchema.prefault({}).describe('How absence days are counted.'),
  holds: holdsSchema.prefault({}).describe('Reasons not to act on a student.'),
  whenSeveral: z
    .enum(['highest-letter', 'each'])
    .default('highest-letter')
    .describe('When a student reaches several letters at once: only the highest one, or each.'),
  adultStudents: z
    .enum(['hold', 'ignore', 'student', 'both'])
    .default('hold')
    .describe(
      'At 18: `hold` makes letters wait and asks the administrator, `ignore` goes on to the guardians as before, `student` writes to the student instead, `both` to the student as well.',
    ),
  referrals: referralsSchema
    .optional()
    .describe(
      'When a packet leaves for the truancy officer. Not set: by itself, once the whole checklist holds.',
    ),
  steps: z.array(stepSchema).min(1).max(40).describe('The steps of the ladder, in rising order.'),
});

export type PolicyFile = z.output<typeof policySchema>;
export type StepOfFile = PolicyFile['steps'][number];

/** @param periodsPerDay sourcedId of a school → scheduled periods of a day. */
export function asPolicy(file: PolicyFile, periodsPerDay: Readonly<Record<string, number>>): Policy {
  const hash = contentHash(file, periodsPerDay);
  return {
    version: `${file.version} (${hash.slice(0, 8)})`,
    contentHash: hash,
    effectiveFrom: file.effectiveFrom ?? null,
    counting: asCountingRules(file, periodsPerDay),
    holds: asHoldRules(file),
    whenSeveral: file.whenSeveral,
    adultStudents: file.adultStudents,
    ...(file.referrals && {
      referrals: {
        release: file.referrals.release,
        checklist: file.referrals.checklist.map((question) => CHECKLIST[question]),
      },
    }),
    steps: file.steps.map(asStep),
  };
}

function asCountingRules(
  { counting }: PolicyFile,
  periodsPerDay: CountingRules['periodsPerDay'],
): CountingRules {
  return {
    ...counting,
    periodsPerDay,
    exceptions: counting.exceptions.map((exception) => ({
      schools: exception.schools,
      grades: exception.grades,
      measure: exception.measure ?? null,
      wholeDayMinutes: exception.wholeDayMinutes ?? null,
      halfDayMinutes: exception.halfDayMinutes ?? null,
      periodsPerDay: exception.periodsPerDay ?? null,
    })),
    tardies: counting.tardies ?? null,
    codes: counting.codes.map((code) => ({
      ...code,
      status: code.status ?? null,
      excuse: code.excuse ?? null,
    })),
  };
}

function asHoldRules({ holds }: PolicyFile): HoldRules {
  const kinds = holds.kinds.map((kind) => ({ ...kind, longestDays: kind.longestDays ?? null }));
  return { ...holds, kinds };
}

function asStep({ approvalDays, ...step }: PolicyFile['steps'][number]): Step {
  const { approval, ages, window } = step;
  return {
    ...step,
    window:
      typeof window === 'string' ? { kind: window } : { kind: 'last', schoolDays: window.lastSchoolDays },
    fromEnrolledDays: step.fromEnrolledDays ?? DEFAULT_FROM_ENROLLED_DAYS,
    legalDeadlineDays: step.legalDeadlineDays ?? null,
    approval: approval === undefined ? null : { role: approval, days: approvalDays ?? DEFAULT_APPROVAL_DAYS },
    meeting: step.meeting ?? null,
    contract: step.contract ?? null,
    letter: step.letter ?? null,
    noticeDays: step.noticeDays ?? DEFAULT_NOTICE_DAYS,
    ages: ages === undefined ? null : { from: ages.from ?? null, to: ages.to ?? null },
  };
}

/** The schema puts keys into one order and fills in defaults: comments and layout of the file do not matter. */
function contentHash(file: PolicyFile, periodsPerDay: Readonly<Record<string, number>>): string {
  const periods = Object.entries(periodsPerDay).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([file, periods]))
    .digest('hex');
}
