import type { SchoolDate } from '../domain/school-date.ts';
import type { RosterSource } from '../domain/sis-records.ts';
import type { AttendanceSource } from './attendance/attendance-source.ts';
import { type OneRosterServiceOptions, openOneRosterService } from './attendance/oneroster-service.ts';
import { openRosterSource, type RosterOptions } from './oneroster/roster-source.ts';
import { SisError } from './sis-error.ts';

export interface SisOptions {
  readonly roster: RosterOptions;
  readonly attendance: { readonly source: 'oneroster-service' } & OneRosterServiceOptions;
}

export function openRoster(options: SisOptions): RosterSource {
  return openRosterSource(options.roster);
}

export function openAttendanceSource(options: SisOptions): AttendanceSource {
  return openOneRosterService(options.attendance);
}

export interface SisFinding {
  readonly what: string;
  readonly ok: boolean;
  readonly finding: string;
}

/** Reads the first page of what a sync needs, and says in plain words what came. */
export async function probeSis(options: SisOptions, today: SchoolDate): Promise<SisFinding[]> {
  const roster = openRoster(options);
  const attendance = openAttendanceSource(options);
  return [
    await probe('OneRoster schools', roster.schools(), (records) =>
      records.map((school) => `${school.sourcedId} ${school.name}`).join('; '),
    ),
    await probe('OneRoster school year', roster.sessions(), (records) =>
      records
        .filter((session) => session.type === 'schoolYear')
        .map((session) => `${session.schoolYear}: ${session.begins} to ${session.ends}`)
        .join('; '),
    ),
    await probe('OneRoster students', roster.students(), (records) => `${records.length} on the first page`),
    await probe(
      'OneRoster guardians',
      roster.guardians(),
      (records) => `${records.length} on the first page`,
    ),
    await probe('demographics', roster.demographics(), (records) => `${records.length} on the first page`, {
      ok: true,
      finding: 'not granted: birth dates and addresses are unknown, and the check at 18 is off',
    }),
    await probe('attendance codes', attendance.codes(), (records) => `${records.length} on the first page`),
    await probe(
      'attendance rows',
      attendance.records({
        from: `${Number(today.slice(0, 4)) - 1}${today.slice(4)}` as SchoolDate,
        to: today,
      }),
      (records) => `${records.length} on the first page`,
    ),
  ];
}

async function probe<T>(
  what: string,
  pages: AsyncIterable<{
    readonly records: readonly T[];
    readonly problems: readonly { field: string; expected: string }[];
  }>,
  describe: (records: readonly T[]) => string,
  whenEmpty: Omit<SisFinding, 'what'> = {
    ok: false,
    finding: 'answered with nothing; a permission may be missing',
  },
): Promise<SisFinding> {
  try {
    for await (const { records, problems } of pages) {
      const [first] = problems;
      const bad =
        first === undefined
          ? ''
          : `; ${problems.length} rows cannot be used (${first.field}: expected ${first.expected})`;
      return { what, ok: records.length > 0, finding: `${describe(records)}${bad}` };
    }
    return { what, ...whenEmpty };
  } catch (error) {
    if (!(error instanceof SisError)) throw error;
    return { what, ok: false, finding: error.message };
  }
}
