import { sql } from 'kysely';
import { type Db, PREPARED } from './database.ts';

/**
 * Stands for all that the SIS has said of school years and terms, as of the last run that was applied: another text
 * means that it may say something else. Asked very often. The run alone would not tell of one that a person has
 * released after a later one.
 */
export async function sisCalendarState(db: Db): Promise<string> {
  const { rows } = await sql<{ state: string }>`
    ${PREPARED} select concat_ws(' ',
      (select ordinal from sync_run where state = 'applied' order by ordinal desc limit 1),
      (select string_agg(row(id, title, begins, ends)::text, '' order by id) from school_year),
      (select string_agg(row(school_year, sourced_id, title, type, begins, ends)::text, '' order by school_year, sourced_id)
        from term)) as state`.execute(db);
  return rows[0]?.state ?? '';
}
