import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';
import { DESTROYED } from './written-columns.ts';

/** What of a class is due: of whom, and how much. */
export interface DueRecords {
  readonly students: readonly number[];
  readonly rows: number;
  /** Those of them under a legal hold: nothing of theirs is destroyed. */
  readonly held: readonly number[];
  /** School years that it is about, the oldest first. */
  readonly schoolYears: readonly string[];
}

/** Each student with the ids that the person has had, and with the last school year of which anything is kept. */
const lastYears: RawBuilder<unknown> = sql`
  person as (
    select id, id as root from student where merged_into is null
    union all select s.id, p.root from student s join person p on s.merged_into = p.id),
  known as (select root, array_agg(id) as ids from person group by root),
  last as (
    select k.root as student_id, k.ids, max(y.ends) as ends, max(y.id) as year from (
      select student_id, school_year from attendance_file
      union select student_id, school_year from ladder
      union select student_id, school_year from letter
      union select student_id, school_year from absence_record) f
    join school_year y on y.id = f.school_year
    join person p on p.id = f.student_id join known k on k.root = p.root
    group by k.root, k.ids)`;

/** Of whom something is left to destroy. */
const hasFile = sql<boolean>`(
  exists (select from document_key k where k.student_id = any(last.ids) and k.destroyed_at is null)
  or exists (select from document d where d.own_key is not null and d.student_ids && last.ids)
  or exists (select from contact_log_entry c where c.student_id = any(last.ids) and c.note is not null))`;

export async function dueFiles(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ id: number; year: string; documents: number }>`
    with recursive ${lastYears}
    select last.student_id as id, last.year,
      (select count(*) from document d left join document_key k on k.id = d.key_id
        where k.student_id = any(last.ids) and k.destroyed_at is null
          or d.own_key is not null and d.student_ids && last.ids)::int as documents
    from last join student s on s.id = last.student_id
    where last.ends <= ${upTo}::date and not s.active and ${hasFile} order by last.student_id`.execute(db);
  return due(rows, held, ({ documents }) => documents);
}

export async function dueAbsences(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ id: number; year: string; records: number }>`
    select a.student_id as id, a.school_year as year, count(*)::int as records
    from absence_record a join school_year y on y.id = a.school_year
    where y.ends <= ${upTo}::date group by 1, 2 order by 1, 2`.execute(db);
  return due(rows, held, ({ records }) => records);
}

/** Mails to staff, by the students whom they name. */
export async function dueMails(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ students: number[] }>`
    select d.student_ids as students from document d
    where ${isOldMail(upTo)} order by d.id`.execute(db);
  const isHeld = (students: readonly number[]) => students.some((id) => held.includes(id));
  const free = rows.filter(({ students }) => !isHeld(students));
  return {
    students: distinct(free.flatMap(({ students }) => students)),
    rows: free.length,
    held: distinct(rows.flatMap(({ students }) => students).filter((id) => held.includes(id))),
    schoolYears: [],
  };
}

/** Students who are gone and of whom nothing else is left to destroy. */
export async function duePeople(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ id: number; year: string }>`
    with recursive ${lastYears}
    select last.student_id as id, last.year from last join student s on s.id = last.student_id
    where last.ends <= ${upTo}::date and not s.active and s.family_name <> ${DESTROYED}
    order by 1`.execute(db);
  return due(rows, held, () => 1);
}

export function isOldMail(upTo: SchoolDate): RawBuilder<boolean> {
  return sql<boolean>`(d.own_key is not null and exists (
    select from staff_mail m where m.message_document_id = d.id and m.kind <> 'packet'
      and m.composed_at < ${upTo}::date))`;
}

export async function saveDestruction(
  tx: Tx,
  made: { ref: string; at: Date; by: string; certificate: string; sha256: string; pdf: Buffer },
): Promise<void> {
  await tx
    .insertInto('destruction')
    .values({
      ref: made.ref,
      at: made.at,
      by_name: made.by,
      certificate: made.certificate,
      certificate_sha256: made.sha256,
      pdf: made.pdf,
    })
    .execute();
}

/** A copy of a school year that was written into a file of its own: no rule reaches it there. */
export interface ArchiveCopy {
  readonly schoolYear: string;
  readonly madeAt: Date;
  readonly by: string;
  readonly sha256: string;
}

/** Archives that were made of school years up to a day, the oldest first. */
export async function archivesUpTo(db: Db, upTo: SchoolDate): Promise<ArchiveCopy[]> {
  const { rows } = await sql<ArchiveCopy>`
    select e.subject as "schoolYear", e.at as "madeAt", e.actor_name as by, e.detail ->> 'sha256' as sha256
    from audit_event e join school_year y on y.id = e.subject
    where e.action = 'year-archived' and y.ends <= ${upTo}::date order by e.id`.execute(db);
  return rows;
}

/** When records of a class are next due, of those whose time has not come. */
export async function nextYearEnd(db: Db, after: SchoolDate): Promise<SchoolDate | null> {
  const row = await db
    .selectFrom('school_year')
    .select(({ fn }) => fn.min<SchoolDate | null>('ends').as('ends'))
    .where('ends', '>', after)
    .executeTakeFirst();
  return row?.ends ?? null;
}

function due<T extends { id: number; year: string }>(
  rows: readonly T[],
  held: readonly number[],
  count: (row: T) => number,
): DueRecords {
  const free = rows.filter(({ id }) => !held.includes(id));
  return {
    students: distinct(free.map(({ id }) => id)),
    rows: free.reduce((sum, row) => sum + count(row), 0),
    held: distinct(rows.map(({ id }) => id).filter((id) => held.includes(id))),
    schoolYears: [...new Set(free.map(({ year }) => year))].sort(),
  };
}

function distinct(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
