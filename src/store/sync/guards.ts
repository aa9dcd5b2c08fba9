import { type RawBuilder, sql } from 'kysely';
import { addDays, type SchoolDate } from '../../domain/school-date.ts';
import type { Tx } from '../database.ts';
import type { Evidence, GuardLimits, GuardsInForce } from './evidence.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';
import { lastWholeRead } from './sync-runs.ts';
import { type Arrivals, DAYS_REMEMBERED, peopleNow } from './tallies.ts';

/** School days of history before a day is measured by its median. */
const HISTORY_DAYS = 20;
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

interface EarlierTally {
  readonly asOf: SchoolDate;
  readonly students: number;
  readonly guardians: number;
  readonly links: number;
}

/** Each school as it was on the earliest day that is remembered. */
async function readEarlierTallies(tx: Tx): Promise<Map<number, EarlierTally>> {
  const rows = await tx
    .selectFrom('school_tally_day')
    .select(['school_id', 'as_of', 'students', 'guardians', 'links'])
    .distinctOn('school_id')
    .orderBy('school_id')
    .orderBy('as_of')
    .execute();
  return new Map(rows.map(({ school_id, as_of: asOf, ...people }) => [school_id, { asOf, ...people }]));
}

const PEOPLE = { students: 'students', guardians: 'guardians', links: 'guardian links' } as const;

interface Measures {
  readonly before: ReadonlyMap<number, Tally>;
  readonly earlier: ReadonlyMap<number, EarlierTally>;
  readonly limits: GuardLimits;
}

async function judgePeople(
  tx: Tx,
  run: RunToApply,
  arrivals: readonly Arrivals[],
  measures: Measures,
): Promise<Evidence[]> {
  return run.roster === 'whole' ? wholeRoster(tx, run, measures) : changedRoster(arrivals, measures);
}

async function wholeRoster(
  tx: Tx,
  run: RunToApply,
  { before, earlier, limits }: Measures,
): Promise<Evidence[]> {
  const now = await sql<{
    school_id: number;
    students: number;
    guardians: number;
    links: number;
  }>`${peopleNow(run.asOf)}`.execute(tx);
  return now.rows.flatMap((row) => {
    const tally = before.get(row.school_id);
    if (tally === undefined) return [];
    return (['students', 'guardians', 'links'] as const).flatMap((kind) => {
      const overnight = sizeEvidence(tally.school, PEOPLE[kind], tally[kind], row[kind], limits);
      return overnight.length > 0
        ? overnight
        : sinceEarlier(earlier.get(row.school_id), tally.school, kind, row[kind], limits);
    });
  });
}

function changedRoster(arrivals: readonly Arrivals[], { before, earlier, limits }: Measures): Evidence[] {
  return arrivals.flatMap(({ schoolId, collection, came, left }) => {
    const tally = before.get(schoolId);
    if (tally === undefined) return [];
    const was = tally[collection];
    const overnight = [
      ...sizeEvidence(tally.school, PEOPLE[collection], was, was - left, limits),
      ...sizeEvidence(tally.school, PEOPLE[collection], was, was + came, limits),
    ];
    return overnight.length > 0
      ? overnight
      : sinceEarlier(earlier.get(schoolId), tally.school, collection, was + came - left, limits);
  });
}

function sinceEarlier(
  earlier: EarlierTally | undefined,
  school: string,
  kind: 'students' | 'guardians' | 'links',
  found: number,
  limits: GuardLimits,
): Evidence[] {
  if (earlier === undefined) return [];
  return sizeEvidence(school, PEOPLE[kind], earlier[kind], found, limits, earlier.asOf);
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
  date: SchoolDate | null = null,
): Evidence[] {
  if (before === 0 || Math.abs(before - found) < limits.floorStudents) return [];
  const common = { collection, school, date, before, found };
  const least = Math.ceil(before * limits.shrinkTo);
  if (found < least) return [{ guard: 'shrunk', ...common, limit: least }];
  const most = Math.floor(before * limits.growTo);
  return found > most ? [{ guard: 'grown', ...common, limit: most }] : [];
}

/** This run's own losses count whatever the day: another run may have been released, or the first one read, today. */
const MISSED_NOW = sql`select record_id from difference where what = 'missing' and record_id is not null`;

/**
 * Absences that were in force once and have been deleted or not been seen since the earliest day that is remembered,
 * at schools that lose some now. A row that vanished is told once, when it is first missed; that it is gone for good
 * the next day is no new loss.
 */
async function lostRows(
  tx: Tx,
  run: RunToApply,
  tallies: ReadonlyMap<number, Tally>,
  limits: GuardLimits,
): Promise<Evidence[]> {
  const lost = await sql<{ school_id: number; since: SchoolDate; lost: number; ended: number }>`
    with remembered as (select ${rememberedSince(run)} as since), losing as (
      select distinct old_school_id as school_id from difference
      where what in ('missing', 'deleted') and record_id is not null
    ), lost as (
      select school_id, ended_by from absence_record, remembered
      where (missing_since > since or id in (${MISSED_NOW})) and school_year = ${run.schoolYear.id}
        and missing_since is not null and (ended_at is null or end_reason = 'gone')
      union all
      select r.school_id, r.ended_by
      from absence_record r join sync_run u on u.id = r.ended_by, remembered
      where r.end_reason = 'deleted' and (u.as_of > since or u.id = ${run.id}) and r.school_year = ${run.schoolYear.id}
    )
    select school_id, since, count(*)::int as lost,
      count(*) filter (where ended_by <> ${run.id})::int as ended
    from losing join lost using (school_id), remembered
    group by school_id, since order by school_id`.execute(tx);
  return lost.rows.flatMap(({ school_id, since, lost: found, ended }): Evidence[] => {
    const tally = tallies.get(school_id);
    if (tally === undefined || found < limits.floorRows) return [];
    // The tally has the rows that were in force before this run, those that are missed among them.
    const before = tally.absenceRows + ended;
    const common = { collection: 'absences', school: tally.school } as const;
    const limit = Math.floor(before * limits.goneShare);
    if (found >= before) {
      return [{ guard: 'no-absences', ...common, date: null, before, found: 0, limit }];
    }
    return found > limit ? [{ guard: 'rows-gone', ...common, date: since, before, found, limit }] : [];
  });
}

/** The earliest day that is remembered: a release and a new school year begin anew. */
function rememberedSince({ asOf }: RunToApply): RawBuilder<unknown> {
  return sql`coalesce((select min(as_of) from school_tally_day), ${addDays(asOf, -DAYS_REMEMBERED)}::date)`;
}

/**
 * Corrections leave other absences of the same days; an extract that only reaches back so many weeks leaves none.
 * Looks at the district as a whole and at what has vanished without being deleted.
 */
async function firstDaysGone(tx: Tx, run: RunToApply, limits: GuardLimits): Promise<Evidence[]> {
  if (run.attendance !== 'whole') return [];
  const gone = await sql<{ date: SchoolDate; students: number }>`
    with vanished as materialized (
      select min(old_date) as date from difference where what = 'missing' and record_id is not null
    ), first as (
      select min(r.date) as date from absence_record r
      where r.ended_at is null and r.missing_since is null and r.school_year = ${run.schoolYear.id}
        and (select date from vanished) is not null
    )
    select first.date, count(distinct r.student_id)::int as students
    from first join absence_record r on r.date < first.date
    where (r.missing_since > ${rememberedSince(run)} or r.id in (${MISSED_NOW}))
      and r.school_year = ${run.schoolYear.id}
      and r.missing_since is not null and (r.ended_at is null or r.end_reason = 'gone')
      and (select date from vanished) < first.date
    group by first.date`.execute(tx);
  return gone.rows.flatMap(({ date, students }): Evidence[] => {
    const limit = limits.floorStudents;
    if (students < limit) return [];
    return [
      {
        guard: 'first-days-gone',
        collection: 'absences',
        school: null,
        date,
        before: students,
        found: students,
        limit,
      },
    ];
  });
}

/** Days on which this run makes more students absent than before. */
async function crowdedDays(
  tx: Tx,
  run: RunToApply,
  tallies: ReadonlyMap<number, Tally>,
  limits: GuardLimits,
): Promise<Evidence[]> {
  const days = await sql<{ school_id: number; date: string; now: number; median: number | null }>`
    with school_day as materialized (
      select distinct date from absent_per_day where date >= ${run.schoolYear.begins}
    )
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
