import { sql } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { Tx } from '../database.ts';
import type { Evidence, GuardLimits } from './evidence.ts';
import type { EarlierTally, Measures } from './guard-measures.ts';
import type { RunToApply } from './run-to-apply.ts';
import { type Arrivals, peopleNow } from './tallies.ts';

const PEOPLE = { students: 'students', guardians: 'guardians', links: 'guardian links' } as const;

/** Students, guardians and their links, in comparison with the last run and with the earliest day remembered. */
export async function judgePeople(
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
export async function lostContacts(tx: Tx, limits: GuardLimits): Promise<Evidence[]> {
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
