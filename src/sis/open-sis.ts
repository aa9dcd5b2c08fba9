import type { ContactSource, RosterSource } from '../domain/sis-records.ts';
import type { AttendanceSource } from './attendance/attendance-source.ts';
import { type DataExtractOptions, openDataExtract } from './attendance/data-extract/open-data-extract.ts';
import { type EdFiOptions, openEdFi } from './attendance/ed-fi/open-ed-fi.ts';
import { type OneRosterServiceOptions, openOneRosterService } from './attendance/oneroster-service.ts';
import { type ContactsOptions, openContacts } from './contacts/open-contacts.ts';
import { openRosterSource, type RosterOptions } from './oneroster/roster-source.ts';

export interface SisOptions {
  readonly roster: RosterOptions;
  readonly attendance: AttendanceOptions;
  /** null: the district has no contacts file. */
  readonly contacts: ContactsOptions | null;
}

export type AttendanceOptions =
  | ({ readonly source: 'oneroster-service' } & OneRosterServiceOptions)
  | ({ readonly source: 'data-extract' } & DataExtractOptions)
  | ({ readonly source: 'ed-fi' } & EdFiOptions);

export function openRoster(options: SisOptions): RosterSource {
  return openRosterSource(options.roster);
}

export function openAttendanceSource({ attendance }: SisOptions): AttendanceSource {
  switch (attendance.source) {
    case 'oneroster-service':
      return openOneRosterService(attendance);
    case 'data-extract':
      return openDataExtract(attendance);
    case 'ed-fi':
      return openEdFi(attendance);
  }
}

export function openContactSource({ contacts }: SisOptions): ContactSource | null {
  return contacts === null ? null : openContacts(contacts);
}
