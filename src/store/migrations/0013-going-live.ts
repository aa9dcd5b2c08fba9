import { type Kysely, sql } from 'kysely';

/**
 * Going live: by which mode a student was evaluated, letters that the school has sent by itself, and the day on which a
 * shadow would have left.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table ladder add column mode text not null default 'live' check (mode in ('shadow', 'tasks', 'live')),
    add column home_school_id int references school`,
  `update ladder l set home_school_id = (e.result ->> 'primarySchoolId')::int, mode = e.mode
    from evaluation e where e.id = l.evaluation_id`,
  // What a person has recorded rests on no evaluation.
  'alter table ladder_step alter column evaluation_id drop not null, add column outside boolean not null default false',
  'alter table letter add column shadowed_on date',
  'alter table referral add column shadowed_on date',
  // Years that are known already were followed from their beginning, or were acted on as if they had been.
  `insert into baseline (school_year, run_id, as_of, state)
    select y.id, r.id, r.as_of, 'not-needed' from school_year y
    cross join (select id, as_of from sync_run where state = 'applied' order by ordinal limit 1) r`,
];
