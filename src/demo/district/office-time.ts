import { instantInZone, type SchoolDate } from '../../domain/school-date.ts';

/** The instant of a wall clock time on a date. Noon is looked up once per date; clocks change at night. */
export interface OfficeTime {
  /** @param minutes minutes since midnight, between 05:00 and 24:00. */
  at(date: SchoolDate, minutes: number): number;
  endOf(date: SchoolDate): number;
}

export function officeTime(timeZone: string): OfficeTime {
  const noons = new Map<SchoolDate, number>();
  const at = (date: SchoolDate, minutes: number) => {
    let noon = noons.get(date);
    if (noon === undefined) {
      noon = instantInZone(date, '12:00', timeZone).getTime();
      noons.set(date, noon);
    }
    return noon + (minutes - 720) * 60_000;
  };
  return { at, endOf: (date) => at(date, 1440) - 1 };
}
