import { type Header, type HeaderRules, resolveHeader } from '../../csv/resolve-header.ts';
import { EXTRACT_COLUMNS, type ExtractColumn } from './extract-columns.ts';

/**
 * Usual headers, those of Infinite Campus' `v_AttendanceDetail` among them. `attendanceStatus` chooses before
 * `status`: a header `status` alone is the status of the attendance, beside an `attendanceStatus` that of the row.
 */
const USUAL: Readonly<Record<ExtractColumn, readonly string[]>> = {
  sourcedId: ['sourcedId', 'attendanceSourcedId', 'attendanceGUID'],
  studentSourcedId: ['studentSourcedId', 'studentGUID', 'personGUID'],
  studentNumber: ['studentNumber'],
  studentStateId: ['studentStateId', 'stateID', 'studentStateNumber'],
  studentPersonId: ['studentPersonId', 'personID'],
  schoolSourcedId: ['schoolSourcedId', 'schoolGUID', 'orgSourcedId'],
  schoolNumber: ['schoolNumber'],
  calendarId: ['calendarID'],
  date: ['date', 'attendanceDate', 'absenceDate'],
  period: ['period', 'periodName'],
  attendanceStatus: ['attendanceStatus', 'status'],
  excuse: ['excuse', 'attendanceExcuse'],
  code: ['code', 'attendanceCode'],
  description: ['description', 'codeDescription'],
  dayFraction: ['dayFraction'],
  presentMinutes: ['presentMinutes'],
  periodMinutes: ['periodMinutes'],
  status: ['rowStatus', 'recordStatus', 'status'],
};

const NEEDED: readonly (readonly ExtractColumn[])[] = [
  ['studentSourcedId', 'studentPersonId', 'studentNumber', 'studentStateId'],
  ['schoolSourcedId', 'schoolNumber'],
  ['date'],
  ['attendanceStatus', 'code'],
];

/** @param own the district's own headers @throws FileRefusal */
export function extractHeader(
  headers: readonly string[],
  own: HeaderRules<ExtractColumn>['own'],
): Header<ExtractColumn> {
  return resolveHeader(headers, { columns: EXTRACT_COLUMNS, usual: USUAL, own, needed: NEEDED });
}
