import { z } from 'zod';
import { text } from './fields.ts';

const minutes = z.int().min(1).max(1_440);
const periods = z.int().min(1).max(20);
const measure = z.enum(['best-known', 'day-value', 'minutes', 'periods']);
const notExempt = z.enum(['excused', 'unexcused', 'unknown']);

const code = z.strictObject({
  title: text.describe('The code as the SIS writes it; capitals do not matter.'),
  suspension: z.boolean().default(false).describe('The code means a suspension.'),
  confidential: z.boolean().default(false).describe('Dates with this code count, and no letter lists them.'),
  status: z
    .enum(['absent', 'tardy', 'earlyRelease', 'present'])
    .optional()
    .describe('What the code means. Not set: what the SIS says.'),
  excuse: z
    .enum(['excused', 'unexcused', 'exempt', 'unknown'])
    .optional()
    .describe('How the code is excused. Not set: what the SIS says.'),
});

const exception = z.strictObject({
  schools: z.array(text).max(1_000).default([]).describe('Ids of the schools of the rows. Empty: all.'),
  grades: z.array(text).max(40).default([]).describe('Grades of the students. Empty: all.'),
  measure: measure.optional().describe('Here and below, not set: as everywhere else.'),
  wholeDayMinutes: minutes.optional().describe('Minutes missed from which a day counts 1.'),
  halfDayMinutes: minutes.optional().describe('Minutes missed from which a day counts 0.5.'),
  periodsPerDay: periods.optional().describe('Periods scheduled per day.'),
});

/** The part of `policy.yaml` that says how absence days are counted. */
export const countingSchema = z.strictObject({
  excuses: z
    .array(notExempt)
    .min(1)
    .default(['excused', 'unexcused', 'unknown'])
    .describe('Which absences count. `unknown` is a day that the office has not coded yet.'),
  unknownExcuse: z
    .enum(['unexcused', 'excused', 'neither'])
    .default('neither')
    .describe('What a day that is not coded yet is to a step that counts unexcused days only.'),
  suspensionCounts: z.boolean().default(false).describe('Whether suspensions count like other absences.'),
  measure: measure
    .default('best-known')
    .describe(
      'What a day is measured by. `best-known`: the SIS’s own day value, else minutes, else the share of periods.',
    ),
  wholeDayMinutes: minutes
    .default(240)
    .describe('Minutes missed from which a day counts 1, where the SIS gives minutes only.'),
  halfDayMinutes: minutes
    .default(120)
    .describe('Minutes missed from which a day counts 0.5, where the SIS gives minutes only.'),
  exceptions: z
    .array(exception)
    .max(200)
    .default([])
    .describe('Other measures or limits for single schools or grades; the first entry that fits holds.'),
  tardies: z
    .strictObject({
      perDay: z.int().min(2).max(20).describe('So many tardies make one day.'),
      excuses: z
        .array(notExempt)
        .min(1)
        .default(['unexcused', 'unknown'])
        .describe('Which tardies are taken for it.'),
    })
    .optional()
    .describe('Whether tardies make days. Not set: they never count.'),
  codes: z
    .array(code)
    .max(500)
    .default([])
    .describe('What the district knows about single attendance codes and the SIS does not say.'),
});
