import { type RawBuilder, sql } from 'kysely';
import type { StepState } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED } from './database.ts';

/** What a list of files can be narrowed to. `files`: attendance files that are open; `everyone`: every student. */
export const FILE_STATES = [
  'files',
  'owed',
  'waiting',
  'taken',
  'hold',
  'contract',
  'referral',
  'everyone',
] as const;
export type FileState = (typeof FILE_STATES)[number];

export interface FileFilter {
  /** sourcedIds. */
  readonly schools: 'all' | readonly string[];
  readonly state: FileState;
  /** Of this step; null: of any. */
  readonly step: string | null;
  readonly grade: string | null;
  readonly openTask: boolean;
  /** Words, each the beginning of a name or of the student number; null: no search. */
  readonly words: string | null;
}

export interface ListedFile {
  /** Our own id. */
  readonly studentId: number;
  /** What the pages call the student. */
  readonly ref: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly grade: string | null;
  readonly number: string | null;
  readonly school: string;
  /** Days counted, settled or not, as decimal text. */
  readonly total: string;
  readonly openedOn: SchoolDate | null;
  readonly steps: readonly ListedStep[];
  readonly openTasks: number;
  readonly held: boolean;
  readonly contract: boolean;
  /** State of the latest referral that was not withdrawn. */
  readonly referral: string | null;
}

export interface ListedStep {
  readonly step: string;
  readonly state: StepState;
  readonly superseded: boolean;
  /** Letters are planned, or something stands in the way. */
  readonly waits: boolean;
}

export interface FileListPage {
  readonly files: readonly ListedFile[];
  /** Where the next page begins; null: this is the last. */
  readonly next: string | null;
}

export interface ListedAt {
  readonly schoolYear: string;
  readonly today: SchoolDate;
}

/**
 * Files by name, a page at a time.
 * @param after reference of the last file of the page before; null: from the beginning
 */
export async function listFiles(
  db: Db,
  filter: FileFilter,
  at: ListedAt,
  page: { readonly after: string | null; readonly size: number },
): Promise<FileListPage> {
  const conditions = [
    ...stateConditions(filter, at),
    ...(filter.grade === null ? [] : [sql`s.grade = ${filter.grade}`]),
    ...(filter.openTask
      ? [sql`exists (select from task t where t.student_id = s.id and t.state = 'open' and not t.shadow)`]
      : []),
    ...(filter.words === null ? [] : [sql`s.search @@ ${searchOf(filter.words)}`]),
    ...(page.after === null
      ? []
      : [sql`(s.name_key, s.id) > (select name_key, id from student where file_ref = ${page.after}::uuid)`]),
  ];
  const { rows } = await sql<ListedFile>`${PREPARED}
    select p.id as "studentId", p.file_ref as ref, p.given_name as "givenName", p.family_name as "familyName", p.grade, p.number,
      coalesce(sc.name, 'not enrolled') as school, trim_scale(p.total)::text as total, p.opened_on as "openedOn",
      coalesce((select json_agg(json_build_object('step', x.step, 'state', x.state, 'superseded', x.superseded,
          'waits', x.acted or jsonb_array_length(x.blocks) > 0))
        from ladder_step x where x.student_id = p.id and x.school_year = ${at.schoolYear}), '[]') as steps,
      (select count(*)::int from task t where t.student_id = p.id and t.state = 'open' and not t.shadow)
        as "openTasks",
      ${isHeld(sql`p.id`, at.today)} as held, ${hasContract(sql`p.id`, at.schoolYear)} as contract,
      (select r.state from referral r where r.student_id = p.id and r.school_year = ${at.schoolYear}
        and r.state <> 'withdrawn' order by r.opened_on desc, r.ref limit 1) as referral
    from (
      select s.id, s.file_ref, s.name_key, s.given_name, s.family_name, s.grade, s.number,
        coalesce(l.total, 0) as total, coalesce(l.home_school_id, ${enrolledAt(at.today)}) as home_school_id,
        f.opened_on
      from student s
      ${filter.state === 'everyone' ? sql`left join` : sql`join`} ladder l
        on l.student_id = s.id and l.school_year = ${at.schoolYear}
      left join attendance_file f on f.student_id = s.id and f.school_year = ${at.schoolYear}
      where s.merged_into is null
        ${filter.state === 'everyone' ? everyoneAt(filter.schools, at.today) : atSchools(filter.schools)}
        ${allOf(conditions)}
      order by s.name_key, s.id limit ${page.size + 1}) p
    left join school sc on sc.id = p.home_school_id
    order by p.name_key, p.id`.execute(db);
  const files = rows.slice(0, page.size);
  return { files, next: rows.length > page.size ? (files.at(-1)?.ref ?? null) : null };
}

export type FileCounts = Readonly<Record<Exclude<FileState, 'everyone'> | 'openTask', number>>;

/** How many files each way of narrowing the list would leave. */
export async function countFiles(
  db: Db,
  schools: FileFilter['schools'],
  { schoolYear, today }: ListedAt,
): Promise<FileCounts> {
  const here = sql`ladder l where l.school_year = ${schoolYear} ${atSchools(schools)}`;
  const { rows } = await sql<FileCounts>`${PREPARED}
    with home as materialized (select l.student_id from ${here}),
    steps as materialized (
      select x.student_id, x.state, x.acted or jsonb_array_length(x.blocks) > 0 as waits
      from ladder_step x where x.school_year = ${schoolYear} and x.student_id in (select student_id from home))
    select
      (select count(*)::int from attendance_file f
        where f.school_year = ${schoolYear} and f.student_id in (select student_id from home)) as files,
      (select count(distinct student_id)::int from steps where state = 'owed' and not waits) as owed,
      (select count(distinct student_id)::int from steps where state = 'owed' and waits) as waiting,
      (select count(distinct student_id)::int from steps where state = 'taken') as taken,
      (select count(distinct h.student_id)::int from hold h
        where h.ended_at is null and h.begins <= ${today} and (h.ends is null or h.ends >= ${today})
          and h.student_id in (select student_id from home)) as hold,
      (select count(distinct c.student_id)::int from attendance_contract c
        where c.school_year = ${schoolYear} and c.state = 'in-force' and not c.refused
          and c.student_id in (select student_id from home)) as contract,
      (select count(distinct r.student_id)::int from referral r
        where r.school_year = ${schoolYear} and r.state <> 'withdrawn'
          and r.student_id in (select student_id from home)) as referral,
      (select count(distinct t.student_id)::int from task t
        where t.state = 'open' and not t.shadow and t.student_id in (select student_id from home))
        as "openTask"`.execute(db);
  return rows[0] as FileCounts;
}

/** The grades of students at the schools, sorted as text. */
export async function gradesAt(
  db: Db,
  schools: FileFilter['schools'],
  schoolYear: string,
): Promise<string[]> {
  const { rows } = await sql<{ grade: string }>`${PREPARED}
    select distinct s.grade from ladder l join student s on s.id = l.student_id
    where l.school_year = ${schoolYear} and s.grade is not null ${atSchools(schools)}
    order by 1`.execute(db);
  return rows.map((row) => row.grade);
}

function stateConditions(
  { state, step }: FileFilter,
  { schoolYear, today }: ListedAt,
): RawBuilder<unknown>[] {
  const hasStep = (which: RawBuilder<unknown>) =>
    sql`exists (select from ladder_step x where x.student_id = s.id and x.school_year = ${schoolYear}
      and (${step}::text is null or x.step = ${step}) and ${which})`;
  const ofStep = step === null ? [] : [hasStep(sql`x.state in ('owed', 'taken')`)];
  switch (state) {
    case 'owed':
      return [hasStep(sql`x.state = 'owed' and not x.acted and jsonb_array_length(x.blocks) = 0`)];
    case 'waiting':
      return [hasStep(sql`x.state = 'owed' and (x.acted or jsonb_array_length(x.blocks) > 0)`)];
    case 'taken':
      return [hasStep(sql`x.state = 'taken'`)];
    case 'hold':
      return [isHeld(sql`s.id`, today), ...ofStep];
    case 'contract':
      return [hasContract(sql`s.id`, schoolYear), ...ofStep];
    case 'referral':
      return [
        sql`exists (select from referral r where r.student_id = s.id and r.school_year = ${schoolYear}
          and r.state <> 'withdrawn')`,
        ...ofStep,
      ];
    case 'files':
      return [sql`f.id is not null`, ...ofStep];
    case 'everyone':
      return ofStep;
  }
}

function isHeld(student: RawBuilder<unknown>, today: SchoolDate): RawBuilder<unknown> {
  return sql`exists (select from hold h where h.student_id = ${student} and h.ended_at is null
    and h.begins <= ${today} and (h.ends is null or h.ends >= ${today}))`;
}

function hasContract(student: RawBuilder<unknown>, schoolYear: string): RawBuilder<unknown> {
  return sql`exists (select from attendance_contract c where c.student_id = ${student}
    and c.school_year = ${schoolYear} and c.state = 'in-force' and not c.refused)`;
}

function atSchools(schools: FileFilter['schools']): RawBuilder<unknown> {
  return schools === 'all'
    ? sql``
    : sql`and l.home_school_id in (select id from school where sourced_id = any(${[...schools]}::text[]))`;
}

/** Nobody has looked yet at who was never absent: their enrolment says where they are. */
function everyoneAt(schools: FileFilter['schools'], today: SchoolDate): RawBuilder<unknown> {
  if (schools === 'all') return sql`and (s.active or l.student_id is not null)`;
  const ids = sql`(select id from school where sourced_id = any(${[...schools]}::text[]))`;
  return sql`and (l.home_school_id in ${ids}
    or s.active and l.home_school_id is null and ${enrolledAt(today)} in ${ids})`;
}

/** The primary school of today. */
function enrolledAt(today: SchoolDate): RawBuilder<unknown> {
  return sql`(select e.school_id from enrolment e
    where e.student_id = s.id and e.is_primary and coalesce(e.begins <= ${today}, true)
      and coalesce(e.ends > ${today}, true) order by e.begins desc nulls last, e.school_id limit 1)`;
}

function allOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(
    conditions.map((condition) => sql`and ${condition}`),
    sql` `,
  );
}

/** Every word the beginning of one; as names are kept: without accents and apostrophes. */
function searchOf(words: string): RawBuilder<unknown> {
  return sql`(select string_agg(quote_literal(w) || ':*', ' & ')::tsquery
    from unnest(string_to_array(file_search_text(replace(${words}, chr(92), ' ')), ' ')) w where w <> '')`;
}
