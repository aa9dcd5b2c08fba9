import { z } from 'zod';
import { HOLIDAYS } from '../domain/holidays.ts';
import { date, inOrderOrOneDay, text } from './fields.ts';

const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const minutes = z.int().min(1).max(1_440);
const words = z.array(text).max(50);

const closedRange = z
  .strictObject({
    from: date.describe('First closed day.'),
    to: date.describe('Last closed day.'),
    name: text.optional().describe('For the reader of the file.'),
  })
  .superRefine(inOrderOrOneDay);

const weekdayRule = z
  .strictObject({
    weekdays: z.array(weekday).min(1).describe('Days of the week on which school is held in this time.'),
    from: date.describe('First day of this time.'),
    to: date.describe('Last day of this time.'),
  })
  .superRefine(inOrderOrOneDay);

const earlyRelease = z.strictObject({
  days: z.array(date).max(250).default([]).describe('School days that end early.'),
  wholeDayMinutes: minutes
    .optional()
    .describe('Minutes missed from which such a day counts 1. Not set: as on any other day.'),
  halfDayMinutes: minutes.optional().describe('Minutes missed from which such a day counts 0.5.'),
  periods: z
    .int()
    .min(1)
    .max(20)
    .optional()
    .describe('Periods scheduled on such a day. Not set: as on any other day.'),
});

const term = z.strictObject({
  name: text.describe('Name of the term.'),
  from: date.describe('Its first day; it lasts until the next one begins.'),
});

/** The district's calendar; a school may have one of its own that goes over it. */
export const calendarSchema = z.strictObject({
  weekdays: z
    .array(weekday)
    .min(1)
    .optional()
    .describe('Days of the week on which school is held; `[mon, tue, wed, thu, fri]` where nothing is set.'),
  weekdayRules: z
    .array(weekdayRule)
    .max(50)
    .optional()
    .describe('Other days of the week for a part of the year; of several for one date the last holds.'),
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
  holidays: z
    .array(z.enum(HOLIDAYS))
    .max(HOLIDAYS.length)
    .optional()
    .describe('Holidays without school by name; one on a weekend closes the weekday next to it, too.'),
  makeUpDays: z
    .array(date)
    .max(50)
    .optional()
    .describe('Days on which school is held although the weekday, a closure or a holiday says otherwise.'),
  earlyRelease: earlyRelease.optional().describe('School days that end early, and from when one counts.'),
  terms: z
    .array(term)
    .min(1)
    .max(12)
    .optional()
    .describe('Parts of the school year, for steps that look at the term.'),
  termsFromSis: z
    .enum(['semester', 'term', 'gradingPeriod'])
    .optional()
    .describe('Takes the terms from the SIS instead: the type of its academicSessions that is meant.'),
  file: text
    .optional()
    .describe('An iCalendar file (`.ics`) with further days, as seen from this file. Read at start.'),
  icsWords: z
    .strictObject({
      closed: words
        .default(['No School', 'School Closed', 'Schools Closed'])
        .describe('What an event’s title contains, or its category is, when no school is held.'),
      makeUp: words.default(['Make-up Day', 'Makeup Day']).describe('The same, when a day is made up for.'),
      earlyRelease: words
        .default(['Early Release', 'Early Dismissal'])
        .describe('The same, when school ends early.'),
    })
    .optional()
    .describe('Which events of `file` mean something. All others are passed over.'),
});

export type CalendarFile = z.output<typeof calendarSchema>;
