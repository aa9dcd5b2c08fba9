import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { Evidence, GuardsInForce } from './evidence.ts';
import { crowdedDays, doubledSchools, firstDaysGone, lostRows } from './guard-absences.ts';
import { readEarlierTallies, readTallies } from './guard-measures.ts';
import { judgePeople, lostContacts } from './guard-people.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';
import { lastWholeRead } from './sync-runs.ts';
import type { Arrivals } from './tallies.ts';

const MOST_EVIDENCE = 200;

/** School days into a school year after which somebody has been absent, and in how many days of students. */
const SCHOOL_DAYS_WITHOUT_ROWS = 5;
const STUDENT_DAYS_WITHOUT_ROWS = 500;
/** As for rows that are invalid: more than this share, and more than a handful. */
const UNRESOLVED_ALLOWED = 0.05;
const UNRESOLVED_FLOOR = 10;
/** A share that a person has let pass before may grow by so much until it is asked about again. */
const UNRESOLVED_GROWTH = 1.1;

/**
 * Looks at what a run has made of the district, before it is committed, and compares each school with the last run
 * that was applied or released, and with the first one of the last two weeks: what is lost little by little passes
 * every single comparison. Ratios fire only above a floor, so that an ordinary September in a small school passes. The
 * first run has nothing to be compared with; what cannot be right in itself is stopped there too.
 * @param counts what the run has read and left out so far
 * @returns every reason to stop; empty: none
 */
export async function judgeRun(
  tx: Tx,
  run: RunToApply,
  arrivals: readonly Arrivals[],
  limits: GuardsInForce,
  counts: ApplyCounts,
): Promise<Evidence[]> {
  const inItself = run.attendance === 'whole' ? await wholeAttendance(tx, run, limits, counts) : [];
  const before = await readTallies(tx);
  if (run.phase === 'begins' || before.size === 0) return inItself;
  const earlier = await readEarlierTallies(tx);
  const people = [
    ...(await judgePeople(tx, run, arrivals, { before, earlier, limits })),
    ...(run.contacts === 'none' ? [] : await lostContacts(tx, limits)),
  ];
  if (run.attendance === 'none') return people.slice(0, MOST_EVIDENCE);
  return [
    ...inItself,
    ...people,
    ...(await lostRows(tx, run, before, limits)),
    ...(await firstDaysGone(tx, run, limits)),
    ...(await crowdedDays(tx, run, before, limits)),
    ...(await doubledSchools(tx, run, limits)),
  ].slice(0, MOST_EVIDENCE);
}

/** Missing data never reads as "nobody was absent": neither rows that never came nor rows that nobody can place. */
async function wholeAttendance(
  tx: Tx,
  run: RunToApply,
  limits: GuardsInForce,
  counts: ApplyCounts,
): Promise<Evidence[]> {
  const common = { collection: 'absences', school: null, date: null } as const;
  const rows = counts.attendances ?? 0;
  if (rows === 0) {
    const { schoolDays } = limits;
    if (schoolDays < SCHOOL_DAYS_WITHOUT_ROWS) return [];
    const active = await sql<{ n: number }>`
      select count(*)::int as n from student where active and missing_since is null`.execute(tx);
    const studentDays = (active.rows[0]?.n ?? 0) * schoolDays;
    if (studentDays < STUDENT_DAYS_WITHOUT_ROWS) return [];
    return [{ guard: 'none-yet', ...common, before: schoolDays, found: 0, limit: 0 }];
  }
  const unresolved = unresolvedOf(counts);
  const limit = Math.floor(rows * Math.max(UNRESOLVED_ALLOWED, await unresolvedBefore(tx, run)));
  if (unresolved < UNRESOLVED_FLOOR || unresolved <= limit) return [];
  return [{ guard: 'unresolved', ...common, before: rows, found: unresolved, limit }];
}

function unresolvedOf(counts: ApplyCounts): number {
  return (counts.absencesOfUnknownStudent ?? 0) + (counts.absencesAtUnknownSchool ?? 0);
}

/** The share that was in force before, which a person may have released: children who left before we knew any. */
async function unresolvedBefore(tx: Tx, run: RunToApply): Promise<number> {
  const last = await lastWholeRead(tx, 'attendances', run.schoolYear.begins);
  const rows = last?.attendances ?? 0;
  return last === null || rows === 0 ? 0 : (unresolvedOf(last) / rows) * UNRESOLVED_GROWTH;
}
