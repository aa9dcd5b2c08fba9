import type { CalendarFacts, SchoolCalendar } from '../domain/calendar.ts';
import type { Policy, PolicyBook } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import type { StoredSchoolYear } from '../store/districts.ts';

/** One district's procedure in one school year: what every decision is measured by. */
export interface Procedure {
  readonly districtId: string;
  readonly timeZone: string;
  /** The one in force. */
  readonly policy: Policy;
  readonly policies: PolicyBook;
  readonly schoolYear: StoredSchoolYear;
  /** A hash over the calendars of all schools: another one, and every answer may be another. */
  readonly calendarVersion: string;
  /** What those calendars are built from. */
  readonly calendars: CalendarsOfDistrict;
  /** No new step rests on absences that were right longer ago than this. */
  readonly freshHours: number;
  /** The calendar of a school by its sourcedId; null asks for the district's. */
  calendarOf(schoolSourcedId: string | null): SchoolCalendar;
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
