import type { ContactLogRules } from '../config/contact-log-schema.ts';
import type { BrakeLimits } from '../domain/brakes.ts';
import type { CalendarFacts, SchoolCalendar } from '../domain/calendar.ts';
import type { Mode } from '../domain/ladder-facts.ts';
import type { Policy, PolicyBook } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { afterRecallWindow, type SendingWindow } from '../domain/sending-window.ts';
import type { Db } from '../store/database.ts';
import type { StoredSchoolYear } from '../store/districts.ts';

/** One district's procedure in one school year: what every decision is measured by. */
export interface Procedure {
  readonly districtId: string;
  readonly timeZone: string;
  /** The one in force. */
  readonly policy: Policy;
  readonly policies: PolicyBook;
  /** The configured one: it may hold from a later day on. */
  readonly configuredPolicy: Policy;
  readonly schoolYear: StoredSchoolYear;
  /** A hash over the calendars of all schools: another one, and every answer may be another. */
  readonly calendarVersion: string;
  /** What those calendars are built from. */
  readonly calendars: CalendarsOfDistrict;
  /** No new step rests on absences that were right longer ago than this. */
  readonly freshHours: number;
  readonly brakes: BrakeLimits;
  readonly sendingWindow: SendingWindow;
  readonly contactLog: ContactLogRules;
  readonly modes: Modes;
  /** The calendar of a school by its sourcedId; null asks for the district's. */
  calendarOf(schoolSourcedId: string | null): SchoolCalendar;
}

/** What may leave, by school. */
export interface Modes {
  /** Of every school that is not named. */
  readonly district: Mode;
  /** By sourcedId. */
  readonly schools: Readonly<Record<string, Mode>>;
}

/** @param schoolSourcedId null asks for the district's. */
export function modeOf({ district, schools }: Modes, schoolSourcedId: string | null): Mode {
  return (schoolSourcedId === null ? undefined : schools[schoolSourcedId]) ?? district;
}

export interface CalendarsOfDistrict {
  readonly district: CalendarFacts;
  /** By sourcedId; a school that is not named has the district's. */
  readonly schools: Readonly<Record<string, CalendarFacts>>;
}

/** The moment of a decision, in the two forms that decisions need. */
export interface Moment {
  readonly now: Date;
  readonly today: SchoolDate;
}

/** A moment, and what stored evaluations have to agree with in order not to be due then. */
export function dueAt(procedure: Procedure, moment: Moment) {
  return {
    ...moment,
    schoolYear: procedure.schoolYear.id,
    policyVersion: procedure.policy.version,
    calendarVersion: procedure.calendarVersion,
    modes: procedure.modes,
  };
}

/** When a letter that nothing keeps back from now on may leave: the time to call it back is over then. */
export function mayLeaveFrom(procedure: Procedure, calendar: SchoolCalendar, { now }: Moment): Date {
  const { timeZone, sendingWindow: window, brakes } = procedure;
  return afterRecallWindow(now, timeZone, calendar, { window, recallMinutes: brakes.recallMinutes });
}

/** The calendar of a school by our own id. */
export async function schoolCalendar(
  db: Db,
  procedure: Procedure,
  schoolId: number,
): Promise<SchoolCalendar> {
  const school = await db
    .selectFrom('school')
    .select('sourced_id')
    .where('id', '=', schoolId)
    .executeTakeFirst();
  return procedure.calendarOf(school?.sourced_id ?? null);
}
