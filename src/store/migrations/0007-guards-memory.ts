import { type Kysely, sql } from 'kysely';

/** What the guards remember: which collections a run has read whole, and the schools of the last days. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table sync_run add column read_whole text[] not null default '{}'`,
  `update sync_run set read_whole = '{schools,students,guardians}'::text[]
     || case when jsonb_exists(counts, 'attendances') then '{attendances}'::text[] else '{}' end
    where state = 'applied' and kind = 'full'`,
  `create table school_tally_day (
    school_id int not null references school,
    as_of date not null,
    students int not null,
    guardians int not null,
    links int not null,
    primary key (school_id, as_of))`,
  `create index absence_record_deleted on absence_record (ended_by) where end_reason = 'deleted'`,
];
