import { buildCalendar } from '../../src/domain/calendar.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import type {
  AbsenceRow,
  AbsenceRowRecord,
  CodeRecord,
  DeletedRecord,
  DemographicsRecord,
  GuardianRecord,
  ReadQuery,
  RecordPage,
  RosterSource,
  SchoolRecord,
  SessionRecord,
  StaffRecord,
  StudentRecord,
} from '../../src/domain/sis-records.ts';
import type { AttendanceSource } from '../../src/sis/attendance/attendance-source.ts';
import { toldPages } from './told-pages.ts';

/** What a SIS says, as one value that a test edits between reads. */
export interface SisRecords {
  sessions: SessionRecord[];
  schools: SchoolRecord[];
  students: StudentRecord[];
  guardians: GuardianRecord[];
  demographics: DemographicsRecord[];
  codes: CodeRecord[];
  absences: AbsenceRowRecord[];
  staff?: StaffRecord[];
}

export function sisRecords(records: Partial<SisRecords> = {}): SisRecords {
  return {
    sessions: [aSession()],
    schools: [aSchool('lincoln')],
    students: [],
    guardians: [],
    demographics: [],
    codes: [aCode('unx')],
    absences: [],
    ...records,
  };
}

/**
 * Serves the records as they stand when each collection is read, page by page, and leaves out what is known.
 * @param size of a page
 */
export function sourcesOf(
  records: SisRecords,
  size = 2,
): { roster: RosterSource; attendance: AttendanceSource } {
  return {
    roster: {
      sessions: () => pages(size, () => records.sessions),
      schools: () => pages(size, () => records.schools),
      students: (query) => pages(size, () => records.students, query),
      guardians: (query) => pages(size, () => records.guardians, query),
      demographics: (query) => pages(size, () => records.demographics, query),
      staff: () => pages(size, () => records.staff ?? []),
      cursor: () => null,
      report: () => ({}),
    },
    attendance: {
      capabilities: () => ({
        deltas: false,
        tombstones: true,
        unknownExcuse: true,
        granularity: 'mixed',
        coverage: 'everyone',
        everyCode: false,
      }),
      offer: async () => ({ kind: 'ready' }),
      codes: () => pages(size, () => records.codes),
      records: (query) => pages(size, () => records.absences, query),
      completeness: () => ({ asOf: '', rows: records.absences.length, schools: [], cursor: null }),
      report: () => ({}),
      end: async () => undefined,
    },
  };
}

/** What `syncDistrict` needs beside the sources: every read is a full one, and the guards are as shipped. */
export const syncSettings = {
  contacts: null,
  guards: {
    shrinkTo: 0.9,
    growTo: 1.5,
    goneShare: 0.1,
    absentShare: 0.3,
    medianFactor: 3,
    doubledFactor: 2,
    floorRows: 50,
    floorStudents: 10,
  },
  holds: [],
  baseline: 'none',
  fullDue: () => true,
  termDays: () => aTerm('2026-08-01', '2027-06-30'),
} as const;

/** Monday to Friday from the first day to the last. */
export function aTerm(firstDay: string, lastDay: string) {
  const days = buildCalendar({
    firstDay: schoolDate(firstDay),
    lastDay: schoolDate(lastDay),
    weekdays: [1, 2, 3, 4, 5],
    closures: [],
    makeUpDays: [],
    weekdayRules: [],
    holidays: [],
    terms: [],
    earlyRelease: [],
  });
  return { ...days, firstDay: schoolDate(firstDay), lastDay: schoolDate(lastDay) };
}

/** Names under which Infinite Campus keeps what OneRoster has no field for. */
export const metadataNames = {
  language: 'communicationLanguage',
  mailAllowed: 'mailing',
  noContact: 'noContact',
  addressPrivate: 'private',
  wantsPaper: 'wantsPaper',
  relationships: 'ic_relationships',
} as const;

async function* pages<T>(
  size: number,
  rows: () => readonly T[],
  query?: ReadQuery,
): AsyncGenerator<RecordPage<T>> {
  yield* toldPages(rows(), query?.known, size);
}

export function aSession(session: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sourcedId: 'year-2027',
    active: true,
    title: '2026-27',
    type: 'schoolYear',
    begins: schoolDate('2026-08-01'),
    ends: schoolDate('2027-07-01'),
    schoolYear: '2027',
    ...session,
  };
}

export function aSchool(sourcedId: string, school: Partial<SchoolRecord> = {}): SchoolRecord {
  return { sourcedId, active: true, name: `${sourcedId} school`, number: null, ...school };
}

export function aStudent(sourcedId: string, student: Partial<StudentRecord> = {}): StudentRecord {
  return {
    sourcedId,
    active: true,
    givenName: 'Quillon',
    familyName: 'Zephyrine',
    grade: '05',
    number: null,
    email: null,
    aliases: [],
    enrolments: [enrolledAt('lincoln')],
    flags: {},
    guardianSourcedIds: [],
    ...student,
  };
}

export function enrolledAt(
  school: string,
  enrolment: Partial<StudentRecord['enrolments'][number]> = {},
): StudentRecord['enrolments'][number] {
  return { schoolSourcedId: school, primary: true, begins: null, ends: null, ...enrolment };
}

export function aGuardian(sourcedId: string, guardian: Partial<GuardianRecord> = {}): GuardianRecord {
  return {
    sourcedId,
    active: true,
    role: 'guardian',
    givenName: 'Xanthe',
    familyName: 'Zephyrine',
    email: `${sourcedId}@family.example.org`,
    phone: null,
    language: 'en',
    address: { lines: [`1 ${sourcedId} Street`], city: 'Cedar Valley', state: 'UT', postalCode: '84999' },
    addressPrivate: false,
    mailAllowed: true,
    noContact: false,
    wantsPaper: false,
    aliases: [],
    links: [],
    ...guardian,
  };
}

export function linkTo(
  student: string,
  link: Partial<GuardianRecord['links'][number]> = {},
): GuardianRecord['links'][number] {
  return { studentSourcedId: student, relationship: 'mother', guardian: true, ...link };
}

export function aCode(sourcedId: string, code: Partial<CodeRecord> = {}): CodeRecord {
  return {
    sourcedId,
    active: true,
    title: sourcedId.toUpperCase(),
    description: null,
    status: 'absent',
    excuse: 'unexcused',
    schoolSourcedId: null,
    ...code,
  };
}

/** A whole day; its id says whose and when, unless the test names one. */
export function anAbsence(student: string, date: string, row: Partial<AbsenceRow> = {}): AbsenceRow {
  return {
    sourcedId: `${student}/${date}`,
    deleted: false,
    studentSourcedId: student,
    schoolSourcedId: 'lincoln',
    date: schoolDate(date),
    kind: 'daily',
    period: null,
    status: 'absent',
    excuse: 'unexcused',
    dayFraction: '1',
    minutesAbsent: null,
    minutesScheduled: null,
    codeSourcedId: 'unx',
    ...row,
  };
}

/** What is left of `anAbsence` once the SIS has removed it. */
export function aDeletedAbsence(student: string, date: string): DeletedRecord {
  return { sourcedId: anAbsence(student, date).sourcedId, deleted: true };
}

/** Monday to Friday from a date on, so many of them. */
export function weekdaysFrom(first: string, count: number): SchoolDate[] {
  const dates: SchoolDate[] = [];
  for (let date = schoolDate(first); dates.length < count; date = addDays(date, 1)) {
    const day = new Date(`${date}T00:00:00Z`).getUTCDay();
    if (day !== 0 && day !== 6) dates.push(date);
  }
  return dates;
}

/** Sixteen school days, far beyond the eleven of the referral. */
export const MANY = weekdaysFrom('2026-08-27', 17).filter((date) => date !== '2026-09-07');
