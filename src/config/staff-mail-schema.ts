import { z } from 'zod';

const schoolDays = (least: number, most: number) => z.int().min(least).max(most);

/** When staff hear of their tasks again, and when somebody else does. */
export const staffMailSchema = z.strictObject({
  remindAfterDays: schoolDays(1, 20)
    .default(2)
    .describe('School days after which an open task is marked as a reminder.'),
  escalateAfterDays: schoolDays(1, 40)
    .default(5)
    .describe('School days after which an open task that is overdue goes to the supervisor as well.'),
  snoozeDays: schoolDays(1, 40)
    .default(20)
    .describe('School days for which a task can be put off at most; never beyond what the law leaves.'),
  longestList: z
    .int()
    .min(5)
    .max(100)
    .default(20)
    .describe('So many tasks stand in a mail in full; the others one line each, or behind a link.'),
  weeklySummary: z
    .boolean()
    .default(true)
    .describe(
      'On the first school day of a week administrators and supervisors get the figures of their schools.',
    ),
});
