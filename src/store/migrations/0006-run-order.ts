import { type Kysely, sql } from 'kysely';

/**
 * The order in which runs were really begun. The clock of a run is given, and `--as-of` may have set it to any date,
 * so that it cannot say which run is the last.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table sync_run add column ordinal int',
  // What is there already has no better order than its clock.
  `update sync_run r set ordinal = o.ordinal
    from (select id, row_number() over (order by started_at, id) as ordinal from sync_run) o where o.id = r.id`,
  'alter table sync_run alter column ordinal set not null',
  'alter table sync_run alter column ordinal add generated always as identity',
  `select setval(pg_get_serial_sequence('sync_run', 'ordinal'),
    coalesce((select max(ordinal) from sync_run), 0) + 1, false)`,
  'create unique index sync_run_ordinal on sync_run (ordinal)',
  'drop index sync_run_started',
  'drop index sync_run_applied',
  "create index sync_run_applied on sync_run (ordinal desc) where state = 'applied'",
];
