import type {
  ContactPage,
  ContactSource,
  Offer,
  ReadQuery,
  RecordPage,
  RosterSource,
  RowProblem,
  SessionRecord,
  SourceFile,
} from '../domain/sis-records.ts';
import type { AttendanceSource } from '../sis/attendance/attendance-source.ts';
import type { KnownCollection } from '../store/sync/known-rows.ts';
import type { RunPlan, SchoolYearFacts } from '../store/sync/run-to-apply.ts';
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
  /** Cursor of the last applied read of absences, also where everything is read. */
  readonly lastAttendance: string | null;
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
  { after, lastAttendance, chooseYear }: WhatToRead,
): Promise<ReadResult> {
  const { roster, attendance, contacts } = sources;
  const sessions: SessionRecord[] = [];
  await reading.all('academicSessions', roster.sessions(), async (records) => void sessions.push(...records));
  const choice = await chooseYear(sessions);
  if (choice.kind === 'refused') return choice;
  const { year, phase } = choice;
  const whole = after.roster === null;
  await reading.all('schools', roster.schools(), (records) => stage.schools(records));
  const knowing = async (collection: KnownCollection, read: (query: ReadQuery) => Promise<void>) => {
    if (!whole) return read({ after: after.roster });
    const known = await stage.known(collection, year.id);
    await read({ after: null, known });
    await stage.unmet(collection, known);
  };
  await knowing('students', (query) =>
    reading.all('students', roster.students(query), (records, digests) => stage.students(records, digests)),
  );
  await knowing('guardians', (query) =>
    reading.all('guardians', roster.guardians(query), (records, digests) =>
      stage.guardians(records, digests),
    ),
  );
  await knowing('demographics', (query) =>
    reading.all('demographics', roster.demographics(query), (records, digests) =>
      stage.demographics(records, digests),
    ),
  );
  const ofContacts = contacts === null ? 'none' : await readContacts(contacts, stage, reading);
  const ofAttendance = { after: after.attendance, last: lastAttendance };
  const absences =
    phase === 'between' ? 'none' : await readAbsences(attendance, stage, reading, ofAttendance, year);
  const { asOf, cursor } = attendance.completeness();
  return {
    kind: 'read',
    plan: {
      schoolYear: year,
      phase,
      roster: whole ? 'whole' : 'changes',
      attendance: absences,
      contacts: ofContacts,
      enrolledOnly: attendance.capabilities().coverage === 'enrolled',
      everyCode: attendance.capabilities().everyCode,
      attendanceAsOf: absences === 'none' || asOf === '' ? null : asOf,
      cursors: { roster: roster.cursor(), attendance: absences === 'none' ? null : cursor },
      staged: stage.counts(),
      files: reading.files,
    },
  };
}

async function readContacts(
  contacts: ContactSource,
  stage: Stage,
  reading: Reading,
): Promise<RunPlan['contacts']> {
  const offer = await contacts.offer();
  reading.offered(offer);
  reading.refused('contacts files', offer);
  if (offer.kind !== 'ready') return 'none';
  let unplaced = 0;
  async function* counted(): AsyncGenerator<ContactPage> {
    for await (const page of contacts.contacts()) {
      unplaced += page.unplaced ?? 0;
      yield page;
    }
  }
  await reading.all('contacts', counted(), (records) => stage.contacts(records));
  return unplaced === 0 ? 'whole' : 'with-gaps';
}

async function readAbsences(
  attendance: AttendanceSource,
  stage: Stage,
  reading: Reading,
  { after, last }: { readonly after: string | null; readonly last: string | null },
  year: SchoolYearFacts,
): Promise<RunPlan['attendance']> {
  const offer = await attendance.offer(last);
  reading.offered(offer);
  reading.refused('attendance files', offer);
  if (offer.kind === 'nothing-new') {
    reading.note('attendanceUnchanged');
    return 'none';
  }
  const cursor = attendance.capabilities().deltas ? after : null;
  const known = cursor === null ? await stage.known('attendances', year.id) : null;
  const rows = attendance.records({
    after: cursor,
    from: year.begins,
    to: year.ends,
    ...(known && { known }),
  });
  await reading.all('attendances', rows, (records, digests) => stage.absences(records, digests));
  if (known !== null) await stage.unmet('attendances', known);
  await reading.all('attendanceCodes', attendance.codes(), (records) => stage.codes(records));
  return cursor === null ? 'whole' : 'changes';
}

/** What makes a whole read look wrong, and the collection that does. */
export interface Doubt {
  /** `attendances`. */
  readonly collection: string;
  readonly reason: string;
}

/** More invalid rows than this in one collection mean that the collection is broken, not the rows. */
const INVALID_ROWS_ALLOWED = 0.05;
/** A handful of odd rows says nothing about the collection. */
const INVALID_ROWS_FLOOR = 10;
/** Of these there are a few, and all else hangs on each: none of them is let go easily. */
const WITHOUT_FLOOR: ReadonlySet<string> = new Set(['schools', 'academicSessions']);
const KEPT_PROBLEMS = 1_000;

/** Rows that are left out, and rows that are used without a field that cannot be read. */
interface InvalidRows {
  readonly leftOut: number;
  readonly kept: number;
}

/** Reads collections to their end and keeps the counts. */
export class Reading {
  readonly problems: RowProblem[] = [];
  /** Names of files, and why they were put aside. */
  readonly refusedFiles: string[] = [];
  /** The files that were offered, and so are read. */
  readonly files: SourceFile[] = [];
  private readonly rows = new Map<string, number>();
  private readonly invalid = new Map<string, InvalidRows>();
  private readonly notes: Record<string, number> = {};
  private repeated = 0;
  private readonly progress: Progress | undefined;

  constructor(progress?: Progress) {
    this.progress = progress;
  }

  async all<T>(
    collection: string,
    pages: AsyncIterable<RecordPage<T>>,
    keep: (records: readonly T[], digests: RecordPage<T>['digests']) => Promise<void>,
  ): Promise<void> {
    this.rows.set(collection, 0);
    this.progress?.(collection, 0);
    // One part is stored while the next is read.
    let stored: Promise<void> = Promise.resolve();
    try {
      for await (const page of pages) {
        await stored;
        stored = keep(page.records, page.digests);
        // Told by the next await, which may be a page away.
        stored.catch(() => undefined);
        const rows = page.records.length + (page.unchanged ?? 0);
        this.rows.set(collection, (this.rows.get(collection) ?? 0) + rows);
        this.countInvalid(collection, page.problems);
        if (this.problems.length < KEPT_PROBLEMS) this.problems.push(...page.problems);
        this.repeated += page.repeated;
        this.progress?.(collection, this.rows.get(collection) ?? 0);
      }
    } finally {
      // Nobody drops a table that is still being filled.
      await Promise.allSettled([stored]);
    }
    await stored;
  }

  offered(offer: Offer): void {
    if (offer.kind === 'ready' && offer.file !== undefined) this.files.push(offer.file);
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
    const invalidRows = [...this.invalid.values()].reduce(
      (sum, { leftOut, kept }) => sum + leftOut + kept,
      0,
    );
    return { ...Object.fromEntries(this.rows), ...this.notes, repeatedRows: this.repeated, invalidRows };
  }

  /**
   * The first collection of which so much cannot be read that the collection must be broken, not its rows.
   * @param changesOnly persons and absences were asked for changes, of which one odd row may be all
   */
  doubt(changesOnly: boolean): Doubt | null {
    for (const [collection, { leftOut, kept }] of this.invalid) {
      const all = leftOut + (this.rows.get(collection) ?? 0);
      const invalid = leftOut + kept;
      const few = invalid < INVALID_ROWS_FLOOR && !WITHOUT_FLOOR.has(collection);
      const nothingLeft = !changesOnly && leftOut > 0 && leftOut === all;
      if (nothingLeft || (!few && invalid > all * INVALID_ROWS_ALLOWED)) {
        const reason = `${invalid} of ${all} rows of ${collection} are invalid; up to 5 % would be passed over one by one`;
        return { collection, reason };
      }
    }
    return null;
  }

  /** Each row once, however many of its fields cannot be read. */
  private countInvalid(collection: string, problems: readonly RowProblem[]): void {
    const leftOut = problems.filter(({ rowKept }) => rowKept !== true).length;
    const kept = new Set(problems.filter(({ rowKept }) => rowKept).map(({ row }) => row)).size;
    const before = this.invalid.get(collection) ?? { leftOut: 0, kept: 0 };
    this.invalid.set(collection, { leftOut: before.leftOut + leftOut, kept: before.kept + kept });
  }
}
