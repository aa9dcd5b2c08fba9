import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { Evidence, GuardLimits } from './evidence.ts';
import type { RunToApply } from './run-to-apply.ts';
import { type Arrivals, peopleNow } from './tallies.ts';

/** School days of history before a day is measured by its median. */
const HISTORY_DAYS = 20;
const MOST_EVIDENCE = 200;

/**
 * Looks at what a run has made of the district, before it is committed, and compares each school with the last run
 * that was applied or released. Ratios fire only above a floor, so that an ordinary September in a small school
 * passes. The first run has nothing to be compared with.
 * @returns every reason to stop; empty: none
 */
export async function judgeRun(
  tx: Tx,
  run: RunToApply,
  arrivals: readonly Arrivals[],
  limits: GuardLimits,
): Promise<Evidence[]> {
  const before = await readTallies(tx);
  if (before.size === 0) return [];
  const people = [
    ...(run.roster === 'whole'
      ? await wholeRoster(tx, before, limits)
      : changedRoster(before, arrivals, limits)),
    ...(run.contacts === 'none' ? [] : await lostContacts(tx, limits)),
  ];
  if (run.attendance === 'none') return people.slice(0, MOST_EVIDENCE);
  return [
    ...people,
    ...(await goneRows(tx, before, limits)),
    ...(await crowdedDays(tx, before, limits)),
    ...(await doubledSchools(tx, run, limits)),
  ].slice(0, MOST_EVIDENCE);
}

interface Tally {
  readonly school: string;
  readonly students: number;
  readonly guardians: number;
  readonly links: number;
  readonly absenceRows: number;
}

async function readTallies(tx: Tx): Promise<Map<number, Tally>> {
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

const PEOPLE = { students: 'students', guardians: 'guardians', links: 'guardian links' } as const;

async function wholeRoster(
  tx: Tx,
  tallies: ReadonlyMap<number, Tally>,
  limits: GuardLimits,
): Promise<Evidence[]> {
  const now = await sql<{
    school_id: number;
    students: number;
    guardians: number;
    links: number;
  }>`${peopleNow}`.execute(tx);
  return now.rows.flatMap((row) => {
    const tally = tallies.get(row.school_id);
    if (tally === undefined) return [];
    return (['students', 'guardians', 'links'] as const).flatMap((kind) =>
      sizeEvidence(tally.school, PEOPLE[kind], tally[kind], row[kind], limits),
    );
  });
}

function changedRoster(
  tallies: ReadonlyMap<number, Tally>,
  arrivals: readonly Arrivals[],
  limits: GuardLimits,
): Evidence[] {
  return arrivals.flatMap(({ schoolId, collection, came, left }) => {
    const tally = tallies.get(schoolId);
    if (tally === undefined) return [];
    const before = tally[collection];
    return [
      ...sizeEvidence(tally.school, collection, before, before - left, limits),
      ...sizeEvidence(tally.school, collection, before, before + came, limits),
    ];
  });
}

/** Contacts of students who are still here and whom the file no longer names. More of them than before are welcome. */
async function lostContacts(tx: Tx, limits: GuardLimits): Promise<Evidence[]> {
  const schools = await sql<{ school: string; before: number; now: number }>`
    with pairs as (
      select student_id, guardian_id, bool_or(known) as before, bool_or(not known) as now
      from (
        select student_id, guardian_id, true as known from contact_before
        union all select student_id, guardian_id, false from incoming_contact
      ) both_times group by student_id, guardian_id
    )
    select sc.sourced_id as school, count(*) filter (where p.before)::int as before,
      count(*) filter (where p.now)::int as now
    from pairs p
    join student st on st.id = p.student_id and st.active and st.missing_since is null
    join (select distinct student_id, school_id from enrolment) e on e.student_id = p.student_id
    join school sc on sc.id = e.school_id
    group by sc.sourced_id order by sc.sourced_id`.execute(tx);
  return schools.rows.flatMap(({ school, before, now }) =>
    sizeEvidence(school, 'contacts', before, now, limits).filter(({ guard }) => guard === 'shrunk'),
  );
}

/** Fewer or more people than the last time, by the limit and by the floor. */
function sizeEvidence(
  school: string,
  collection: Evidence['collection'],
  before: number,
  found: number,
  limits: GuardLimits,
): Evidence[] {
  if (before === 0 || Math.abs(before - found) < limits.floorStudents) return [];
  const common = { collection, school, date: null, before, found };
  const least = Math.ceil(before * limits.shrinkTo);
  if (found < least) return [{ guard: 'shrunk', ...common, limit: least }];
  const most = Math.floor(before * limits.growTo);
  return found > most ? [{ guard: 'grown', ...common, limit: most }] : [];
}

async function goneRows(
  tx: Tx,
  tallies: ReadonlyMap<number, Tally>,
  limits: GuardLimits,
): Promise<Evidence[]> {
  const gone = await sql<{ school_id: number; n: number }>`
    select old_school_id as school_id, count(*)::int as n from difference
    where what in ('missing', 'gone', 'deleted') and record_id is not null group by old_school_id
    order by old_school_id`.execute(tx);
  return gone.rows.flatMap(({ school_id, n }): Evidence[] => {
    const tally = tallies.get(school_id);
    if (tally === undefined || n < limits.floorRows) return [];
    const common = { collection: 'absences', school: tally.school, date: null } as const;
    const limit = Math.floor(tally.absenceRows * limits.goneShare);
    if (n >= tally.absenceRows) {
      return [{ guard: 'no-absences', ...common, before: tally.absenceRows, found: 0, limit }];
    }
    return n > limit ? [{ guard: 'rows-gone', ...common, before: tally.absenceRows, found: n, limit }] : [];
  });
}

/** Days on which this run makes more students absent than before. */
async function crowdedDays(
  tx: Tx,
  tallies: ReadonlyMap<number, Tally>,
  limits: GuardLimits,
): Promise<Evidence[]> {
  const days = await sql<{ school_id: number; date: string; now: number; median: number | null }>`
    with school_day as materialized (select distinct date from absent_per_day)
    select t.school_id, t.date, t.now, m.median
    from touched_day t
    left join lateral (
      select percentile_cont(0.5) within group (order by coalesce(a.students, 0)) as median, count(*) as days
      from (select date from school_day where date < t.date order by date desc limit ${HISTORY_DAYS}) d
      left join absent_per_day a on a.school_id = t.school_id and a.date = d.date
    ) m on m.days = ${HISTORY_DAYS}
    where t.now > t.before and t.now >= ${limits.floorStudents}
    order by t.school_id, t.date`.execute(tx);
  return days.rows.flatMap(({ school_id, date, now, median }): Evidence[] => {
    const tally = tallies.get(school_id);
    if (tally === undefined) return [];
    const common = { collection: 'absences', school: tally.school, date, found: now } as const;
    const most = Math.floor(tally.students * limits.absentShare);
    if (now > most) return [{ guard: 'absent-on-one-day', ...common, before: tally.students, limit: most }];
    if (median === null || now <= median * limits.medianFactor) return [];
    return [
      { guard: 'above-median', ...common, before: median, limit: Math.floor(median * limits.medianFactor) },
    ];
  });
}

/** The past of a school does not double overnight; days that are new to us are not meant. */
async function doubledSchools(tx: Tx, run: RunToApply, limits: GuardLimits): Promise<Evidence[]> {
  const schools = await sql<{ school: string; before: number; now: number }>`
    with last as (
      select as_of from sync_run where state = 'applied' and jsonb_exists(counts, 'attendances')
      order by ordinal desc limit 1
    ), more as (
      select t.school_id, sum(t.now - t.before)::int as more
      from touched_day t, last where t.date < last.as_of group by t.school_id
    ), known as (
      select d.school_id, sum(d.students)::int as before
      from absent_per_day d, last where d.date < last.as_of and d.date >= ${run.schoolYear.begins}
      group by d.school_id
    )
    select sc.sourced_id as school, k.before, k.before + m.more as now
    from more m join known k on k.school_id = m.school_id join school sc on sc.id = m.school_id
    order by sc.sourced_id`.execute(tx);
  return schools.rows.flatMap(({ school, before, now }): Evidence[] => {
    const limit = Math.floor(before * limits.doubledFactor);
    if (before < limits.floorRows || now < limit) return [];
    return [{ guard: 'doubled', collection: 'absences', school, date: null, before, found: now, limit }];
  });
}
