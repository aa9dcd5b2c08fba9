import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** Numbers by name, for example `crossed first-letter` or `letters email sent`. What is not named is 0. */
export type Figures = Readonly<Record<string, number>>;

export interface Week {
  readonly schoolYear: string;
  /** A Monday. */
  readonly begins: SchoolDate;
  /** The last day, included. */
  readonly ends: SchoolDate;
  readonly timeZone: string;
}

/** What happened at each school in a week: steps reached, letters, bounces, referrals, contacts. */
export async function weekFigures(db: Db, week: Week): Promise<Map<number, Figures>> {
  const { schoolYear, begins, ends, timeZone } = week;
  const within = (day: ReturnType<typeof sql>) => sql`${day} between ${begins}::date and ${ends}::date`;
  return bySchool(
    db,
    sql<Row>`
    select l.home_school_id as school, 'crossed ' || s.step as name, count(*)::int as number
    from ladder_step s join ladder l on l.student_id = s.student_id and l.school_year = s.school_year
    where s.school_year = ${schoolYear} and not s.shadow and s.state not in ('pre-existing')
      and ${within(sql`s.owed_on`)}
    group by 1, 2
    union all
    select school_id, 'letters ' || channel || ' ' || state, count(*)::int from letter
    where school_year = ${schoolYear} and not shadow
      and ${within(sql`coalesce(handed_over_on, (planned_at at time zone ${timeZone})::date)`)}
    group by 1, 2
    union all
    select l.school_id, 'came back e-mail', count(*)::int from delivery_notice n join letter l on l.id = n.letter_id
    where n.kind = 'bounced' and not l.shadow and ${within(sql`n.on_date`)} group by 1
    union all
    select school_id, 'came back post', count(*)::int from letter
    where not shadow and ${within(sql`returned_on`)} group by 1
    union all
    select school_id, 'referrals delivered', count(*)::int from referral
    where school_year = ${schoolYear} and ${within(sql`delivered_on`)} group by 1
    union all
    select l.home_school_id, 'contacts ' || (c.outcome = 'reached')::text, count(*)::int
    from contact_log_entry c join ladder l on l.student_id = c.student_id and l.school_year = c.school_year
    where c.school_year = ${schoolYear} and ${within(sql`c.on_date`)} group by 1, 2`,
  );
}

/** How each school stands now: tasks, letters that wait for a person, notes, contracts, referrals. */
export async function figuresNow(
  db: Db,
  { schoolYear, today }: { readonly schoolYear: string; readonly today: SchoolDate },
): Promise<Map<number, Figures>> {
  return bySchool(
    db,
    sql<Row>`
    select school_id as school, 'tasks open' as name, count(*)::int as number from task
    where state = 'open' and not shadow group by 1
    union all
    select school_id, 'tasks overdue', count(*)::int from task
    where state = 'open' and not shadow and due_on < ${today}::date
      and (snoozed_until is null or snoozed_until <= ${today}::date) group by 1
    union all
    select school_id, 'tasks put off', count(*)::int from task
    where state = 'open' and not shadow and snoozed_until > ${today}::date group by 1
    union all
    select school_id, 'now ' || state, count(*)::int from letter
    where school_year = ${schoolYear} and not shadow and state in ('uncertain', 'held', 'printed') group by 1, 2
    union all
    select l.home_school_id, 'medical ' || m.status, count(*)::int
    from medical_documentation m join ladder l on l.student_id = m.student_id and l.school_year = m.school_year
    where m.school_year = ${schoolYear} and m.status <> 'ended' group by 1, 2
    union all
    select l.home_school_id, case when c.violated_on is null then 'contracts running' else 'contracts violated' end,
      count(*)::int
    from attendance_contract c join ladder l on l.student_id = c.student_id and l.school_year = c.school_year
    where c.school_year = ${schoolYear} and c.state = 'in-force' group by 1, 2
    union all
    select school_id, 'referrals waiting', count(*)::int from referral
    where school_year = ${schoolYear} and state = 'gathering' and jsonb_array_length(gaps) > 0 group by 1`,
  );
}

/** What was kept of a week when its summary was written. */
export async function keptFigures(db: Db, weekBegins: SchoolDate): Promise<Map<number, Figures>> {
  const rows = await db
    .selectFrom('week_figures')
    .select(['school_id', 'figures'])
    .where('week_begins', '=', weekBegins)
    .execute();
  return new Map(rows.map(({ school_id, figures }) => [school_id, figures]));
}

/** The first who writes the summary of a week keeps its figures. */
export async function keepFigures(
  tx: Db,
  weekBegins: SchoolDate,
  figures: ReadonlyMap<number, Figures>,
  now: Date,
): Promise<void> {
  for (const [schoolId, numbers] of figures) {
    await tx
      .insertInto('week_figures')
      .values({
        week_begins: weekBegins,
        school_id: schoolId,
        figures: JSON.stringify(numbers),
        kept_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

export async function schoolNames(
  db: Db,
): Promise<{ readonly id: number; readonly sourcedId: string; readonly name: string }[]> {
  const rows = await db
    .selectFrom('school')
    .select(['id', 'sourced_id', 'name'])
    .where('active', '=', true)
    .orderBy('name')
    .orderBy('sourced_id')
    .execute();
  return rows.map(({ id, sourced_id: sourcedId, name }) => ({ id, sourcedId, name }));
}

interface Row {
  readonly school: number | null;
  readonly name: string;
  readonly number: number;
}

async function bySchool(db: Db, query: ReturnType<typeof sql<Row>>): Promise<Map<number, Figures>> {
  const figures = new Map<number, Record<string, number>>();
  for (const { school, name, number } of (await query.execute(db)).rows) {
    if (school === null) continue;
    const ofSchool = figures.get(school) ?? {};
    ofSchool[name] = number;
    figures.set(school, ofSchool);
  }
  return figures;
}
