import { sql } from 'kysely';
import type { CountedDay } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import { legalDeadline } from './legal-deadline.ts';
import type { TaskLine } from './task-lines.ts';

/** An open task with everything its mail says, so that the person need not look anything up. */
export interface TaskForMail extends TaskLine {
  readonly id: string;
  /** Since when somebody above is told as well. */
  readonly escalatedOn: SchoolDate | null;
  readonly printRunId: string | null;
  readonly detail: string | null;
  readonly step: string | null;
  /** The last day that the law leaves for the step that is owed; null: no law sets any. */
  readonly deadline: SchoolDate | null;
  readonly student:
    | (NonNullable<TaskLine['student']> & {
        /** Days counted so far this school year, settled or not, as decimal text. */
        readonly total: string;
        readonly days: readonly Pick<CountedDay, 'date' | 'fraction'>[];
        readonly guardians: readonly {
          readonly name: string;
          readonly phone: string | null;
          readonly language: string | null;
        }[];
      })
    | null;
  readonly gaps: readonly string[];
}

interface TasksWanted {
  /** Only the task with this reference. */
  readonly ref?: string;
  readonly kinds?: readonly string[];
  /** Only those opened since that day that nobody was told of. */
  readonly untoldSince?: SchoolDate;
}

/**
 * Every open task of the district, worst deadline first; none about a student of whom nothing may be said.
 */
export async function openTasksForMail(db: Db, which: TasksWanted = {}): Promise<TaskForMail[]> {
  const { ref = null, kinds = null, untoldSince = null } = which;
  const result = await sql<TaskForMail>`
    select t.id, t.ref, t.kind, t.role, t.person, t.opened_on as "openedOn", t.due_on as "dueOn", t.detail, t.step,
      t.snoozed_until as "snoozedUntil", t.escalated_on as "escalatedOn", t.print_run_id as "printRunId",
      ${legalDeadline(sql.ref('e.result'), sql.ref('t.step'))} as deadline,
      sc.sourced_id as "schoolSourcedId", sc.name as "schoolName",
      case when st.id is null then null else json_build_object(
        'id', st.id, 'givenName', st.given_name, 'familyName', st.family_name, 'grade', st.grade,
        'total', trim_scale(coalesce(l.total, 0))::text,
        'days', coalesce(e.result -> 'days', '[]'),
        'guardians', (select coalesce(json_agg(json_build_object('name', g.given_name || ' ' || g.family_name,
            'phone', g.phone, 'language', g.language) order by g.id), '[]')
          from guardianship k join guardian g on g.id = k.guardian_id
          where k.student_id = st.id and k.active and g.active
            and coalesce((k.contact ->> 'guardian')::boolean, k.is_guardian) is not false
            and not g.no_contact and coalesce(k.contact ->> 'noContact', 'false') <> 'true'
            and g.role in ('guardian', 'parent'))) end as student,
      coalesce(r.gaps, '[]') as gaps
    from task t
    left join student st on st.id = t.student_id
    left join school sc on sc.id = t.school_id
    left join ladder l on l.student_id = t.student_id and l.school_year = t.school_year
    left join evaluation e on e.id = l.evaluation_id
    left join referral r on r.id = t.referral_id
    where t.state = 'open' and not t.shadow and (${ref}::text is null or t.ref = ${ref})
      and (${kinds}::text[] is null or t.kind = any(${kinds}::text[]))
      and (${untoldSince}::date is null or (t.opened_on >= ${untoldSince}::date
        and not exists (select from task_told w where w.task_id = t.id)))
      and not ${underAbsoluteHold(sql.ref('t.student_id'))}
    order by t.due_on, t.opened_on, t.ref`.execute(db);
  return result.rows;
}
