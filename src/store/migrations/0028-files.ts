import { type Kysely, sql } from 'kysely';

/**
 * What the pages of a school look for and show: a public reference and searchable names of each student, the school of a
 * ladder, and contact log entries that a person can take back.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** Marks that stand above and below letters once these are taken apart (NFKD). */
const MARKS = Array.from({ length: 0x70 }, (_, index) => String.fromCodePoint(0x300 + index)).join('');

const statements = [
  // Most names are plain ASCII, and a whole district is read in one statement.
  `create function file_search_text(name text) returns text language sql immutable strict parallel safe as $$
    select case when octet_length(name) = length(name)
      then lower(translate(name, '-.,/()''\`"', '      '))
      else lower(translate(normalize(name, NFKD), '-.,/()łŁđĐøØıßæÆœŒ''\`"’‘ʼ${MARKS}', '      llddooisaaoo')) end $$`,
  `alter table student
    add column file_ref uuid not null default gen_random_uuid(),
    add column name_key text not null
      generated always as (file_search_text(family_name || '  ' || given_name)) stored,
    add column search tsvector not null generated always as (to_tsvector('simple'::regconfig,
      file_search_text(family_name || ' ' || given_name || ' ' || coalesce(number, '')))) stored`,
  'create unique index student_file_ref on student (file_ref)',
  'create index student_name_key on student (name_key, id)',
  'create index student_search on student using gin (search)',
  'create index ladder_home_school on ladder (home_school_id, school_year)',
  `alter table contact_log_entry
    add column ref text,
    add column by_email text,
    add column guardian_id int references guardian,
    add column hold_id uuid references hold,
    add column closed_tasks uuid[] not null default '{}',
    add column undone_at timestamptz,
    add column undone_by text,
    add column undone_because text`,
  `update contact_log_entry set ref = 'K-' || upper(substr(hex, 1, 4) || '-' || substr(hex, 5, 4)),
      closed_tasks = case when task_id is null then '{}' else array[task_id] end
    from (select id as entry, translate(replace(id::text, '-', ''), '01', 'xy') as hex from contact_log_entry) named
    where named.entry = contact_log_entry.id`,
  `alter table contact_log_entry
    alter column ref set not null,
    add unique (ref)`,
  `alter table file_entry add column contact_id uuid references contact_log_entry`,
];
