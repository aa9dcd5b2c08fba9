import type { AbsenceRecord, AttendanceCode } from '../../src/domain/absence.ts';
import { buildCalendar, type CalendarFacts } from '../../src/domain/calendar.ts';
import { days } from '../../src/domain/days.ts';
import type {
  Enrolment,
  Evaluation,
  Hold,
  LadderSetting,
  LetterOut,
  StepRecord,
  StepVerdict,
  StudentFacts,
} from '../../src/domain/ladder-facts.ts';
import { type CountingRules, onlyPolicy, type Policy, type Step } from '../../src/domain/policy.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';

/** Monday 17 August 2026 to Friday 28 May 2027, with Labor Day and three breaks. */
export const SCHOOL_YEAR: CalendarFacts = {
  firstDay: schoolDate('2026-08-17'),
  lastDay: schoolDate('2027-05-28'),
  weekdays: [1, 2, 3, 4, 5],
  closures: [
    { from: schoolDate('2026-09-07'), to: schoolDate('2026-09-07') },
    { from: schoolDate('2026-11-25'), to: schoolDate('2026-11-27') },
    { from: schoolDate('2026-12-21'), to: schoolDate('2027-01-01') },
    { from: schoolDate('2027-03-22'), to: schoolDate('2027-03-26') },
  ],
  makeUpDays: [],
  weekdayRules: [],
  holidays: [],
  terms: [],
  earlyRelease: [],
};

export const CALENDAR = buildCalendar(SCHOOL_YEAR);

export const LINCOLN = 1;
export const WASHINGTON = 2;

export const COUNTING: CountingRules = {
  excuses: ['excused', 'unexcused', 'unknown'],
  unknownExcuse: 'neither',
  suspensionCounts: false,
  measure: 'best-known',
  wholeDayMinutes: 300,
  halfDayMinutes: 150,
  periodsPerDay: {},
  exceptions: [],
  tardies: null,
  codes: [],
};

export function aStep(step: Partial<Omit<Step, 'at'>> & { id: string; at: string }): Step {
  return {
    title: step.id,
    basis: 'all',
    unit: 'days',
    window: { kind: 'school-year' },
    fromEnrolledDays: 20,
    settleDays: 1,
    legalDeadlineDays: null,
    approval: null,
    requalify: false,
    orWhen: [],
    opensFile: false,
    tasks: [],
    meeting: null,
    contract: null,
    asksForMedicalNotes: false,
    letter: null,
    referral: false,
    noticeDays: 5,
    grades: [],
    schools: [],
    ages: null,
    ...step,
    at: days(step.at),
  };
}

/** The district's own ladder: 4, 7, 10 and 11 days. */
export function aPolicy(policy: Partial<Policy> = {}): Policy {
  return {
    version: 'test-1',
    contentHash: 'test-1',
    effectiveFrom: null,
    counting: COUNTING,
    holds: { remindSchoolDays: 3, kinds: [], fromSis: [] },
    whenSeveral: 'highest-letter',
    adultStudents: 'hold',
    steps: [
      aStep({
        id: 'contact',
        title: 'Contact with the family',
        at: '4',
        opensFile: true,
        tasks: [{ kind: 'contact-family', role: 'attendance-clerk', dueInSchoolDays: 2 }],
      }),
      aStep({ id: 'first-letter', title: 'First Letter', at: '7', settleDays: 3, letter: 'first' }),
      aStep({
        id: 'medical-letter',
        title: 'Medical Letter',
        at: '10',
        settleDays: 3,
        letter: 'medical',
        tasks: [{ kind: 'schedule-meeting', role: 'administrator', dueInSchoolDays: 5 }],
      }),
      aStep({ id: 'referral', title: 'Referral', at: '11', settleDays: 5, referral: true }),
    ],
    ...policy,
  };
}

/** The one policy there ever was, one calendar for all schools, live. */
export function aSetting(policy: Policy, setting: Partial<LadderSetting> = {}): LadderSetting {
  return {
    policies: onlyPolicy(policy),
    calendar: CALENDAR,
    calendarOf: () => CALENDAR,
    mode: 'live',
    baseline: false,
    ...setting,
  };
}

export function anEnrolment(enrolment: Partial<Enrolment> = {}): Enrolment {
  return {
    schoolId: LINCOLN,
    schoolSourcedId: 'lincoln',
    primary: true,
    begins: null,
    ends: null,
    ...enrolment,
  };
}

export function aStudent(facts: Partial<StudentFacts> = {}): StudentFacts {
  return {
    grade: '08',
    birthDate: schoolDate('2013-02-03'),
    active: true,
    enrolments: [anEnrolment()],
    records: [],
    codes: new Map(),
    steps: [],
    lettersOut: [],
    holds: [],
    contracts: [],
    medical: null,
    hasRecipient: true,
    contradictoryGuardianship: false,
    recordsStale: false,
    ...facts,
  };
}

type RowDetails = Partial<Omit<AbsenceRecord, 'date' | 'dayFraction'>> & { fraction?: string | null };

/** A whole-day, unexcused row at Lincoln, unless told otherwise; its id is the date in digits. */
export function absent(date: string, details: RowDetails = {}): AbsenceRecord {
  const { fraction = '1', ...rest } = details;
  const id = rest.id ?? date.replaceAll('-', '');
  return {
    id,
    sourcedId: `row-${id}`,
    schoolId: LINCOLN,
    date: schoolDate(date),
    kind: 'daily',
    period: null,
    status: 'absent',
    excuse: 'unexcused',
    dayFraction: fraction === null ? null : days(fraction),
    minutesAbsent: null,
    minutesScheduled: null,
    codeId: null,
    contradictory: false,
    ...rest,
  };
}

/** Rows without a value of the SIS's own, for one class period each. */
export function missedPeriod(
  date: string,
  period: string,
  details: Partial<Omit<AbsenceRecord, 'date' | 'dayFraction' | 'period'>> = {},
): AbsenceRecord {
  const id = `${date.replaceAll('-', '')}${period}`;
  return { ...absent(date, { id, fraction: null, kind: 'period', ...details }), period };
}

/** The first `n` school days on or after the date. */
export function schoolDaysFrom(date: string, n: number): SchoolDate[] {
  const found: SchoolDate[] = [];
  for (let day = schoolDate(date); found.length < n && day <= CALENDAR.lastDay; day = addDays(day, 1)) {
    if (CALENDAR.isSchoolDay(day)) found.push(day);
  }
  if (found.length < n) throw new RangeError(`the school year has no ${n} school days from ${date}`);
  return found;
}

/** Whole days of absence on `n` school days in a row. */
export function absentInARow(n: number, from = '2026-09-01'): AbsenceRecord[] {
  return schoolDaysFrom(from, n).map((date) => absent(date));
}

export function aCode(code: Partial<AttendanceCode> & { sourcedId: string }): AttendanceCode {
  return {
    title: code.sourcedId,
    status: 'absent',
    excuse: 'unexcused',
    suspension: false,
    confidential: false,
    ...code,
  };
}

export function codeTable(...codes: AttendanceCode[]): Map<string, AttendanceCode> {
  return new Map(codes.map((code) => [code.sourcedId, code]));
}

export function aHold(
  hold: Partial<Omit<Hold, 'begins' | 'ends'>> & { begins?: string; ends?: string | null } = {},
): Hold {
  const { begins = '2026-08-17', ends = null, ...rest } = hold;
  return {
    id: 'hold-1',
    kind: 'illness-plan',
    scope: 'letters',
    ...rest,
    begins: schoolDate(begins),
    ends: ends === null ? null : schoolDate(ends),
  };
}

export function letterOut(step: string, handedOverOn: string): LetterOut {
  return { step, handedOverOn: schoolDate(handedOverOn) };
}

export function aStepRecord(
  step: string,
  state: StepRecord['state'],
  rest: Partial<Omit<StepRecord, 'step' | 'state'>> = {},
): StepRecord {
  return {
    step,
    state,
    owedOn: schoolDate('2026-09-15'),
    takenOn: state === 'taken' ? schoolDate('2026-09-15') : null,
    superseded: false,
    skippedFor: null,
    acted: state === 'taken',
    round: 1,
    shadow: false,
    outside: false,
    policyVersion: 'test-1',
    approval: null,
    released: false,
    reachedBy: 'count',
    ...rest,
  };
}

/** The first letter of the step was handed over, or the packet of the referral has left. */
export function handedOver(facts: StudentFacts, step: string, on: string): StudentFacts {
  const date = schoolDate(on);
  return {
    ...facts,
    steps: facts.steps.map((record) =>
      record.step === step && record.state === 'owed'
        ? { ...record, state: 'taken', takenOn: date, acted: true }
        : record,
    ),
    lettersOut: [...facts.lettersOut, { step, handedOverOn: date }],
  };
}

export function verdictOf(evaluation: Evaluation, step: string): StepVerdict {
  const found = evaluation.steps.find((verdict) => verdict.step === step);
  if (found === undefined) throw new RangeError(`no verdict about ${step}`);
  return found;
}

/** `step: state` of every step, with `superseded` and what it was skipped for. */
export function standing(evaluation: Evaluation): Record<string, string | null> {
  return Object.fromEntries(
    evaluation.steps.map(({ step, state, superseded, skippedFor }) => [
      step,
      superseded ? `${state}, superseded` : skippedFor === null ? state : `${state} for ${skippedFor}`,
    ]),
  );
}

/** `kind step` of every action, in order. */
export function asked(evaluation: Evaluation): string[] {
  return evaluation.actions.map((action) => `${action.kind} ${action.step}`);
}
