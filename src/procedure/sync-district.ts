import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { SchoolCalendar } from '../domain/calendar.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { ReadEnding } from '../domain/sis-records.ts';
import type { Db } from '../store/database.ts';
import { latestSchoolYear } from '../store/districts.ts';
import { NeedsWholeReadError } from '../store/sync/adopt-ids.ts';
import { applyStage } from '../store/sync/apply-stage.ts';
import { readCursors } from '../store/sync/cursors.ts';
import { type Evidence, type GuardLimits, RunStoppedError } from '../store/sync/evidence.ts';
import type { RunPlan, SchoolYearFacts } from '../store/sync/run-to-apply.ts';
import { openStage } from '../store/sync/stage.ts';
import { dropStage } from '../store/sync/stage-tables.ts';
import { type SyncLock, takeSyncLock } from '../store/sync/sync-lock.ts';
import {
  anythingMissing,
  beginSyncRun,
  failAbandonedRuns,
  hasAppliedSince,
  lastSyncRun,
  lastWholeRead,
  quarantineRun,
  recordProblems,
  stopSyncRun,
} from '../store/sync/sync-runs.ts';
import { chooseSchoolYear, type TermDays } from './choose-school-year.ts';
import { type DistrictSources, type Progress, Reading, readDistrict } from './read-district.ts';

export interface SyncDeps extends DistrictSources {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly guards: GuardLimits;
  /** Whether a full read is due, given when the last one began (null: never). */
  readonly fullDue: (last: Date | null) => boolean;
  readonly termDays: (year: SchoolYearFacts) => TermDays & Pick<SchoolCalendar, 'schoolDaysAfter'>;
  readonly progress?: Progress;
}

export interface SyncRequest {
  readonly now: Date;
  readonly today: SchoolDate;
  /** Read everything, whatever is due. */
  readonly full?: boolean;
  /** Read, compare and judge, but keep nothing of it. */
  readonly dryRun?: boolean;
}

export type SyncOutcome =
  | {
      /** `tried`: a dry run went well; nothing of it was kept. */
      readonly kind: 'applied' | 'tried';
      readonly runId: string;
      readonly counts: Record<string, number>;
    }
  | StoppedSync;

export interface StoppedSync {
  /** `quarantined`: what came looks wrong. `failed`: it did not come. */
  readonly kind: 'quarantined' | 'failed';
  readonly runId: string;
  /** Plain words without names; what was in force stays in force. */
  readonly reason: string;
  readonly counts: Record<string, number>;
}

/** Another process or command reads the SIS just now; nothing was done. */
export class SyncUnderWayError extends Error {
  override readonly name = 'SyncUnderWayError';
}

/**
 * Reads the district, stages it, and applies it in one transaction, or not at all: what has changed since the last
 * run, or everything where that is due, asked for, or the only way to tell. An error on the way, an incomplete page or
 * a guard leaves yesterday's state in force.
 * @throws SyncUnderWayError
 */
export async function syncDistrict(deps: SyncDeps, request: SyncRequest): Promise<SyncOutcome> {
  const lock = await takeSyncLock(deps.pool);
  if (lock === null) throw new SyncUnderWayError('The SIS is being read by another process just now.');
  try {
    return await syncAlone(deps, request, lock);
  } finally {
    await lock.release();
  }
}

async function syncAlone(deps: SyncDeps, request: SyncRequest, lock: SyncLock): Promise<SyncOutcome> {
  const { db } = deps;
  const { now, today } = request;
  await failAbandonedRuns(db, now);
  const run = { id: randomUUID(), full: await wantsFull(deps, request) };
  await beginSyncRun(db, { id: run.id, kind: run.full ? 'full' : 'delta', asOf: today, now });
  let ending: ReadEnding = 'failed';
  try {
    const outcome = await readAndApply(deps, request, run, lock);
    ending = outcome.kind === 'applied' || outcome.kind === 'quarantined' ? outcome.kind : 'failed';
    return outcome;
  } finally {
    await deps.attendance.end(ending);
    await deps.contacts?.end(ending);
  }
}

async function wantsFull(deps: SyncDeps, request: SyncRequest): Promise<boolean> {
  if (request.full === true) return true;
  const lastFull = await lastSyncRun(deps.db, 'applied', 'full');
  if (lastFull === null || deps.fullDue(lastFull.startedAt)) return true;
  if ((await readCursors(deps.db)).roster === null) return true;
  const year = await latestSchoolYear(deps.db, request.today);
  if (year !== null && !(await hasAppliedSince(deps.db, deps.termDays(year).firstDay))) return true;
  return anythingMissing(deps.db, request.today);
}

async function readAndApply(
  deps: SyncDeps,
  request: SyncRequest,
  { id: runId, full }: { readonly id: string; readonly full: boolean },
  lock: SyncLock,
): Promise<SyncOutcome> {
  const { db } = deps;
  const { now, today } = request;
  const reading = new Reading(deps.progress);
  const counts = () => ({ ...reading.counts(), ...deps.roster.report() });
  const stopped = async (
    kind: 'quarantined' | 'failed',
    reason: string,
    evidence: readonly Evidence[] = [],
  ): Promise<SyncOutcome> => {
    await stopSyncRun(db, { id: runId, state: kind, reason, counts: counts(), evidence, now });
    return { kind, runId, reason, counts: counts() };
  };
  try {
    const stage = await openStage(lock.client, runId);
    const inForce = await latestSchoolYear(db, today);
    const read = await readDistrict(deps, stage, reading, {
      after: full ? { roster: null, attendance: null } : await readCursors(db),
      chooseYear: (sessions) =>
        chooseSchoolYear(sessions, inForce, today, deps.termDays, (date) => hasAppliedSince(db, date)),
    });
    await recordProblems(db, runId, reading.problems);
    if (read.kind === 'refused') return await stopped('quarantined', read.reason);
    const { plan } = read;
    const doubt = reading.doubt(plan.roster === 'changes') ?? (await emptied(db, plan, counts()));
    const term = deps.termDays(plan.schoolYear);
    const guards = { ...deps.guards, schoolDays: term.schoolDaysAfter(term.firstDay, today) };
    const run = { ...plan, id: runId, asOf: today, now, guards };
    const keep = request.dryRun !== true;
    if (doubt !== null && keep) {
      await quarantineRun(db, { id: runId, reason: doubt, counts: counts(), evidence: [], plan, now });
      return { kind: 'quarantined', runId, reason: doubt, counts: counts() };
    }
    if (doubt !== null) return await stopped('quarantined', doubt);
    if (!(await lock.isHeld())) return await stopped('failed', 'the connection to the database was lost');
    try {
      const applied = await applyStage(db, run, counts(), keep);
      if (keep) return { kind: 'applied', runId, counts: applied };
      await stopSyncRun(db, { id: runId, state: 'tried', reason: null, counts: applied, now });
      return { kind: 'tried', runId, counts: applied };
    } catch (error) {
      if (!(error instanceof RunStoppedError)) throw error;
      const { message: reason, evidence } = error;
      if (!keep) return await stopped('quarantined', reason, evidence);
      await quarantineRun(db, { id: runId, reason, counts: counts(), evidence, plan, now });
      return { kind: 'quarantined', runId, reason, counts: counts() };
    }
  } catch (error) {
    if (!full && needsWholeRead(error)) {
      await dropStage(db, runId);
      await markFull(db, runId);
      return readAndApply(deps, request, { id: runId, full: true }, lock);
    }
    if (!isSisError(error)) {
      await stopped('failed', 'an unexpected error of the program');
      throw error;
    }
    return stopped(BROKEN_DATA.has(error.kind ?? '') ? 'quarantined' : 'failed', error.message);
  }
}

/** Kinds of errors of the SIS edge that mean: it came, and it is not what it should be. */
const BROKEN_DATA: ReadonlySet<string> = new Set(['protocol', 'incomplete', 'cut-off']);

/** Missing data never reads as "nobody was absent": a collection that was there before cannot just be empty. */
async function emptied(db: Db, plan: RunPlan, counts: Record<string, number>): Promise<string | null> {
  if (plan.phase === 'between') return null;
  if (
    (await lastSyncRun(db, 'applied', 'full')) === null &&
    (counts.schools === 0 || counts.students === 0)
  ) {
    return 'the first read found no schools or no students; the credentials may lack a permission';
  }
  const whole = [
    'schools',
    ...(plan.roster === 'whole' ? ['students', 'guardians'] : []),
    ...(plan.attendance === 'whole' && plan.phase === 'under-way' ? ['attendances'] : []),
  ];
  for (const collection of whole) {
    if (counts[collection] !== 0) continue;
    // Absences of last year say nothing about this one.
    const since = collection === 'attendances' ? plan.schoolYear.begins : undefined;
    const before = (await lastWholeRead(db, collection, since))?.[collection] ?? 0;
    if (before > 0) return `${collection} came back empty; the last whole read had ${before}`;
  }
  return null;
}

async function markFull(db: Db, runId: string): Promise<void> {
  await db.updateTable('sync_run').set({ kind: 'full' }).where('id', '=', runId).execute();
}

/** A server that cannot tell changes, or has lost them, and rows that only a whole read can tell apart. */
function needsWholeRead(error: unknown): boolean {
  return error instanceof NeedsWholeReadError || (isSisError(error) && error.kind === 'no-changes');
}

/** Errors of the SIS edge are told in words that carry no payload; everything else is a defect of ours. */
function isSisError(error: unknown): error is Error & { readonly kind?: string } {
  return error instanceof Error && error.name === 'SisError';
}
