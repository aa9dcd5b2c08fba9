import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';

/** Whether an enrolment is in force on a date; its end is exclusive. @param enrolment alias of the table */
export function enrolledOn(enrolment: string, date: SchoolDate): RawBuilder<unknown> {
  const [begins, ends] = [sql.ref(`${enrolment}.begins`), sql.ref(`${enrolment}.ends`)];
  return sql`((${begins} is null or ${begins} <= ${date}) and (${ends} is null or ${ends} > ${date}))`;
}
