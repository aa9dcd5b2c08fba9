import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import type { AbsenceRow } from '../../src/domain/sis-records.ts';
import { syncDistrict } from '../../src/procedure/sync-district.ts';
import { changingSis } from '../support/changing-sis.ts';
import { type Ledger, naiveTallies, readLedger, readTallies } from '../support/naive-tallies.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aCode,
  aGuardian,
  anAbsence,
  aSchool,
  aStudent,
  enrolledAt,
  linkTo,
  sisRecords,
  syncSettings,
  weekdaysFrom,
} from '../support/sis-records.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;

beforeEach(async () => {
  store = await openTestDatabase();
});
afterEach(() => store.drop());

type Sis = ReturnType<typeof changingSis>;

const SCHOOLS = ['lincoln', 'grant'] as const;
const DAYS = weekdaysFrom('2026-09-01', 4);
const PLACES = 8;
/** The last of each stays as it is: a collection that becomes empty is a broken feed. */
const STUDENTS = 4;
const GUARDIANS = 3;

/** What a row says apart from its id. */
interface Said {
  readonly student: number;
  readonly school: number;
  readonly day: number;
  readonly period: string | null;
  readonly status: AbsenceRow['status'];
  readonly excuse: AbsenceRow['excuse'];
  readonly dayFraction: string | null;
  readonly code: string | null;
}

type Edit =
  | { readonly kind: 'put'; readonly row: number; readonly said: Said }
  | { readonly kind: 'delete' | 'vanish' | 'rename' | 're-enter'; readonly row: number }
  | {
      readonly kind: 'student';
      readonly student: number;
      readonly school: number;
      readonly here: 'served' | 'inactive' | 'gone' | 'removed';
      readonly names: readonly number[];
    }
  | {
      readonly kind: 'guardian';
      readonly guardian: number;
      readonly here: 'served' | 'inactive' | 'gone' | 'removed';
      readonly names: readonly number[];
    }
  | { readonly kind: 'read'; readonly how: 'full' | 'changes' };

const here = fc.constantFrom('served', 'served', 'served', 'inactive', 'gone', 'removed' as const);
const row = fc.nat(PLACES - 1);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      row,
      said: fc.record({
        student: fc.nat(STUDENTS - 1),
        school: fc.nat(1),
        day: fc.nat(DAYS.length - 1),
        // Two names only: the share of a day that a period is would depend on what others missed.
        period: fc.constantFrom(null, null, '1', '2'),
        status: fc.constantFrom('absent', 'absent', 'tardy' as const),
        excuse: fc.constantFrom('excused', 'unexcused' as const),
        dayFraction: fc.constantFrom('1', '0.5', '0', null),
        code: fc.constantFrom('unx', 'exm', 'tdy', null),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('delete', 'vanish', 'rename', 're-enter' as const),
      row,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('student' as const),
      student: fc.nat(STUDENTS - 2),
      school: fc.nat(1),
      here,
      names: fc.subarray([0, 1, 2]),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('guardian' as const),
      guardian: fc.nat(GUARDIANS - 2),
      here,
      names: fc.subarray([0, 1, 2, 3]),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      how: fc.constantFrom('full', 'changes', 'changes' as const),
    }),
  },
);

function aDistrict(): Sis {
  return changingSis(
    sisRecords({
      schools: SCHOOLS.map((id) => aSchool(id)),
      students: Array.from({ length: STUDENTS }, (_, place) => aStudent(`s${place}`)),
      guardians: Array.from({ length: GUARDIANS }, (_, place) =>
        aGuardian(`g${place}`, { links: [linkTo(`s${place}`)] }),
      ),
      codes: [
        aCode('unx'),
        aCode('exm', { excuse: 'exempt' }),
        aCode('tdy', { status: 'tardy', excuse: 'unexcused' }),
      ],
      absences: [anAbsence('s3', '2026-08-31', { sourcedId: 'anchor' })],
    }),
  );
}

/** One edit of what the SIS says. @param idAt ids change over time; a place keeps the latest one */
function change({ records, removed }: Sis, edit: Edit, idAt: string[], fresh: () => string): void {
  if (edit.kind === 'read') return;
  if (edit.kind === 'student' || edit.kind === 'guardian') {
    const collection = edit.kind === 'student' ? 'students' : 'guardians';
    const id = edit.kind === 'student' ? `s${edit.student}` : `g${edit.guardian}`;
    removed[collection] = removed[collection].filter((one) => one.sourcedId !== id);
    if (edit.here === 'removed') removed[collection].push({ sourcedId: id, deleted: true });
    const others = <T extends { readonly sourcedId: string }>(all: readonly T[]) =>
      all.filter((one) => one.sourcedId !== id);
    const isServed = edit.here === 'served' || edit.here === 'inactive';
    const active = edit.here === 'served';
    if (edit.kind === 'student') {
      const said = aStudent(id, {
        active,
        enrolments: [enrolledAt(SCHOOLS[edit.school] ?? '')],
        guardianSourcedIds: edit.names.map((place) => `g${place}`),
      });
      records.students = [...others(records.students), ...(isServed ? [said] : [])];
    } else {
      const said = aGuardian(id, { active, links: edit.names.map((place) => linkTo(`s${place}`)) });
      records.guardians = [...others(records.guardians), ...(isServed ? [said] : [])];
    }
    return;
  }
  const id = idAt[edit.row] ?? '';
  const before = records.absences.find((one) => one.sourcedId === id);
  const others = records.absences.filter((one) => one.sourcedId !== id);
  if (edit.kind === 'put') {
    const { student, school, day, period, code, ...said } = edit.said;
    const told = anAbsence(`s${student}`, DAYS[day] ?? '', {
      ...said,
      sourcedId: id,
      schoolSourcedId: SCHOOLS[school] ?? '',
      kind: period === null ? 'daily' : 'period',
      period,
      codeSourcedId: code,
    });
    records.absences = [...others, told];
    return;
  }
  if (edit.kind === 'vanish') {
    records.absences = others;
    return;
  }
  if (before === undefined || before.deleted) return;
  const tombstone = { sourcedId: id, deleted: true as const };
  if (edit.kind === 'delete') {
    records.absences = [...others, tombstone];
    return;
  }
  const next = fresh();
  idAt[edit.row] = next;
  records.absences = [
    ...others,
    ...(edit.kind === 're-enter' ? [tombstone] : []),
    { ...before, sourcedId: next },
  ];
}

/** The rows that the SIS serves, as `readLedger` words those in force. */
function served({ records }: Sis): Map<string, string> {
  return new Map(
    records.absences
      .filter((one): one is AbsenceRow => !one.deleted)
      .map((one) => [
        one.sourcedId,
        [
          one.studentSourcedId,
          one.schoolSourcedId,
          one.date,
          one.kind,
          one.period,
          one.status,
          one.excuse,
          one.dayFraction === null ? null : Number(one.dayFraction),
          one.codeSourcedId,
        ].join(' '),
      ]),
  );
}

/**
 * What a read of changes has to know: every row that is served, under its id or, where it was taken for a renamed one,
 * under that of a row that says the same; and nothing but what is served or has only vanished.
 */
function expectKnown(sis: Sis, ledger: Ledger, before: Ledger): void {
  const all = served(sis);
  const inForce = [...ledger.values()];
  for (const [id, said] of all) expect(ledger.get(id) ?? inForce.find((one) => one === said)).toBe(said);
  const mentioned = new Set(sis.records.absences.map((one) => one.sourcedId));
  for (const [id, said] of ledger)
    if (all.get(id) !== said) expect([mentioned.has(id), before.get(id)]).toEqual([false, said]);
}

/** Pairs of student and guardian that either side names, where both were ever served. */
function namedPairs({ records }: Sis, known: ReadonlySet<string>): string[] {
  const pairs = new Set([
    ...records.students.flatMap((one) =>
      one.guardianSourcedIds.map((guardian) => `${one.sourcedId} ${guardian}`),
    ),
    ...records.guardians.flatMap((one) =>
      one.links.map((link) => `${link.studentSourcedId} ${one.sourcedId}`),
    ),
  ]);
  return [...pairs].filter((pair) => pair.split(' ').every((id) => known.has(id))).sort();
}

const activeOf = (persons: readonly { readonly sourcedId: string; readonly active: boolean }[]) =>
  persons
    .filter((one) => one.active)
    .map((one) => one.sourcedId)
    .sort();

test('whatever is edited in rosters and absences, a read of changes knows what it can, the tallies are those of a recount, and after two full reads all equals the SIS', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 30 }), async (edits) => {
      await sql`truncate absence_record, sync_run, sync_cursor, evaluation_due, school_tally_day, school_tally,
        absent_per_day, student, guardian, person_alias, roster_link, school cascade`.execute(store.db);
      const sis = aDistrict();
      const idAt = Array.from({ length: PLACES }, (_, place) => `r${place}`);
      let renames = 0;
      let date: SchoolDate = schoolDate('2026-09-20');
      const readNow = async (how: 'full' | 'changes') => {
        date = addDays(date, 1);
        const before = await readLedger(store.db);
        const outcome = await syncDistrict(
          {
            db: store.db,
            pool: store.pool,
            ...syncSettings,
            fullDue: (last) => last === null || how === 'full',
            ...sis.sources(),
          },
          { now: new Date(`${date}T12:00:00Z`), today: date },
        );
        expect(outcome).toMatchObject({ kind: 'applied' });
        expectKnown(sis, await readLedger(store.db), before);
        expect(await readTallies(store.db)).toEqual(await naiveTallies(store.db, date));
      };
      await readNow('full');
      for (const one of edits) {
        if (one.kind === 'read') await readNow(one.how);
        else {
          change(sis, one, idAt, () => {
            renames += 1;
            return `n${renames}`;
          });
        }
      }
      await readNow('full');
      await readNow('full');
      expect(await readLedger(store.db)).toEqual(served(sis));
      const persons = async (table: 'student' | 'guardian') =>
        (await store.db.selectFrom(table).select(['sourced_id', 'active']).execute()).map((one) => ({
          sourcedId: one.sourced_id,
          active: one.active,
        }));
      const [students, guardians] = [await persons('student'), await persons('guardian')];
      expect(activeOf(students)).toEqual(activeOf(sis.records.students));
      expect(activeOf(guardians)).toEqual(activeOf(sis.records.guardians));
      const links = await store.db
        .selectFrom('guardianship')
        .innerJoin('student', 'student.id', 'student_id')
        .innerJoin('guardian', 'guardian.id', 'guardian_id')
        .select(['student.sourced_id as student', 'guardian.sourced_id as guardian'])
        .where('guardianship.active', '=', true)
        .execute();
      const known = new Set([...students, ...guardians].map((one) => one.sourcedId));
      expect(links.map((link) => `${link.student} ${link.guardian}`).sort()).toEqual(namedPairs(sis, known));
    }),
    { numRuns: 15 },
  );
}, 300_000);
