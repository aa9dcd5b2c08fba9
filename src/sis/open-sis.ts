import type { RosterSource } from '../domain/sis-records.ts';
import type { AttendanceSource } from './attendance/attendance-source.ts';
import { type OneRosterServiceOptions, openOneRosterService } from './attendance/oneroster-service.ts';
import { openRosterSource, type RosterOptions } from './oneroster/roster-source.ts';

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
