import { createHash } from 'node:crypto';
import type { SisYear } from '../config/calendar-facts.ts';
import type { Config } from '../config/config-types.ts';
import type { ContactLogRules } from '../config/contact-log-schema.ts';
import type { BrakeLimits } from '../domain/brakes.ts';
import { buildCalendar, type CalendarFacts, type SchoolCalendar } from '../domain/calendar.ts';
import type { Policy } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { SendingWindow } from '../domain/sending-window.ts';
import type { Db } from '../store/database.ts';
import { schoolYearOn } from '../store/districts.ts';
import { readPolicyBook } from '../store/policies.ts';
import { listSessions } from '../store/sessions.ts';
import { sisCalendarState } from '../store/sis-calendar.ts';
import type { CalendarsOfDistrict, Modes, Procedure } from './procedure.ts';

/** What the configuration says about the procedure. */
export interface ProcedureSettings {
  readonly districtId: string;
  readonly timeZone: string;
  readonly policy: Policy;
  readonly freshHours: number;
  readonly brakes: BrakeLimits;
  readonly sendingWindow: SendingWindow;
  readonly contactLog: ContactLogRules;
  readonly modes: Modes;
  /** sourcedIds of the schools that the configuration names. */
  readonly schools: readonly string[];
  readonly calendarFor: (schoolSourcedId: string | null, schoolYear: SisYear) => CalendarFacts;
}

export function procedureSettings(config: Config): ProcedureSettings {
  return {
    districtId: config.district.id,
    timeZone: config.district.timeZone,
    policy: config.policy,
    modes: {
      district: config.goLive.mode,
      schools: Object.fromEntries(config.schools.map(({ id, mode }) => [id, mode])),
    },
    schools: config.schools.map((school) => school.id),
    calendarFor: config.calendarFor,
    freshHours: config.sis.freshHours,
    brakes: config.brakes,
    sendingWindow: config.mail.sendingWindow,
    contactLog: config.contactLog,
  };
}

export interface ProcedureBook {
  /** The procedure of the school year that the date belongs to. @throws NoProcedureError before the first sync, or before the first policy holds */
  on(date: SchoolDate): Promise<Procedure>;
}

/** There is nothing to decide by on this day. */
export class NoProcedureError extends Error {
  override readonly name: string = 'NoProcedureError';
}

/** @returns null where nothing can be decided yet: before the first sync, or before the first policy holds */
export async function ifAny(asked: Promise<Procedure>): Promise<Procedure | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof NoProcedureError) return null;
    throw error;
  });
}

/** Nothing has been synced yet, so there is no school year to decide in. */
class NoSchoolYearError extends NoProcedureError {
  override readonly name = 'NoSchoolYearError';

  constructor() {
    super('No school year is known yet: run a sync first.');
  }
}

/** The first policy of the district holds from a later day on: until then nothing is decided. */
export class PolicyAheadError extends NoProcedureError {
  override readonly name = 'PolicyAheadError';

  constructor(version: string, from: SchoolDate) {
    super(
      `The policy ${version} holds from ${from} on (effectiveFrom), and none is in force before it: until then nothing is decided.`,
    );
  }
}

interface Page {
  readonly date: SchoolDate;
  /** Of the SIS's calendar before it was read: it may be newer than this says, and never older. */
  readonly state: string;
  readonly procedure: Promise<Procedure>;
}

/**
 * Builds the procedure of a day once, and again when a run was applied, by whichever process: two that went by
 * different calendars would decide against each other. Calendars are built once per school.
 */
export function createProcedureBook(db: Db, settings: ProcedureSettings): ProcedureBook {
  let page: Page | null = null;
  return {
    async on(date) {
      const state = await sisCalendarState(db);
      if (page?.date === date && page.state === state) return page.procedure;
      const opened: Page = { date, state, procedure: openProcedure(db, settings, date) };
      page = opened;
      opened.procedure.catch(() => {
        if (page === opened) page = null;
      });
      return opened.procedure;
    },
  };
}

async function openProcedure(db: Db, settings: ProcedureSettings, date: SchoolDate): Promise<Procedure> {
  const schoolYear = await schoolYearOn(db, date);
  if (schoolYear === null) throw new NoSchoolYearError();
  const sisYear = { ...schoolYear, sessions: await listSessions(db, schoolYear.id) };
  const policies = await readPolicyBook(db, settings.policy, date);
  if (policies === null) {
    throw new PolicyAheadError(settings.policy.version, settings.policy.effectiveFrom ?? date);
  }
  const calendars: CalendarsOfDistrict = {
    district: settings.calendarFor(null, sisYear),
    schools: Object.fromEntries(
      [...settings.schools].sort().map((school) => [school, settings.calendarFor(school, sisYear)]),
    ),
  };
  const calendarOf = buildCalendars(calendars);
  return {
    districtId: settings.districtId,
    timeZone: settings.timeZone,
    policy: policies.current,
    policies,
    configuredPolicy: settings.policy,
    freshHours: settings.freshHours,
    brakes: settings.brakes,
    sendingWindow: settings.sendingWindow,
    contactLog: settings.contactLog,
    modes: settings.modes,
    schoolYear,
    calendars,
    calendarOf,
    calendarVersion: calendarVersion(calendars, calendarOf),
  };
}

/** Each school's calendar is built once, when it is first asked for. */
export function buildCalendars({ district, schools }: CalendarsOfDistrict): Procedure['calendarOf'] {
  const built = new Map<CalendarFacts, SchoolCalendar>();
  return (schoolSourcedId) => {
    const facts = (schoolSourcedId === null ? undefined : schools[schoolSourcedId]) ?? district;
    let calendar = built.get(facts);
    if (calendar === undefined) {
      calendar = buildCalendar(facts);
      built.set(facts, calendar);
    }
    return calendar;
  };
}

function calendarVersion({ schools }: CalendarsOfDistrict, calendarOf: Procedure['calendarOf']): string {
  const hash = createHash('sha256').update(calendarOf(null).hashText);
  for (const school of Object.keys(schools)) hash.update(`\n${school} ${calendarOf(school).hashText}`);
  return hash.digest('hex').slice(0, 32);
}
