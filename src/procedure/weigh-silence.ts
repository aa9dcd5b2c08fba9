import type { SchoolCalendar } from '../domain/calendar.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { NeedsWholeReadError } from '../store/sync/needs-whole-read.ts';
import type { RunPlan } from '../store/sync/run-to-apply.ts';
import { anyAbsenceCame, anySilentSchool } from '../store/sync/silent-schools.ts';
import { lastReadOfAbsences } from '../store/sync/sync-runs.ts';
import type { TermDays } from './choose-school-year.ts';

/** Rows that a school would have had in the time by what it had before, so that none at all is no chance. */
const ROWS_EXPECTED = 20;

/**
 * A read of changes in which no absence came, removed ones apart, looks the same whether nobody was absent or the feed has broken. On a
 * school day, and on the day before one, a whole read has to tell: in a small district that is quickly done. On other
 * days nothing leaves, and the absences stay as old as they were. That one school of several is silent is asked about
 * where it usually has many rows and school was held since the last read.
 * @returns the plan of the run, with absences as fresh as what came proves them to be
 * @throws NeedsWholeReadError
 */
export async function weighSilence(
  db: Db,
  run: RunPlan,
  {
    runId,
    term,
    today,
  }: {
    readonly runId: string;
    readonly term: TermDays & Pick<SchoolCalendar, 'schoolDaysAfter'>;
    readonly today: SchoolDate;
  },
): Promise<RunPlan> {
  if (run.attendance !== 'changes') return run;
  const yesterday = addDays(today, -1);
  if (!(await anyAbsenceCame(db, runId))) {
    if (term.schoolDaysAfter(yesterday, addDays(today, 1)) === 0) return { ...run, attendanceAsOf: null };
    throw new NeedsWholeReadError('attendance', 'no change of any absence came');
  }
  const last = await lastReadOfAbsences(db);
  if (last === null) return run;
  const held = term.schoolDaysAfter(addDays(last, -1), yesterday);
  const soFar = term.schoolDaysAfter(addDays(term.firstDay, -1), yesterday);
  if (held > 0 && (await anySilentSchool(db, runId, { share: held / soFar, atLeast: ROWS_EXPECTED }))) {
    throw new NeedsWholeReadError('attendance', 'no change of any absence came of a school that has many');
  }
  return run;
}
