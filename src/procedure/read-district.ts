import type { SchoolDate } from '../domain/school-date.ts';
import type {
  ContactSource,
  Offer,
  RecordPage,
  RosterSource,
  RowProblem,
  SessionRecord,
} from '../domain/sis-records.ts';
import type { AttendanceSource } from '../sis/attendance/attendance-source.ts';
import type { RunPlan } from '../store/sync/run-to-apply.ts';
import type { Stage } from '../store/sync/stage.ts';
import type { YearChoice } from './choose-school-year.ts';

export interface DistrictSources {
  readonly roster: RosterSource;
  readonly attendance: AttendanceSource;
  /** null: the district has no contacts file. */
  readonly contacts: ContactSource | null;
}

/** Told what is being read and how many rows came so far. */
export type Progress = (collection: string, rows: number) => void;

export interface WhatToRead {
  /** Cursors of the last applied run; null: everything. */
  readonly after: { readonly roster: string | null; readonly attendance: string | null };
  readonly chooseYear: (sessions: readonly SessionRecord[]) => Promise<YearChoice>;
}

export type ReadResult =
  | { readonly kind: 'read'; readonly plan: RunPlan }
  | { readonly kind: 'refused'; readonly reason: string };

/** Reads the district into the stage, page by page. What it could not use is counted in `reading`. */
export async function readDistrict(
  sources: DistrictSources,
  stage: Stage,
  reading: Reading,
  { after, chooseYear }: WhatToRead,
): Promise<ReadResult> {
  const { roster, attendance, contacts } = sources;
  const sessions: SessionRecord[] = [];
  await reading.all('academicSessions', roster.sessions(), async (records) => void sessions.push(...records));
  const choice = await chooseYear(sessions);
  if (choice.kind === 'refused') return choice;
  const { year, phase } = choice;
  const ofRoster = { after: after.roster };
  await reading.all('schools', roster.schools(), (records) => stage.schools(records));
  await reading.all('students', roster.students(ofRoster), (records) => stage.students(records));
  await reading.all('guardians', roster.guardians(ofRoster), (records) => stage.guardians(records));
  await reading.all('demographics', roster.demographics(ofRoster), (records) => stage.demographics(records));
  const contactsOffer = (await contacts?.offer()) ?? null;
  reading.refused('contacts files', contactsOffer);
  if (contacts !== null && contactsOffer?.kind === 'ready') {
    await reading.all('contacts', contacts.contacts(), (records) => stage.contacts(records));
  }
  const absences = phase === 'between' ? 'none' : await readAbsences(attendance, stage, reading, after, year);
  const { asOf, cursor } = attendance.completeness();
  return {
    kind: 'read',
    plan: {
      schoolYear: year,
      phase,
      roster: after.roster === null ? 'whole' : 'changes',
      attendance: absences,
      contacts: contactsOffer?.kind === 'ready' ? 'whole' : 'none',
      enrolledOnly: attendance.capabilities().coverage === 'enrolled',
      attendanceAsOf: absences === 'none' || asOf === '' ? null : asOf,
      cursors: { roster: roster.cursor(), attendance: absences === 'none' ? null : cursor },
    },
  };
}

async function readAbsences(
  attendance: AttendanceSource,
  stage: Stage,
  reading: Reading,
  after: WhatToRead['after'],
  year: { readonly begins: SchoolDate; readonly ends: SchoolDate },
): Promise<RunPlan['attendance']> {
  const offer = await attendance.offer();
  reading.refused('attendance files', offer);
  if (offer.kind === 'nothing-new') {
    reading.note('attendanceUnchanged');
    return 'none';
  }
  const cursor = attendance.capabilities().deltas ? after.attendance : null;
  const rows = attendance.records({ after: cursor, from: year.begins, to: year.ends });
  await reading.all('attendances', rows, (records) => stage.absences(records));
  await reading.all('attendanceCodes', attendance.codes(), (records) => stage.codes(records));
  return cursor === null ? 'whole' : 'changes';
}

/** More invalid rows than this in one collection mean that the collection is broken, not the rows. */
const INVALID_ROWS_ALLOWED = 0.05;
/** A handful of odd rows in a short read of changes says nothing about the collection. */
const INVALID_ROWS_FLOOR = 10;
const KEPT_PROBLEMS = 1_000;

/** Reads collections to their end and keeps the counts. */
export class Reading {
  readonly problems: RowProblem[] = [];
  /** Names of files, and why they were put aside. */
  readonly refusedFiles: string[] = [];
  private readonly rows = new Map<string, number>();
  private readonly invalid = new Map<string, number>();
  private readonly notes: Record<string, number> = {};
  private repeated = 0;
  private readonly progress: Progress | undefined;

  constructor(progress?: Progress) {
    this.progress = progress;
  }

  async all<T>(
    collection: string,
    pages: AsyncIterable<RecordPage<T>>,
    keep: (records: readonly T[]) => Promise<void>,
  ): Promise<void> {
    this.rows.set(collection, 0);
    this.progress?.(collection, 0);
    for await (const page of pages) {
      await keep(page.records);
      this.rows.set(collection, (this.rows.get(collection) ?? 0) + page.records.length);
      this.invalid.set(collection, (this.invalid.get(collection) ?? 0) + page.problems.length);
      if (this.problems.length < KEPT_PROBLEMS) this.problems.push(...page.problems);
      this.repeated += page.repeated;
      this.progress?.(collection, this.rows.get(collection) ?? 0);
    }
  }

  /** Files that were put aside: the read goes on without them, and a person is told. */
  refused(collection: string, offer: Offer | null): void {
    for (const { file, why } of offer?.refused ?? []) {
      this.note('refusedFiles');
      this.refusedFiles.push(`${file}: ${why}`);
      this.problems.push({ collection, row: file, field: '', found: why, expected: 'a whole file' });
    }
  }

  note(name: string): void {
    this.notes[name] = (this.notes[name] ?? 0) + 1;
  }

  counts(): Record<string, number> {
    const invalidRows = [...this.invalid.values()].reduce((sum, count) => sum + count, 0);
    return { ...Object.fromEntries(this.rows), ...this.notes, repeatedRows: this.repeated, invalidRows };
  }

  /** @param changesOnly a short read, in which a share says little */
  doubt(changesOnly: boolean): string | null {
    for (const [collection, invalid] of this.invalid) {
      const all = invalid + (this.rows.get(collection) ?? 0);
      if (changesOnly && invalid < INVALID_ROWS_FLOOR) continue;
      if (invalid > all * INVALID_ROWS_ALLOWED) {
        return `${invalid} of ${all} rows of ${collection} are invalid; up to 5 % would be left out one by one`;
      }
    }
    return null;
  }
}
