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

/** Where one run puts what it has read, page by page, before anything is applied. Holds one connection. */
export interface Stage {
  schools(records: readonly SchoolRecord[]): Promise<void>;
  students(records: readonly (StudentRecord | DeletedRecord)[]): Promise<void>;
  guardians(records: readonly (GuardianRecord | DeletedRecord)[]): Promise<void>;
  demographics(records: readonly DemographicsRecord[]): Promise<void>;
  contacts(records: readonly ContactRecord[]): Promise<void>;
  codes(records: readonly CodeRecord[]): Promise<void>;
  absences(records: readonly AbsenceRowRecord[]): Promise<void>;
  close(): void;
}

export const stageTables = [
  'stage_school',
  'stage_student',
  'stage_deleted_person',
  'stage_alias',
  'stage_enrolment',
  'stage_guardian',
  'stage_link',
  'stage_demographics',
  'stage_contact',
  'stage_code',
  'stage_absence',
] as const;

const LINK_COLUMNS = ['student_sourced_id', 'guardian_sourced_id', 'relationship', 'is_guardian', 'side'];

/** Opens the stage of one run. @param runId UUID of a row in `sync_run`. */
export async function openStage(pool: pg.Pool, runId: string): Promise<Stage> {
  const client = await pool.connect();
  // A connection that breaks between two pages is told by the next copy; without a listener it would end the process.
  const broken = () => undefined;
  client.on('error', broken);
  const copy = <T>(
    table: string,
    columns: readonly string[],
    records: readonly T[],
    values: (record: T) => CopyValue[],
  ) =>
    copyRows(
      client,
      table,
      ['run_id', ...columns],
      mapRows(records, (record) => [runId, ...values(record)]),
    );

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
    async students(all) {
      await copyDeleted('student', all);
      const records = all.filter(isWhole);
      await copy(
        'stage_student',
        ['sourced_id', 'active', 'given_name', 'family_name', 'grade', 'number', 'email'],
        records,
        (student) => [
          student.sourcedId,
          student.active,
          student.givenName,
          student.familyName,
          student.grade,
          student.number,
          student.email,
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
    async guardians(all) {
      await copyDeleted('guardian', all);
      const records = all.filter(isWhole);
      await copy(
        'stage_guardian',
        [
          'sourced_id',
          'active',
          'role',
          'given_name',
          'family_name',
          'email',
          'phone',
          'language',
          'address',
          'address_private',
          'mail_allowed',
          'no_contact',
          'wants_paper',
        ],
        records,
        (guardian) => [
          guardian.sourcedId,
          guardian.active,
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
        ],
      );
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
    demographics: (records) =>
      copy('stage_demographics', ['sourced_id', 'birth_date', 'address', 'phone'], records, (person) => [
        person.sourcedId,
        person.birthDate,
        person.address,
        person.phone,
      ]),
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
    absences: (records) =>
      copy(
        'stage_absence',
        [
          'sourced_id',
          'deleted',
          'student_sourced_id',
          'school_sourced_id',
          'date',
          'kind',
          'period',
          'status',
          'excuse',
          'day_fraction',
          'minutes_absent',
          'minutes_scheduled',
          'code_sourced_id',
        ],
        records,
        (row) => {
          if (row.deleted) return [row.sourcedId, true, ...NOTHING_SAID];
          return [
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
          ];
        },
      ),
    close() {
      client.off('error', broken);
      client.release();
    },
  };
}

/** What a deleted absence leaves empty: all but its id. */
const NOTHING_SAID: readonly null[] = Array.from({ length: 11 }, () => null);

function isWhole<T extends object>(record: T | DeletedRecord): record is T {
  return !isDeleted(record);
}

function* mapRows<T>(records: readonly T[], values: (record: T) => CopyValue[]): Generator<CopyValue[]> {
  for (const record of records) yield values(record);
}
