import { z } from 'zod';
import { text, word } from './fields.ts';
import { schoolDays } from './step-schema.ts';

const kind = z.strictObject({
  kind: word.describe('Name of the kind of hold.'),
  scope: z
    .enum(['letters', 'referral', 'everything', 'absolute'])
    .describe(
      'What it stops: letters, the referral, everything, or (`absolute`) everything for good, until a person ends it.',
    ),
  longestDays: z.int().min(1).max(400).optional().describe('Calendar days it may last. Not set: no limit.'),
});

const fromSis = z.strictObject({
  field: text.describe('Name of the student’s field in the SIS.'),
  is: z.array(text).min(1).max(20).describe('Values of the field that mean a hold.'),
  kind: word.describe('Kind of the hold, one of `kinds`.'),
  owner: text.describe('Whose hold it is: a role, or the e-mail address of a person in `staff`.'),
});

/** The part of `policy.yaml` that says which holds there are. */
export const holdsSchema = z.strictObject({
  remindSchoolDays: schoolDays
    .default(3)
    .describe('School days before the end of a hold at which its owner is reminded.'),
  kinds: z.array(kind).max(100).default([]).describe('Kinds of holds, with what each stops.'),
  fromSis: z.array(fromSis).max(100).default([]).describe('Holds that follow a field of the SIS.'),
});
