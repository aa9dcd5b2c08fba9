import type { Config } from '../config/config-types.ts';
import { controlSheet } from '../documents/control-sheet.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { type ListedRun, lettersOfRun } from '../store/print-run-list.ts';

/** A control sheet of a print run as it stands on a day: it names what has to be pulled. */
export async function sheetOfRun(
  db: Db,
  config: Pick<Config, 'district' | 'schools'>,
  run: ListedRun,
  asOf: SchoolDate,
): Promise<Buffer> {
  const letters = await lettersOfRun(db, run.id);
  return controlSheet({
    reference: run.ref,
    schoolName: config.schools.find(({ id }) => id === run.school)?.name ?? run.schoolName,
    districtName: config.district.name,
    printedOn: run.printedOn,
    asOf,
    letters: letters.map(({ ref: reference, pages, envelope, hasAddress, state }) => ({
      reference,
      pages,
      envelope,
      hasAddress,
      state,
    })),
  });
}
