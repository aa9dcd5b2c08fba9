import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import { MAX_ATTEMPTS } from './due-work.ts';
import { legalDeadline } from './legal-deadline.ts';
import { listUnmappedCodes, type UnmappedCode } from './unmapped-codes.ts';

/** Steps that are owed and wait, with the reason: counts only. */
export interface Waiting {
  readonly step: string;
  readonly reason: string;
  readonly students: number;
}

/** The same, for one student. */
export interface WaitingStep {
  /** sourcedId. */
  readonly student: string;
  readonly name: string;
  readonly school: string;
  readonly step: string;
  readonly reason: string;
  /** The last day that the law leaves for it; null: no law sets any. */
  readonly lastDay: SchoolDate | null;
}

/** What waits now, and why. A letter that has been planned and is on its way counts as `in-progress`. */
export async function listWaiting(db: Db, schoolYear: string): Promise<Waiting[]> {
  const rows = await sql<Waiting>`
    select step, reason, count(*)::int as students from (
      select s.step, ${waitsFor} as reason
      from ladder_step s where s.school_year = ${schoolYear} and s.state = 'owed'
    ) waiting group by 1, 2 order by 1, 2`.execute(db);
  return rows.rows;
}

/** Who waits now, and why; by school and name. */
export async function listWaitingSteps(db: Db, schoolYear: string): Promise<WaitingStep[]> {
  const { rows } = await sql<WaitingStep>`
    select st.sourced_id as student, st.given_name || ' ' || st.family_name as name,
      coalesce(sc.name, 'not enrolled') as school, s.step, ${waitsFor} as reason,
      ${legalDeadline(sql.ref('e.result'), sql.ref('s.step'))} as "lastDay"
    from ladder_step s
    join student st on st.id = s.student_id
    left join ladder l on l.student_id = s.student_id and l.school_year = s.school_year
    left join evaluation e on e.id = l.evaluation_id
    left join school sc on sc.id = l.home_school_id
    where s.school_year = ${schoolYear} and s.state = 'owed'
    order by school, st.family_name, st.given_name, st.sourced_id, s.step`.execute(db);
  return rows;
}

/** Of a step `s` that is owed. */
const waitsFor = sql<string>`coalesce(s.blocks -> 0 ->> 'kind',
  (select coalesce(l.reason, l.channel || '-' || l.state) from letter l
   where l.student_id = s.student_id and l.school_year = s.school_year and l.step = s.step
     and l.state <> 'cancelled' order by l.planned_at desc limit 1),
  (select case when jsonb_array_length(r.gaps) > 0 then 'referral-gaps' else 'referral-' || r.state end
   from referral r
   where r.student_id = s.student_id and r.school_year = s.school_year and r.step = s.step
     and r.state <> 'withdrawn' limit 1),
  'in-progress')`;

export interface Overview {
  readonly students: number;
  readonly steps: readonly { readonly step: string; readonly state: string; readonly students: number }[];
  readonly letters: readonly { readonly channel: string; readonly state: string; readonly letters: number }[];
  readonly tasks: { readonly open: number; readonly overdue: number };
  readonly referrals: readonly { readonly state: string; readonly referrals: number }[];
  readonly evaluationsDue: number;
  readonly evaluationsGivenUp: number;
  /** Students whose birth date is unknown: the check at 18 is off for them. */
  readonly withoutBirthDate: number;
  readonly unmappedCodes: readonly UnmappedCode[];
}

/** @param at `mapped`: titles, or ids, of codes that the policy gives a meaning. */
export async function readOverview(
  db: Db,
  at: { schoolYear: string; today: SchoolDate; mapped: readonly string[] },
): Promise<Overview> {
  const one = async <T>(query: ReturnType<typeof sql>) => (await query.execute(db)).rows as T[];
  const [numbers] = await one<{
    students: number;
    open: number;
    overdue: number;
    due: number;
    givenUp: number;
    withoutBirthDate: number;
  }>(sql`select
    (select count(*)::int from student where active) as students,
    (select count(*)::int from task where state = 'open' and not shadow) as open,
    (select count(*)::int from task where state = 'open' and not shadow and due_on < ${at.today}) as overdue,
    (select count(*)::int from evaluation_due where attempts < ${MAX_ATTEMPTS}) as due,
    (select count(*)::int from evaluation_due where attempts >= ${MAX_ATTEMPTS}) as "givenUp",
    (select count(*)::int from student where active and birth_date is null) as "withoutBirthDate"`);
  return {
    students: numbers?.students ?? 0,
    steps: await one(sql`select step, state, count(*)::int as students from ladder_step
      where school_year = ${at.schoolYear} group by 1, 2 order by 1, 2`),
    letters: await one(sql`select channel, state, count(*)::int as letters from letter
      where school_year = ${at.schoolYear} group by 1, 2 order by 1, 2`),
    tasks: { open: numbers?.open ?? 0, overdue: numbers?.overdue ?? 0 },
    referrals: await one(sql`select state, count(*)::int as referrals from referral
      where school_year = ${at.schoolYear} group by 1 order by 1`),
    evaluationsDue: numbers?.due ?? 0,
    evaluationsGivenUp: numbers?.givenUp ?? 0,
    withoutBirthDate: numbers?.withoutBirthDate ?? 0,
    unmappedCodes: await listUnmappedCodes(db, at),
  };
}
