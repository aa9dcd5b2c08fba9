import type { AbsenceRecord } from './absence.ts';
import type { DayMeasure } from './day-limits.ts';
import { type DayShare, shareOfDay } from './day-share.ts';
import { ONE_DAY } from './days.ts';

/** What the rows of all schools make of one date. */
export interface DateShare<Row> {
  /** null when nothing can be measured. */
  readonly best: DayShare<Row> | null;
  /** Rows that cannot be measured. */
  readonly unmeasured: readonly Row[];
  /** Rows that add nothing to a date that counts once. */
  readonly spare: readonly Row[];
  /** The policy asks for a measure that rows do not have, and the date could count more with it. */
  readonly wanting: boolean;
}

/**
 * Between schools the largest share counts, once.
 * @param measureAt by what the rows of a school are measured, by its id in the ledger.
 */
export function shareOfDate<Row extends { readonly record: AbsenceRecord }>(
  rows: readonly Row[],
  measureAt: (schoolId: number) => DayMeasure,
): DateShare<Row> {
  let best: DayShare<Row> | null = null;
  let strict = false;
  const spare: Row[] = [];
  const unmeasured: Row[] = [];
  for (const [schoolId, ofSchool] of groupBySchool(rows)) {
    const measure = measureAt(schoolId);
    const share = shareOfDay(ofSchool, measure);
    const unclear = share === null ? ofSchool : share.unmeasured;
    unmeasured.push(...unclear);
    // What `best-known` cannot measure has no measure at all; what a named measure cannot, the SIS may still deliver.
    if (unclear.length > 0 && measure.measure !== 'best-known') strict = true;
    if (share === null) continue;
    const apart = new Set([...share.used, ...share.unmeasured]);
    spare.push(...ofSchool.filter((row) => !apart.has(row)));
    if (best === null || share.fraction > best.fraction) {
      spare.push(...(best?.used ?? []));
      best = share;
    } else {
      spare.push(...share.used);
    }
  }
  return { best, unmeasured, spare, wanting: strict && best?.fraction !== ONE_DAY };
}

function groupBySchool<Row extends { readonly record: AbsenceRecord }>(
  rows: readonly Row[],
): [number, Row[]][] {
  const schools = [...new Set(rows.map((row) => row.record.schoolId))].sort((a, b) => a - b);
  return schools.map((schoolId) => [schoolId, rows.filter((row) => row.record.schoolId === schoolId)]);
}
