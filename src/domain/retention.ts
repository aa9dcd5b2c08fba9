import { type SchoolDate, schoolDate } from './school-date.ts';

/** Classes of records, in the order in which they are destroyed: names go last. */
export const RETENTION_CLASSES = ['mails', 'absences', 'files', 'people'] as const;

export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** Years after the end of a school year; null: kept for ever. */
export type RetentionRules = Readonly<Record<RetentionClass, number | null>>;

/** Records of school years that ended on or before this day are due; null: none ever are. */
export function dueUpTo(years: number | null, today: SchoolDate): SchoolDate | null {
  return years === null ? null : shiftYears(today, -years);
}

/** Until when records of a school year are kept. */
export function keptUntil(ends: SchoolDate, years: number): SchoolDate {
  return shiftYears(ends, years);
}

/** 29 February counts as 1 March where there is none: a record is kept a day longer, never shorter. */
function shiftYears(date: SchoolDate, years: number): SchoolDate {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const there = new Date(Date.UTC(year + years, month - 1, day));
  return schoolDate(there.toISOString().slice(0, 10));
}
