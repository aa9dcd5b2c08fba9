import { z } from 'zod';
import { date, inOrderOrOneDay, text } from './fields.ts';

const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

const closedRange = z
  .strictObject({
    from: date.describe('First closed day.'),
    to: date.describe('Last closed day.'),
    name: text.optional().describe('For the reader of the file.'),
  })
  .superRefine(inOrderOrOneDay);

/** The district's calendar; a school may have one of its own that goes over it. */
export const calendarSchema = z.strictObject({
  weekdays: z
    .array(weekday)
    .min(1)
    .optional()
    .describe('Days of the week on which school is held; `[mon, tue, wed, thu, fri]` where nothing is set.'),
  firstDay: date
    .optional()
    .describe('First school day. Not set: the first day of the school year in the SIS.'),
  lastDay: date
    .optional()
    .describe('Last school day, itself included. Not set: the last day of the school year in the SIS.'),
  closures: z
    .array(z.union([date, closedRange], { error: 'a date, or `{ from, to, name }`' }))
    .max(200)
    .optional()
    .describe('Days without school: a date, or `{ from, to, name }` with both ends included.'),
  makeUpDays: z
    .array(date)
    .max(50)
    .optional()
    .describe('Days on which school is held although the weekday or a closure says otherwise.'),
});

export type CalendarFile = z.output<typeof calendarSchema>;
