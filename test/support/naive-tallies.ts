import type { SchoolDate } from '../../src/domain/school-date.ts';
import type { Db } from '../../src/store/database.ts';

/** Absences in force: what each says, by its id. */
export type Ledger = ReadonlyMap<string, string>;

export async function readLedger(db: Db): Promise<Ledger> {
  const rows = await db
    .selectFrom('absence_record as r')
    .innerJoin('student', 'student.id', 'r.student_id')
    .innerJoin('school', 'school.id', 'r.school_id')
    .select(['r.sourced_id as id', 'student.sourced_id as student', 'school.sourced_id as school'])
    .select(['date', 'kind', 'period', 'status', 'excuse', 'day_fraction', 'code_sourced_id'])
    .where('ended_at', 'is', null)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      [
        row.student,
        row.school,
        row.date,
        row.kind,
        row.period,
        row.status,
        row.excuse,
        row.day_fraction === null ? null : Number(row.day_fraction),
        row.code_sourced_id,
      ].join(' '),
    ]),
  );
}

/** What the guards compare with: people and absence rows of each school, and students absent on each of its days. */
export interface Tallies {
  readonly schools: Readonly<Record<string, Counted>>;
  /** `school date` → students; days without any are left out. */
  readonly absent: Readonly<Record<string, number>>;
}

interface Counted {
  readonly students: number;
  readonly guardians: number;
  readonly links: number;
  readonly absenceRows: number;
}

export async function readTallies(db: Db): Promise<Tallies> {
  const schools = await db
    .selectFrom('school_tally')
    .innerJoin('school', 'school.id', 'school_id')
    .select(['sourced_id', 'students', 'guardians', 'links', 'absence_rows'])
    .execute();
  const days = await db
    .selectFrom('absent_per_day')
    .innerJoin('school', 'school.id', 'school_id')
    .select(['sourced_id', 'date', 'students'])
    .where('students', '>', 0)
    .execute();
  return {
    schools: Object.fromEntries(
      schools.map(({ sourced_id: id, absence_rows: absenceRows, ...people }) => [
        id,
        { ...people, absenceRows },
      ]),
    ),
    absent: Object.fromEntries(days.map((day) => [`${day.sourced_id} ${day.date}`, day.students])),
  };
}

/**
 * The same counted from what is in force, one row after the other. Periods are taken for half a day at least: a
 * district that has more than two of them is not for this count.
 */
export async function naiveTallies(db: Db, asOf: SchoolDate): Promise<Tallies> {
  const [schools, students, guardians, links, enrolments, absences, codes] = await Promise.all([
    db.selectFrom('school').select(['id', 'sourced_id']).execute(),
    db.selectFrom('student').select(['id', 'active', 'missing_since']).execute(),
    db.selectFrom('guardian').select(['id', 'active', 'missing_since']).execute(),
    db.selectFrom('guardianship').selectAll().execute(),
    db.selectFrom('enrolment').selectAll().execute(),
    db.selectFrom('absence_record').selectAll().where('ended_at', 'is', null).execute(),
    db.selectFrom('attendance_code').selectAll().where('active', '=', true).execute(),
  ]);
  const isHere = (one: { active: boolean; missing_since: string | null }) =>
    one.active && one.missing_since === null;
  const hereOf = (persons: readonly { id: number; active: boolean; missing_since: string | null }[]) =>
    new Set(persons.filter(isHere).map((one) => one.id));
  const [studentsHere, guardiansHere] = [hereOf(students), hereOf(guardians)];
  const absent = new Map<string, Map<number, number[]>>();
  for (const row of absences) {
    const code = codes.find((one) => one.sourced_id === row.code_sourced_id);
    if ((code?.status ?? row.status) !== 'absent' || (code?.excuse ?? row.excuse) === 'exempt') continue;
    const school = schools.find((one) => one.id === row.school_id)?.sourced_id ?? '';
    const day = absent.get(`${school} ${row.date}`) ?? new Map<number, number[]>();
    absent.set(`${school} ${row.date}`, day);
    const fractions = day.get(row.student_id) ?? [];
    day.set(row.student_id, fractions);
    if (row.day_fraction !== null) fractions.push(Number(row.day_fraction));
  }
  const halfOrMore = (fractions: readonly number[]) =>
    fractions.length === 0 || Math.max(...fractions) >= 0.5;
  return {
    schools: Object.fromEntries(
      schools.map(({ id, sourced_id }) => {
        const enrolled = new Set(
          enrolments
            .filter((one) => one.school_id === id)
            .filter((one) => (one.begins ?? asOf) <= asOf && (one.ends === null || one.ends > asOf))
            .map((one) => one.student_id)
            .filter((student) => studentsHere.has(student)),
        );
        const linked = links.filter(
          (link) => isHere(link) && enrolled.has(link.student_id) && guardiansHere.has(link.guardian_id),
        );
        return [
          sourced_id,
          {
            students: enrolled.size,
            guardians: new Set(linked.map((link) => link.guardian_id)).size,
            links: linked.length,
            absenceRows: absences.filter((row) => row.school_id === id).length,
          },
        ];
      }),
    ),
    absent: Object.fromEntries(
      [...absent]
        .map(([day, ofStudents]) => [day, [...ofStudents.values()].filter(halfOrMore).length] as const)
        .filter(([, n]) => n > 0),
    ),
  };
}
