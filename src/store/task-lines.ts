import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';

/** An open task as one line of a list. */
export interface TaskLine {
  readonly ref: string;
  readonly kind: string;
  readonly role: string;
  /** E-mail address of the one person whose task it is; null: everybody in the role. */
  readonly person: string | null;
  readonly openedOn: SchoolDate;
  readonly dueOn: SchoolDate;
  /** The day on which it comes back; null: nobody has put it off. */
  readonly snoozedUntil: SchoolDate | null;
  readonly detail: string | null;
  readonly schoolSourcedId: string | null;
  readonly schoolName: string | null;
  readonly student: {
    readonly id: number;
    readonly givenName: string;
    readonly familyName: string;
    readonly grade: string | null;
  } | null;
}

/**
 * Open tasks, worst deadline first; none about a student of whom nothing may be said.
 * @param schools only those of these schools (sourcedIds), of no school, and of this person
 */
export async function openTaskLines(
  db: Db,
  of: { readonly schools: 'all' | readonly string[]; readonly email: string },
): Promise<TaskLine[]> {
  const everywhere = of.schools === 'all';
  const { rows } = await sql<TaskLine>`
    select t.ref, t.kind, t.role, t.person, t.opened_on as "openedOn", t.due_on as "dueOn",
      t.snoozed_until as "snoozedUntil", t.detail,
      sc.sourced_id as "schoolSourcedId", sc.name as "schoolName",
      case when st.id is null then null else json_build_object('id', st.id, 'givenName', st.given_name,
        'familyName', st.family_name, 'grade', st.grade) end as student
    from task t
    left join student st on st.id = t.student_id
    left join school sc on sc.id = t.school_id
    where t.state = 'open' and not t.shadow and not ${underAbsoluteHold(sql.ref('t.student_id'))}
      and (${everywhere} or t.school_id is null or sc.sourced_id = any(${everywhere ? [] : [...of.schools]}::text[])
        or lower(t.person) = ${of.email})
    order by t.due_on, t.opened_on, t.ref`.execute(db);
  return rows;
}
