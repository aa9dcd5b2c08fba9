import type { SchoolDate } from '../domain/school-date.ts';
import type { DistrictFile } from './district-schema.ts';

/** What a policy has to fit: the district, its calendar and its letters. What cannot be told is not checked. */
export interface PolicySurroundings {
  readonly schools: readonly Pick<DistrictFile['schools'][number], 'id' | 'periodsPerDay'>[] | undefined;
  readonly staff: readonly Pick<DistrictFile['staff'][number], 'email' | 'role' | 'schools'>[] | undefined;
  /** Name of each letter that has an English template, with the text of that template. */
  readonly letters: ReadonlyMap<string, string> | null;
  readonly schoolYear: SchoolYearFrame | null;
  /** The calendar is divided into terms. */
  readonly hasTerms: boolean | null;
}

export interface SchoolYearFrame {
  readonly firstDay: SchoolDate;
  readonly lastDay: SchoolDate;
  readonly schoolDays: number;
}
