import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { SchoolDate } from '../domain/school-date.ts';
import type { RecordPage, RosterSource, RowProblem, SessionRecord } from '../domain/sis-records.ts';
import type { AttendanceSource } from '../sis/attendance/attendance-source.ts';
import type { Db } from '../store/database.ts';
import { applyStage } from '../store/sync/apply-stage.ts';
import type { SchoolYearFacts } from '../store/sync/run-to-apply.ts';
import { openStage, type Stage } from '../store/sync/stage.ts';
import {
  beginSyncRun,
  failAbandonedRuns,
  lastSyncRun,
  recordProblems,
  stopSyncRun,
} from '../store/sync/sync-runs.ts';

export interface SyncDeps {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly roster: RosterSource;
  readonly attendance: AttendanceSource;
  /** Told what is being read and how many rows came so far. */
  readonly progress?: (collection: string, rows: number) => void;
}

export type SyncOutcome =
  | { readonly kind: 'applied'; readonly runId: string; readonly counts: Record<string, number> }
  | {
      readonly kind: 'quarantined' | 'failed';
      readonly runId: string;
      /** Plain words without names; what was in force stays in force. */
      readonly reason: string;
      readonly counts: Record<string, number>;
    };

/** More invalid rows than this in one collection mean that the collection is broken, not the rows. */
const INVALID_ROWS_ALLOWED = 0.05;
/** A run that has not ended after so long was cut off. */
const ABANDONED_AFTER_MS = 6 * 3_600_000;

/**
 * Reads the whole district, stages it, and applies it in one transaction, or not at all. An error on the way, an
 * incomplete page or a suspicious collection leaves yesterday's state in force.
 */
export async function syncDistrict(
  deps: SyncDeps,
  at: { now: Date; today: SchoolDate },
): Promise<SyncOutcome> {
  const { db, pool } = deps;
  const runId = randomUUID();
  await failAbandonedRuns(db, new Date(at.now.getTime() - ABANDONED_AFTER_MS), at.now);
  await beginSyncRun(db, { id: runId, kind: 'full', asOf: at.today, now: at.now });
  const reading = new Reading(deps.progress);
  const stage = await openStage(pool, runId);
  try {
    const schoolYear = await readDistrict(deps, stage, reading, at.today);
    const counts = { ...reading.counts(), ...deps.roster.report() };
    const doubt = reading.doubt() ?? (await comparedWithLastRun(db, counts));
    await recordProblems(db, runId, reading.problems);
    if (doubt !== null) {
      await stopSyncRun(db, { id: runId, state: 'quarantined', reason: doubt, counts, now: at.now });
      return { kind: 'quarantined', runId, reason: doubt, counts };
    }
    const applied = await applyStage(db, { id: runId, asOf: at.today, now: at.now, schoolYear }, counts);
    return { kind: 'applied', runId, counts: applied };
  } catch (error) {
    const reason = plainReason(error);
    await stopSyncRun(db, { id: runId, state: 'failed', reason, counts: reading.counts(), now: at.now });
    if (!isSisError(error)) throw error;
    return { kind: 'failed', runId, reason, counts: reading.counts() };
  } finally {
    stage.close();
  }
}

async function readDistrict(
  deps: SyncDeps,
  stage: Stage,
  reading: Reading,
  today: SchoolDate,
): Promise<SchoolYearFacts> {
  const { roster, attendance } = deps;
  const sessions: SessionRecord[] = [];
  await reading.all('academicSessions', roster.sessions(), async (records) => void sessions.push(...records));
  const schoolYear = chooseSchoolYear(sessions, today);
  await reading.all('schools', roster.schools(), (records) => stage.schools(records));
  await reading.all('students', roster.students(), (records) => stage.students(records));
  await reading.all('guardians', roster.guardians(), (records) => stage.guardians(records));
  await reading.all('demographics', roster.demographics(), (records) => stage.demographics(records));
  await reading.all('attendanceCodes', attendance.codes(), (records) => stage.codes(records));
  const rows = attendance.records({ from: schoolYear.begins, to: schoolYear.ends });
  await reading.all('attendances', rows, (records) => stage.absences(records));
  return schoolYear;
}

/** Reads collections to their end and keeps the counts. */
class Reading {
  readonly problems: RowProblem[] = [];
  private readonly rows = new Map<string, number>();
  private readonly invalid = new Map<string, number>();
  private repeated = 0;
  private readonly progress: SyncDeps['progress'];

  constructor(progress: SyncDeps['progress']) {
    this.progress = progress;
  }

  async all<T>(
    collection: string,
    pages: AsyncIterable<RecordPage<T>>,
    keep: (records: readonly T[]) => Promise<void>,
  ): Promise<void> {
    this.rows.set(collection, 0);
    for await (const page of pages) {
      await keep(page.records);
      this.rows.set(collection, (this.rows.get(collection) ?? 0) + page.records.length);
      this.invalid.set(collection, (this.invalid.get(collection) ?? 0) + page.problems.length);
      this.problems.push(...page.problems);
      this.repeated += page.repeated;
      this.progress?.(collection, this.rows.get(collection) ?? 0);
    }
  }

  counts(): Record<string, number> {
    const invalidRows = [...this.invalid.values()].reduce((sum, count) => sum + count, 0);
    return { ...Object.fromEntries(this.rows), repeatedRows: this.repeated, invalidRows };
  }

  doubt(): string | null {
    for (const [collection, invalid] of this.invalid) {
      const all = invalid + (this.rows.get(collection) ?? 0);
      if (invalid > all * INVALID_ROWS_ALLOWED) {
        return `${invalid} of ${all} rows of ${collection} are invalid; up to 5 % would be left out one by one`;
      }
    }
    return null;
  }
}

/** Missing data never reads as "nobody was absent": a collection that was there before cannot just be empty. */
async function comparedWithLastRun(db: Db, counts: Record<string, number>): Promise<string | null> {
  const last = await lastSyncRun(db, 'applied');
  for (const collection of ['schools', 'students', 'guardians', 'attendances']) {
    const before = last?.counts[collection] ?? 0;
    if (before > 0 && counts[collection] === 0) {
      return `${collection} came back empty; the last applied run had ${before}`;
    }
  }
  if (last === null && (counts.schools === 0 || counts.students === 0)) {
    return 'the first read found no schools or no students; the credentials may lack a permission';
  }
  return null;
}

/** The school year that contains today; between two years the one that has ended last, else the one to come. */
function chooseSchoolYear(sessions: readonly SessionRecord[], today: SchoolDate): SchoolYearFacts {
  const years = sessions
    .filter((session) => session.active && session.type === 'schoolYear')
    .sort((a, b) => a.begins.localeCompare(b.begins));
  const chosen =
    years.find((year) => year.begins <= today && today < year.ends) ??
    years.findLast((year) => year.begins <= today) ??
    years[0];
  if (chosen === undefined) {
    throw new SchoolYearMissingError(
      'academicSessions has no active session of type schoolYear; one is needed to count from',
    );
  }
  return {
    id: chosen.schoolYear,
    sourcedId: chosen.sourcedId,
    title: chosen.title,
    begins: chosen.begins,
    ends: chosen.ends,
  };
}

class SchoolYearMissingError extends Error {
  override readonly name = 'SisError';
}

/** Errors of the SIS edge are told in words that carry no payload; everything else is a defect of ours. */
function isSisError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'SisError';
}

function plainReason(error: unknown): string {
  return isSisError(error) ? error.message : 'an unexpected error of the program';
}
