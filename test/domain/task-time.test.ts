import { describe, expect, test } from '@jest/globals';
import { buildCalendar } from '../../src/domain/calendar.ts';
import { type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { dueGroup, lastSnoozeDay, pressureOf } from '../../src/domain/task-time.ts';
import { calendarFacts } from '../support/domain-builders.ts';
