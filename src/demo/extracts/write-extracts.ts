import { mkdir } from 'node:fs/promises';
import { dateInZone, type SchoolDate } from '../../domain/school-date.ts';
import type { AbsenceFacts, District, GuardianFacts, StudentFacts, Version } from '../district/model.ts';
import { stateAt } from '../district/state-on.ts';
import { faultCatalogue } from '../faults/catalogue.ts';
import type { Faults } from '../faults/switchboard.ts';
import { ATTENDANCE_FILE, CONTACTS_FILE } from './csv-file.ts';
import { writeCsvFile } from './write-csv-file.ts';

export interface ExtractOptions {
  readonly district: District;
  readonly instant: Date;
  readonly folder: string;
  /** When the last byte was written; at the instant of the extract, where it is not said. */
  readonly writtenAt?: Date;
  /** What is wrong with the files. */
  readonly faults?: Faults;
}

/**
 * What the SIS would drop into the folder at an instant: the attendance of the students enrolled on that day, and the
 * contacts of all, with the headers of Infinite Campus' own views.
 */
export async function writeExtracts(options: ExtractOptions): Promise<void> {
  const { district, instant, folder } = options;
  await mkdir(folder, { recursive: true });
  const state = stateAt(district, instant.getTime());
  const today = dateInZone(instant, district.options.timeZone);
  const students = new Map(
    state.students
      .filter(({ state }) => state === 'active')
      .map((version) => [version.sourcedId, version.facts]),
  );
  const codes = new Set(state.codes.map(({ sourcedId }) => sourcedId));
  const stamp = today.replaceAll('-', '');
  const faults = options.faults?.active().map((name) => faultCatalogue[name]) ?? [];
  const write = (name: string, header: readonly string[], rows: (string | number | null)[][]) =>
    writeCsvFile(
      {
        folder,
        name: `${name}-${stamp}.csv`,
        header,
        rows,
        extractedAt: instant,
        writtenAt: options.writtenAt ?? instant,
        proof: 'trailer',
        counted: rows.length,
      },
      faults,
    );
  await write(
    ATTENDANCE_FILE,
    ATTENDANCE,
    state.absences.flatMap((version) =>
      attendanceRow(district, version, students.get(version.facts.student), codes, today),
    ),
  );
  await write(
    CONTACTS_FILE,
    CONTACTS,
    state.guardians.flatMap((version) => contactRows(version, students)),
  );
}

const ATTENDANCE = [
  'personID',
  'studentNumber',
  'stateID',
  'schoolNumber',
  'calendarID',
  'endYear',
  'date',
  'periodName',
  'status',
  'excuse',
  'code',
  'description',
  'presentMinutes',
  'periodMinutes',
];

const STATUS_LETTERS: Readonly<Record<string, string>> = {
  absent: 'A',
  tardy: 'T',
  earlyRelease: 'E',
  present: 'P',
};
const EXCUSE_LETTERS: Readonly<Record<string, string>> = { excused: 'E', unexcused: 'U', exempt: 'X' };

function attendanceRow(
  district: District,
  { state, facts }: Version<AbsenceFacts>,
  student: StudentFacts | undefined,
  codes: ReadonlySet<string>,
  today: SchoolDate,
): (string | number | null)[][] {
  if (state !== 'active' || student === undefined || !isEnrolled(student, today)) return [];
  const school = district.schools.find(({ sourcedId }) => sourcedId === facts.school);
  // A code that the SIS does not know yet says nothing of itself.
  const coded = codes.has(facts.code);
  return [
    [
      student.personId,
      student.number,
      student.stateId,
      school?.number ?? '',
      `${school?.number}-${district.options.schoolYear}`,
      district.options.schoolYear,
      usDate(facts.date),
      facts.period,
      coded ? (STATUS_LETTERS[facts.status] ?? '') : '',
      coded ? (EXCUSE_LETTERS[facts.excuse] ?? '') : '',
      facts.codeTitle,
      facts.comment,
      facts.minutesScheduled - facts.minutesAbsent,
      facts.minutesScheduled,
    ],
  ];
}

function isEnrolled(student: StudentFacts, today: SchoolDate): boolean {
  return student.enrolments.some(({ begins, ends }) => begins <= today && (ends === null || ends > today));
}

const CONTACTS = [
  'studentPersonID',
  'studentNumber',
  'contactPersonID',
  'contactGUID',
  'firstName',
  'lastName',
  'relationship',
  'guardian',
  'mailing',
  'private',
  'noContact',
  'communicationLanguage',
  'addressLine1',
  'addressLine2',
  'city',
  'state',
  'zip',
  'email',
  'cellPhone',
];

function contactRows(
  { sourcedId, state, facts }: Version<GuardianFacts>,
  students: ReadonlyMap<string, StudentFacts>,
): (string | number | null)[][] {
  if (state !== 'active') return [];
  return facts.relationships.flatMap((link) => {
    const student = students.get(link.student);
    if (student === undefined) return [];
    const { address } = facts;
    return [
      [
        student.personId,
        student.number,
        facts.personId,
        sourcedId,
        facts.givenName,
        facts.familyName,
        link.type,
        Number(link.guardian),
        Number(facts.mailing),
        Number(facts.private),
        Number(facts.noContact),
        facts.language,
        address?.addressLine1 ?? null,
        address?.addressLine2 ?? null,
        address?.city ?? null,
        address?.state ?? null,
        address?.zip ?? null,
        facts.email,
        facts.phone,
      ],
    ];
  });
}

function usDate(date: SchoolDate): string {
  const [year, month, day] = date.split('-');
  return `${month}/${day}/${year}`;
}
