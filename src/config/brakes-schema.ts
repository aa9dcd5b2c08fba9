import { z } from 'zod';
import { email } from './fields.ts';

const count = (least: number, most: number) => z.int().min(least).max(most);

/** Brakes on sending. Bounded, so that none that guards against an accident can be turned off by a large number. */
export const brakesSchema = z.strictObject({
  volume: z
    .strictObject({
      letters: count(1, 200).default(20).describe('So many letters in one run are ordinary anywhere.'),
      share: z
        .number()
        .min(0.001)
        .max(0.1)
        .default(0.02)
        .describe('Letters of one run, as a share of the students enrolled.'),
      factor: z
        .number()
        .min(1)
        .max(10)
        .default(3)
        .describe('Letters of one run against the largest run of the last four weeks.'),
    })
    .prefault({})
    .describe('A run that plans more letters than the largest of the three waits, all of it, for one yes.'),
  refusalsInARow: count(2, 50)
    .default(5)
    .describe('So many letters refused by the mail server, none accepted in between: sending stops.'),
  uncertainInARow: count(1, 20)
    .default(3)
    .describe('So many letters of which nobody knows whether the server has them: sending stops.'),
  bouncesInARow: count(2, 200)
    .default(5)
    .describe(
      'So many letters that come back on one day, the arrival of none confirmed in between: sending stops.',
    ),
  canaryLetters: count(0, 20)
    .default(3)
    .describe(
      'Before the first letters of a template, or of a new wording of it, the office sees so many as copies and says yes. 0 turns this off.',
    ),
  recallMinutes: count(0, 1_440)
    .default(30)
    .describe('A letter that is ready waits so long before it may leave, so that it can be called back.'),
  copies: z
    .strictObject({
      every: count(1, 10_000).describe('Of so many letters one.'),
      to: email.describe('Mailbox of the district that gets the copies.'),
    })
    .optional()
    .describe('Samples for the district of what has left, marked as copies. Not set: none.'),
  approver: z
    .enum(['attendance-clerk', 'administrator', 'counselor', 'teacher', 'supervisor', 'it-contact'])
    .default('supervisor')
    .describe('Role that is asked for the yes.'),
});
