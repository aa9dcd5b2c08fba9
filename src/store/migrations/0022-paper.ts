import { type Kysely, sql } from 'kysely';

/**
 * Paper, as a clerk handles it: what lies in a print run and where, what has to be pulled from it, what the post brought
 * back; and who was chosen to get the letters of a step, and why.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table letter_recipients (
    id uuid primary key default gen_random_uuid(),
    student_id int not null references student,
    school_year text not null references school_year,
    step text not null,
    round int not null,
    evaluation_id uuid not null references evaluation,
    decided_on date not null,
    decided_at timestamptz not null,
    people jsonb not null)`,
  'create index letter_recipients_student on letter_recipients (student_id, school_year)',
  `alter table letter
    add column recipients_id uuid references letter_recipients,
    add column returned_on date,
    add column returned_by text,
    add column returned_because text`,
  // A letter to a student of 18 has an addressee who is no guardian.
  `alter table letter_addressee drop constraint letter_addressee_pkey,
    alter column guardian_id drop not null,
    add unique nulls not distinct (letter_id, guardian_id)`,
  `create table print_run_letter (
    print_run_id uuid not null references print_run,
    letter_id uuid not null references letter,
    place int not null,
    envelope int not null,
    pages int not null,
    checked text not null default '',
    pulled_on date,
    pulled_by text,
    primary key (print_run_id, letter_id))`,
  'create index print_run_letter_letter on print_run_letter (letter_id)',
  // Runs from before, in the order in which they were printed.
  `insert into print_run_letter (print_run_id, letter_id, place, envelope, pages)
    select l.print_run_id, l.id, l.place, l.place, l.pages
    from (
      select l.id, l.print_run_id, coalesce(l.pages, 1) as pages,
        row_number() over (partition by l.print_run_id order by min(g.family_name), l.ref) as place
      from letter l
      join letter_addressee a on a.letter_id = l.id
      join guardian g on g.id = a.guardian_id
      where l.print_run_id is not null
      group by l.id) l`,
  `create table returned_post (
    guardian_id int not null references guardian on delete cascade,
    household text not null,
    letter_id uuid not null references letter,
    returned_on date not null,
    primary key (guardian_id, household))`,
];
