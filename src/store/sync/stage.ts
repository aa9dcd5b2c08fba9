import type pg from 'pg';
import {
  type AbsenceRowRecord,
  type CodeRecord,
  type ContactRecord,
  type DeletedRecord,
  type DemographicsRecord,
  type GuardianRecord,
  isDeleted,
  type SchoolRecord,
  type StudentRecord,
} from '../../domain/sis-records.ts';
import { type CopyValue, copyRows } from './copy-rows.ts';
import { type DigestSet, type KnownCollection, loadKnownRows } from './known-rows.ts';
import { ABSENCE_SAYS, GUARDIAN_COLUMNS } from './stage-columns.ts';
import { partitionOf, type StageTable, stageTables } from './stage-names.ts';
import { createStage } from './stage-tables.ts';

/** Where one run puts what it has read, part by part, before anything is applied. */
export interface Stage {
  schools(records: readonly SchoolRecord[]): Promise<void>;
  students(records: readonly (StudentRecord | DeletedRecord)[], digests?: Digests): Promise<void>;
  guardians(records: readonly (GuardianRecord | DeletedRecord)[], digests?: Digests): Promise<void>;
  demographics(records: readonly DemographicsRecord[], digests?: Digests): Promise<void>;
  contacts(records: readonly ContactRecord[]): Promise<void>;
  codes(records: readonly CodeRecord[]): Promise<void>;
  absences(records: readonly AbsenceRowRecord[], digests?: Digests): Promise<void>;
  /** Rows in force that need not be read again when they come as they are. */
  known(collection: KnownCollection, schoolYear: string): Promise<DigestSet>;
  /** After a whole read: which of those did not come. */
  unmet(collection: KnownCollection, known: DigestSet): Promise<void>;
  /** Rows per table so far. */
  counts(): Readonly<Record<StageTable, number>>;
}

/** Digests of the records, in their order; undefined or none where the source has none. */
type Digests = readonly (Uint8Array | null)[] | undefined;

const ROWS_PER_COPY = 5_000;
/** All other columns of a removed absence. */
const NOTHING_SAID: readonly null[] = Array.from({ length: 12 }, () => null);
const LINK_COLUMNS = ['student_sourced_id', 'guardian_sourced_id', 'relationship', 'is_guardian', 'side'];

/** Opens the stage of one run. @param runId UUID of a row in `sync_run` */
export async function openStage(client: pg.ClientBase, runId: string): Promise<Stage> {
  await createStage(client, runId);
  const staged = Object.fromEntries(stageTables.map((table) => [table, 0])) as Record<StageTable, number>;
  const copy = async <T>(
    table: StageTable,
    columns: readonly string[],
    records: readonly T[],
    values: (record: T, index: number) => CopyValue[],
  ) => {
    if (records.length === 0) return;
    staged[table] += records.length;
    await copyRows(
      client,
      partitionOf(table, runId),
      ['run_id', ...columns],
      mapRows(records, (record, index) => [runId, ...values(record, index)]),
    );
  };

  const copyAliases = (
    kind: 'student' | 'guardian',
    records: readonly { readonly sourcedId: string; readonly aliases: readonly string[] }[],
  ) =>
    copy(
      'stage_alias',
      ['kind', 'sourced_id', 'alias'],
      records.flatMap(({ sourcedId, aliases }) => aliases.map((alias) => ({ sourcedId, alias }))),
      ({ sourcedId, alias }) => [kind, sourcedId, alias],
    );

  const copyDeleted = (kind: 'student' | 'guardian', records: readonly object[]) =>
    copy('stage_deleted_person', ['kind', 'sourced_id'], records.filter(isDeleted), ({ sourcedId }) => [
      kind,
      sourcedId,
    ]);

  return {
    schools: (records) =>
      copy('stage_school', ['sourced_id', 'active', 'name', 'number'], records, (school) => [
        school.sourcedId,
        school.active,
        school.name,
        school.number,
      ]),
    async students(all, digests) {
      const told = notDeleted(all, digests);
      const records = told.map(({ record }) => record);
      await copyDeleted('student', all);
      await copy(
        'stage_student',
        ['sourced_id', 'active', 'given_name', 'family_name', 'grade', 'number', 'email', 'flags', 'digest'],
        told,
        ({ record: student, digest }) => [
          student.sourcedId,
          student.active,
          student.givenName,
          student.familyName,
          student.grade,
          student.number,
          student.email,
          student.flags,
          digest,
        ],
      );
      await copyAliases('student', records);
      const enrolments = records.flatMap((student) =>
        student.enrolments.map((enrolment) => ({ id: student.sourcedId, enrolment })),
      );
      await copy(
        'stage_enrolment',
        ['student_sourced_id', 'school_sourced_id', 'is_primary', 'begins', 'ends'],
        enrolments,
        ({ id, enrolment }) => [
          id,
          enrolment.schoolSourcedId,
          enrolment.primary,
          enrolment.begins,
          enrolment.ends,
        ],
      );
      const links = records.flatMap((student) =>
        student.guardianSourcedIds.map((guardian) => ({ student: student.sourcedId, guardian })),
      );
      await copy('stage_link', LINK_COLUMNS, links, (link) => [
        link.student,
        link.guardian,
        null,
        null,
        'student',
      ]);
    },
    async guardians(all, digests) {
      const told = notDeleted(all, digests);
      const records = told.map(({ record }) => record);
      await copyDeleted('guardian', all);
      await copy('stage_guardian', GUARDIAN_COLUMNS, told, ({ record: guardian, digest }) => [
        guardian.sourcedId,
        guardian.role,
        guardian.givenName,
        guardian.familyName,
        guardian.email,
        guardian.phone,
        guardian.language,
        guardian.address,
        guardian.addressPrivate,
        guardian.mailAllowed,
        guardian.noContact,
        guardian.wantsPaper,
        guardian.active,
        digest,
      ]);
      await copyAliases('guardian', records);
      const links = records.flatMap((guardian) =>
        guardian.links.map((link) => ({ id: guardian.sourcedId, link })),
      );
      await copy('stage_link', LINK_COLUMNS, links, ({ id, link }) => [
        link.studentSourcedId,
        id,
        link.relationship,
        link.guardian,
        'guardian',
      ]);
    },
    demographics: (records, digests) =>
      copy(
        'stage_demographics',
        ['sourced_id', 'birth_date', 'address', 'phone', 'digest'],
        records,
        (person, index) => [
          person.sourcedId,
          person.birthDate,
          person.address,
          person.phone,
          digests?.[index] ?? null,
        ],
      ),
    contacts: (records) =>
      copy(
        'stage_contact',
        ['student_sourced_id', 'person_ids', 'given_name', 'family_name', 'contact'],
        records,
        ({ studentSourcedId, personIds, givenName, familyName, ...contact }) => [
          studentSourcedId,
          personIds,
          givenName,
          familyName,
          contact,
        ],
      ),
    codes: (records) =>
      copy(
        'stage_code',
        ['sourced_id', 'active', 'title', 'description', 'status', 'excuse', 'school_sourced_id'],
        records,
        (code) => [
          code.sourcedId,
          code.active,
          code.title,
          code.description,
          code.status,
          code.excuse,
          code.schoolSourcedId,
        ],
      ),
    absences: (records, digests) =>
      copy(
        'stage_absence',
        ['sourced_id', 'deleted', 'student_sourced_id', 'school_sourced_id', ...ABSENCE_SAYS, 'digest'],
        records,
        (row, index) =>
          row.deleted
            ? [row.sourcedId, true, ...NOTHING_SAID]
            : [
                row.sourcedId,
                false,
                row.studentSourcedId,
                row.schoolSourcedId,
                row.date,
                row.kind,
                row.period,
                row.status,
                row.excuse,
                row.dayFraction,
                row.minutesAbsent,
                row.minutesScheduled,
                row.codeSourcedId,
                digests?.[index] ?? null,
              ],
      ),
    known: (collection, schoolYear) => loadKnownRows(client, collection, schoolYear),
    async unmet(collection, known) {
      let some: Buffer[] = [];
      const keep = () =>
        copy('stage_unmet', ['collection', 'digest'], some, (digest) => [collection, digest]);
      for (const digest of known.unmet()) {
        some.push(digest);
        if (some.length < ROWS_PER_COPY) continue;
        await keep();
        some = [];
      }
      await keep();
    },
    counts: () => ({ ...staged }),
  };
}

/** What is said of those who are not just removed, with the digests of their rows. */
function notDeleted<T extends object>(
  records: readonly (T | DeletedRecord)[],
  digests: Digests,
): { readonly record: T; readonly digest: Uint8Array | null }[] {
  return records.flatMap((record, index) =>
    isDeleted(record) ? [] : [{ record, digest: digests?.[index] ?? null }],
  );
}

function* mapRows<T>(
  records: readonly T[],
  values: (record: T, index: number) => CopyValue[],
): Generator<CopyValue[]> {
  let index = 0;
  for (const record of records) {
    yield values(record, index);
    index += 1;
  }
}
