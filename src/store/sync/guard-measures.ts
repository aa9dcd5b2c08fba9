import type { SchoolDate } from '../../domain/school-date.ts';
import type { Tx } from '../database.ts';
import type { GuardLimits } from './evidence.ts';

/** What a school is compared with. */
export interface Measures {
  readonly before: ReadonlyMap<number, Tally>;
  readonly earlier: ReadonlyMap<number, EarlierTally>;
  readonly limits: GuardLimits;
}

/** A school after the last run that was applied or released. */
export interface Tally {
  readonly school: string;
  readonly students: number;
  readonly guardians: number;
  readonly links: number;
  readonly absenceRows: number;
}

/** By school. */
export async function readTallies(tx: Tx): Promise<Map<number, Tally>> {
  const rows = await tx
    .selectFrom('school_tally')
    .innerJoin('school', 'school.id', 'school_tally.school_id')
    .select(['school.id', 'school.sourced_id', 'students', 'guardians', 'links', 'absence_rows'])
    .orderBy('school.sourced_id')
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        school: row.sourced_id,
        students: row.students,
        guardians: row.guardians,
        links: row.links,
        absenceRows: row.absence_rows,
      },
    ]),
  );
}

export interface EarlierTally {
  readonly asOf: SchoolDate;
  readonly students: number;
  readonly guardians: number;
  readonly links: number;
}

/** Each school as it was on the earliest day that is remembered. */
export async function readEarlierTallies(tx: Tx): Promise<Map<number, EarlierTally>> {
  const rows = await tx
    .selectFrom('school_tally_day')
    .select(['school_id', 'as_of', 'students', 'guardians', 'links'])
    .distinctOn('school_id')
    .orderBy('school_id')
    .orderBy('as_of')
    .execute();
  return new Map(rows.map(({ school_id, as_of: asOf, ...people }) => [school_id, { asOf, ...people }]));
}
