import { type Selectable, sql } from 'kysely';
import type { AbsenceRecord, AttendanceCode } from '../domain/absence.ts';
import type { Contract } from '../domain/contract.ts';
import { days } from '../domain/days.ts';
import type { Hold } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { termsOf } from './contracts.ts';
import type { Db } from './database.ts';
import type { AttendanceContractTable } from './tables/files.ts';

/** A version of something, in force from the one moment to before the other. */
export interface Version<T> {
  readonly what: T;
  readonly recordedAt: Date;
  readonly endedAt: Date | null;
}

export interface StudentHistory {
  readonly studentId: number;
  readonly records: readonly Version<AbsenceRecord>[];
  readonly holds: readonly Version<Hold>[];
  /** Attendance contracts that the family did not refuse. */
  readonly contracts: readonly Version<Contract>[];
}

type RecordRow = Omit<AbsenceRecord, 'dayFraction'> & {
  readonly studentId: number;
  readonly dayFraction: string | null;
  readonly recordedAt: Date;
  readonly endedAt: Date | null;
};

type ContractRow = Selectable<AttendanceContractTable>;

const PAGE = 200;

/** Every version of every row of the school year, many students at a time; those without a row are left out. */
export async function* readHistories(db: Db, schoolYear: string): AsyncGenerator<readonly StudentHistory[]> {
  for (let after = 0; ; ) {
    const ids = await nextStudents(db, schoolYear, after);
    if (ids.length === 0) return;
    const records = await readRecords(db, schoolYear, ids);
    const holds = await readHolds(db, ids);
    const contracts = await readContracts(db, schoolYear, ids);
    yield ids.map((studentId) => ({
      studentId,
      records: records.get(studentId) ?? [],
      holds: holds.get(studentId) ?? [],
      contracts: contracts.get(studentId) ?? [],
    }));
    after = ids.at(-1) ?? after;
  }
}

export async function countStudentsWithHistory(db: Db, schoolYear: string): Promise<number> {
  const row = await db
    .selectFrom('absence_record')
    .select((eb) => eb.fn.count<string>('student_id').distinct().as('n'))
    .where('school_year', '=', schoolYear)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** The whole code table, codes that only old versions name included. */
export async function readCodes(db: Db): Promise<Omit<AttendanceCode, 'suspension' | 'confidential'>[]> {
  const rows = await db
    .selectFrom('attendance_code')
    .select(['sourced_id as sourcedId', 'title', 'status', 'excuse'])
    .where('active', '=', true)
    .execute();
  return rows;
}

/** The day of the first look at a school year that Rollcall did not follow from its beginning; null: it did. */
export async function baselineDay(db: Db, schoolYear: string): Promise<SchoolDate | null> {
  const row = await db
    .selectFrom('baseline')
    .select('as_of')
    .where('school_year', '=', schoolYear)
    .where('state', '<>', 'not-needed')
    .executeTakeFirst();
  return row?.as_of ?? null;
}

async function nextStudents(db: Db, schoolYear: string, after: number): Promise<number[]> {
  const rows = await db
    .selectFrom('student')
    .select('id')
    .where('id', '>', after)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('absence_record')
          .select('absence_record.id')
          .whereRef('absence_record.student_id', '=', 'student.id')
          .where('absence_record.school_year', '=', schoolYear),
      ),
    )
    .orderBy('id')
    .limit(PAGE)
    .execute();
  return rows.map((row) => row.id);
}

async function readRecords(
  db: Db,
  schoolYear: string,
  ids: readonly number[],
): Promise<Map<number, Version<AbsenceRecord>[]>> {
  const { rows } = await sql<RecordRow>`
    select r.student_id as "studentId", r.id::text, r.sourced_id as "sourcedId", r.school_id as "schoolId", r.date,
      r.kind, r.period, r.status, r.excuse, r.day_fraction::text as "dayFraction",
      r.minutes_absent as "minutesAbsent", r.minutes_scheduled as "minutesScheduled", r.code_sourced_id as "codeId",
      r.contradictory, r.recorded_at as "recordedAt", r.ended_at as "endedAt"
    from absence_record r
    where r.student_id = any(${ids}::int[]) and r.school_year = ${schoolYear}
    order by r.student_id, r.date, r.sourced_id, r.recorded_at`.execute(db);
  return byStudent(
    rows.map(({ studentId, recordedAt, endedAt, dayFraction, ...rest }) => ({
      studentId,
      what: { ...rest, dayFraction: dayFraction === null ? null : days(dayFraction) },
      recordedAt,
      endedAt,
    })),
  );
}

async function readHolds(db: Db, ids: readonly number[]): Promise<Map<number, Version<Hold>[]>> {
  const rows = await db
    .selectFrom('hold')
    .select([
      'student_id as studentId',
      'id',
      'kind',
      'scope',
      'begins',
      'ends',
      'created_at as recordedAt',
      'ended_at as endedAt',
    ])
    .where('student_id', 'in', ids)
    .orderBy('id')
    .execute();
  return byStudent(
    rows.map(({ studentId, recordedAt, endedAt, ...what }) => ({ studentId, what, recordedAt, endedAt })),
  );
}

async function readContracts(
  db: Db,
  schoolYear: string,
  ids: readonly number[],
): Promise<Map<number, Version<Contract>[]>> {
  const rows = await db
    .selectFrom('attendance_contract')
    .selectAll()
    .where('student_id', 'in', ids)
    .where('school_year', '=', schoolYear)
    .where('refused', '=', false)
    .where('state', '<>', 'draft')
    .orderBy('ref')
    .execute();
  return byStudent(rows.flatMap(contractVersions));
}

/** One that was ended is known as it was until then, and as an ended one since. */
function contractVersions(row: ContractRow): (Version<Contract> & { studentId: number })[] {
  const contract = termsOf(row);
  const { student_id: studentId, created_at: recordedAt, ended_at: endedAt, ended_on: endedOn } = row;
  const running = { studentId, what: { ...contract, endedOn: null }, recordedAt, endedAt };
  if (endedAt === null) return [running];
  return [running, { studentId, what: { ...contract, endedOn }, recordedAt: endedAt, endedAt: null }];
}

function byStudent<T>(
  versions: readonly (Version<T> & { readonly studentId: number })[],
): Map<number, Version<T>[]> {
  const found = new Map<number, Version<T>[]>();
  for (const { studentId, ...version } of versions) {
    const own = found.get(studentId);
    if (own === undefined) found.set(studentId, [version]);
    else own.push(version);
  }
  return found;
}
