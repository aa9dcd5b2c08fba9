import { type Kysely, sql } from 'kysely';

/**
 * A night costs what changed: the periods of each school day are kept, so that a change of one student's row need not
 * read everybody's, and what few districts have at all is found by an index.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table absent_per_day add column periods text[] not null default '{}'`,
  `update absent_per_day d set periods = p.periods
    from (
      select school_id, date, array_agg(distinct period order by period) as periods
      from absence_record where ended_at is null and kind = 'period' and period is not null
      group by school_id, date
    ) p
    where p.school_id = d.school_id and p.date = d.date`,
  `create index guardianship_by_contacts on guardianship (student_id) where contact is not null or name_doubt`,
];
