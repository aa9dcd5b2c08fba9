/** Columns of an attendance extract, by our names; a district may name its own headers for them. */
export const EXTRACT_COLUMNS = [
  'sourcedId',
  'studentSourcedId',
  'studentNumber',
  'studentStateId',
  'studentPersonId',
  'schoolSourcedId',
  'schoolNumber',
  'calendarId',
  'date',
  'period',
  'attendanceStatus',
  'excuse',
  'code',
  'description',
  'dayFraction',
  'presentMinutes',
  'periodMinutes',
  'status',
] as const;

export type ExtractColumn = (typeof EXTRACT_COLUMNS)[number];
