import { z } from 'zod';
import { schoolDays } from './step-schema.ts';

/** The part of `district.yaml` about meetings and attendance contracts. */
export const meetingsSchema = z.strictObject({
  minutes: z
    .int()
    .min(5)
    .max(480)
    .default(45)
    .describe('How long a meeting takes where nobody says otherwise.'),
  contractReminderDays: schoolDays
    .default(5)
    .describe('School days before the last day of an attendance contract at which staff are reminded of it.'),
});

export type MeetingsConfig = z.output<typeof meetingsSchema>;
