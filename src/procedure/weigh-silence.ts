import type { SchoolCalendar } from '../domain/calendar.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { NeedsWholeReadError } from '../store/sync/needs-whole-read.ts';
import type { RunPlan } from '../store/sync/run-to-apply.ts';
import {
  anyAbsenceCame,
  anyNewsStaged,
  anySilentSchool,
  countAbsencesInForce,
  lastNewsOfAbsences,
  lastReadOfAbsences,
} from '../store/sync/silence.ts';
import type { TermDays } from './choose-school-year.ts';

/** Rows that a school would have had in the time by what it had before, so that none at all is no chance. */
const ROWS_EXPECTED = 20;

interface Days {
  readonly term: TermDays & Pick<SchoolCalendar, 'schoolDaysAfter'>;
  readonly today: SchoolDate;
}

/**
 * A read of changes in which no absence came, removed ones apart, looks the same whether nobody was absent or the feed
 * has broken. On a school day, and on the day before one, a whole read has to tell: in a small district that is quickly
 * done. On other days nothing leaves, and the absences stay as old as they were. That one school of several is silent
 * is asked about where it usually has many rows and school was held since the last read. A whole read that is word for
 * word what is in force proves nothing new either, once so many days of school were held that some absence must have
 * come: a source that serves the same old answer is as old as its last news.
 * @returns the plan of the run, with absences as fresh as what came proves them to be
 * @throws NeedsWholeReadError
 */
export async function weighSilence(
  db: Db,
  run: RunPlan,
  { runId, ...days }: Days & { readonly runId: string },
): Promise<RunPlan> {
  if (run.attendance === 'none') return run;
  if (run.attendance === 'whole') {
    const stale = !(await anyNewsStaged(db, runId)) && (await isLongSilent(db, days));
    return stale ? { ...run, attendanceAsOf: null } : run;
  }
  if (!(await anyAbsenceCame(db, runId))) {
    if (days.term.schoolDaysAfter(addDays(days.today, -1), addDays(days.today, 1)) === 0)
      return { ...run, attendanceAsOf: null };
    throw new NeedsWholeReadError('attendance', 'no change of any absence came');
  }
  const last = await lastReadOfAbsences(db);
  const share = last === null ? 0 : shareHeldSince(last, days);
  if (share > 0 && (await anySilentSchool(db, runId, { share, atLeast: ROWS_EXPECTED }))) {
    throw new NeedsWholeReadError('attendance', 'no change of any absence came of a school that has many');
  }
  return run;
}

async function isLongSilent(db: Db, days: Days): Promise<boolean> {
  const last = await lastNewsOfAbsences(db);
  if (last === null) return false;
  return (await countAbsencesInForce(db)) * shareHeldSince(last, days) >= ROWS_EXPECTED;
}

/** Of the school days so far, the part that was held from that day to yesterday. */
function shareHeldSince(last: SchoolDate, { term, today }: Days): number {
  const yesterday = addDays(today, -1);
  const held = term.schoolDaysAfter(addDays(last, -1), yesterday);
  return held === 0 ? 0 : held / term.schoolDaysAfter(addDays(term.firstDay, -1), yesterday);
}
