import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';

/** A step that is left to the school until a person releases it. */
export interface PreExisting {
  /** sourcedId. */
  readonly student: string;
  readonly number: string | null;
  readonly name: string;
  readonly grade: string | null;
  readonly school: string;
  readonly step: string;
  /** Days it counted when it was found, as decimal text. */
  readonly count: string;
  readonly foundOn: SchoolDate;
  /** `baseline`, `shadow-ended` or `policy-changed`, and `pre-existing` after a later look. */
  readonly because: string;
}

/** Which of them; what is not said narrows nothing. */
export interface PreExistingFilter {
  /** sourcedId. */
  readonly school?: string;
  readonly step?: string;
  readonly studentIds?: readonly number[];
}

/** By school, the order of the policy and name. @param steps the ids of the policy's steps, in order */
export async function listPreExisting(
  db: Db,
  schoolYear: string,
  filter: PreExistingFilter,
  steps: readonly string[],
): Promise<PreExisting[]> {
  const { rows } = await sql<PreExisting>`
    select st.sourced_id as student, st.number, st.given_name || ' ' || st.family_name as name, st.grade,
      coalesce(sc.name, 'not enrolled') as school, s.step, trim_scale(s.count)::text as count,
      s.owed_on as "foundOn", coalesce(first.reason, s.reason) as because
    from ladder_step s
    join student st on st.id = s.student_id
    left join ladder l on l.student_id = s.student_id and l.school_year = s.school_year
    left join school sc on sc.id = l.home_school_id
    left join lateral (
      select e.reason from ladder_event e
      where e.student_id = s.student_id and e.school_year = s.school_year and e.step = s.step
        and e.to_state = 'pre-existing'
      order by e.id desc limit 1) first on true
    where ${isMeant(schoolYear, filter)}
    order by school, array_position(${[...steps]}::text[], s.step), st.family_name, st.given_name, st.sourced_id`.execute(
    db,
  );
  return rows;
}

/**
 * A person says that these steps are to be acted on.
 * @returns the students and steps that were released now
 */
export async function releasePreExisting(
  tx: Tx,
  schoolYear: string,
  filter: PreExistingFilter,
  release: { readonly by: string; readonly because: string; readonly now: Date },
): Promise<{ readonly studentId: number; readonly step: string }[]> {
  const { rows } = await sql<{ studentId: number; step: string }>`
    update ladder_step s set released_by = ${release.by}, released_because = ${release.because},
      released_at = ${release.now}, changed_at = ${release.now}
    where ${isMeant(schoolYear, filter)}
    returning s.student_id as "studentId", s.step`.execute(tx);
  return rows;
}

function isMeant(schoolYear: string, { school, step, studentIds }: PreExistingFilter) {
  return sql<boolean>`s.school_year = ${schoolYear} and s.state = 'pre-existing' and s.released_at is null
    and (${school ?? null}::text is null or exists (
      select from ladder h join school hs on hs.id = h.home_school_id
      where h.student_id = s.student_id and h.school_year = s.school_year and hs.sourced_id = ${school ?? null}))
    and (${step ?? null}::text is null or s.step = ${step ?? null})
    and (${studentIds === undefined} or s.student_id = any(${[...(studentIds ?? [])]}::int[]))`;
}
