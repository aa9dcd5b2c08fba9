import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { SchoolYearFacts } from './sync/run-to-apply.ts';

export interface StoredSchool {
  readonly id: number;
  readonly sourcedId: string;
  readonly name: string;
  readonly number: string | null;
}

export interface StoredSchoolYear {
  /** The end year, for example `2027`. */
  readonly id: string;
  readonly title: string;
  readonly begins: SchoolDate;
  /** Exclusive. */
  readonly ends: SchoolDate;
}

export async function listSchools(db: Db): Promise<StoredSchool[]> {
  const rows = await db
    .selectFrom('school')
    .select(['id', 'sourced_id', 'name', 'number'])
    .where('active', '=', true)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({ id: row.id, sourcedId: row.sourced_id, name: row.name, number: row.number }));
}

/** The school year that contains the date, else the last one that began before it; null before the first sync. */
export async function schoolYearOn(db: Db, date: SchoolDate): Promise<StoredSchoolYear | null> {
  const row = await db
    .selectFrom('school_year')
    .select(['id', 'title', 'begins', 'ends'])
    .where('begins', '<=', date)
    .orderBy('begins', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) return row;
  const next = await db
    .selectFrom('school_year')
    .select(['id', 'title', 'begins', 'ends'])
    .orderBy('begins')
    .limit(1)
    .executeTakeFirst();
  return next ?? null;
}

/** The school year that the database counts in on a date, with its id in the SIS. */
export async function latestSchoolYear(db: Db, date: SchoolDate): Promise<SchoolYearFacts | null> {
  const row = await db
    .selectFrom('school_year')
    .selectAll()
    .where('begins', '<=', date)
    .orderBy('begins', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { id: row.id, sourcedId: row.sourced_id, title: row.title, begins: row.begins, ends: row.ends };
}

/** Students by the names that `findStudentId` knows; a name that is nobody's, or that of several, is left out. */
export async function findStudentIds(db: Db, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const found = await sql<{ name: string; id: number }>`
    select n.name, coalesce(a.person_id, s.id) as id
    from (select distinct unnest(${[...names]}::text[]) as name) n
    left join person_alias a on a.kind = 'student' and a.alias = n.name
    left join (select number, min(id) as id from student group by number having count(*) = 1) s
      on s.number = n.name
    where coalesce(a.person_id, s.id) is not null`.execute(db);
  return new Map(found.rows.map((row) => [row.name, row.id]));
}

/** A student by sourcedId, by an alias of it, or by student number; null when nobody or more than one matches. */
export async function findStudentId(db: Db, name: string): Promise<number | null> {
  const byAlias = await db
    .selectFrom('person_alias')
    .select('person_id')
    .where('kind', '=', 'student')
    .where('alias', '=', name)
    .executeTakeFirst();
  if (byAlias !== undefined) return byAlias.person_id;
  const byNumber = await db.selectFrom('student').select('id').where('number', '=', name).limit(2).execute();
  return byNumber.length === 1 ? (byNumber[0]?.id ?? null) : null;
}

/** A guardian of the student by sourcedId, and whether the SIS says so today; null: none, and never was. */
export async function findGuardian(
  db: Db,
  sourcedId: string,
  studentId: number,
): Promise<{ readonly id: number; readonly inForce: boolean } | null> {
  const row = await db
    .selectFrom('guardian as g')
    .innerJoin('guardianship as p', 'p.guardian_id', 'g.id')
    .select(['g.id', 'g.active', 'p.active as linked'])
    .where('g.sourced_id', '=', sourcedId)
    .where('p.student_id', '=', studentId)
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, inForce: row.active && row.linked };
}

/** @param id the end year */
export async function schoolYearById(db: Db, id: string): Promise<StoredSchoolYear | null> {
  const row = await db
    .selectFrom('school_year')
    .select(['id', 'title', 'begins', 'ends'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}
