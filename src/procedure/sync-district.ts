import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { SchoolCalendar } from '../domain/calendar.ts';
import type { SisHold } from '../domain/hold-kinds.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { noTrace, type Trace } from '../ops/trace.ts';
import { type Db, isLocked } from '../store/database.ts';
import { latestSchoolYear } from '../store/districts.ts';
import { flagsUnread } from '../store/sync/apply-holds.ts';
import { applyStage } from '../store/sync/apply-stage.ts';
import { readCursors } from '../store/sync/cursors.ts';
import { type Evidence, type GuardLimits, RunStoppedError } from '../store/sync/evidence.ts';
import { NeedsWholeReadError } from '../store/sync/needs-whole-read.ts';
import type { RunPlan, SchoolYearFacts } from '../store/sync/run-to-apply.ts';
import { openStage } from '../store/sync/stage.ts';
import { type SyncLock, takeSyncLock } from '../store/sync/sync-lock.ts';
import {
  anythingMissing,
  beginSyncRun,
  failAbandonedRuns,
  hasAppliedSince,
  lastCountOf,
  lastSyncRun,
  lastWholeRead,
  quarantineRun,
  recordProblems,
  stopSyncRun,
} from '../store/sync/sync-runs.ts';
import { chooseSchoolYear, type TermDays } from './choose-school-year.ts';
import { endSources, type Suspect, suspectOfDoubt, suspectOfEvidence } from './end-sources.ts';
import { type DistrictSources, type Doubt, type Progress, Reading, readDistrict } from './read-district.ts';
import { weighSilence } from './weigh-silence.ts';

export interface SyncDeps extends DistrictSources {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly guards: GuardLimits;
  /** Fields of the SIS that mean a hold. */
  readonly holds: readonly SisHold[];
  /** Whether a school year that is under way at its first read has a baseline. */
  readonly baseline: 'mark' | 'none';
  /** Whether a full read is due, given when the last one began (null: never). */
  readonly fullDue: (last: Date | null) => boolean;
  readonly termDays: (year: SchoolYearFacts) => TermDays & Pick<SchoolCalendar, 'schoolDaysAfter'>;
  readonly progress?: Progress;
  /** How long its phases take, for who follows them. */
  readonly trace?: Trace;
  /** Told when files could not be put away after the run, whose outcome stands. */
  readonly filesLeft?: (error: unknown) => void;
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
      readonly kind: 'applied';
      readonly runId: string;
      readonly counts: Record<string, number>;
      readonly refusedFiles: readonly string[];
    }
  | {
      /** A dry run: nothing of it was kept. */
      readonly kind: 'tried';
      readonly runId: string;
      /** Why the run would have been stopped; null: it would have been applied. */
      readonly wouldStop: string | null;
      readonly counts: Record<string, number>;
      readonly refusedFiles: readonly string[];
    }
  | StoppedSync;

export interface StoppedSync {
  /** `quarantined`: what came looks wrong. `failed`: it did not come. */
  readonly kind: 'quarantined' | 'failed';
  readonly runId: string;
  /** Plain words without names; what was in force stays in force. */
  readonly reason: string;
  readonly counts: Record<string, number>;
  /** Files that were put aside instead of being read, and why. */
  readonly refusedFiles: readonly string[];
  /** Whose file looks wrong. */
  readonly suspect: Suspect;
  /** It failed for a reason that may pass by itself: the server was away, busy or in trouble. */
  readonly mayPass: boolean;
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
  const full = await wantsFull(deps, request);
  const run = { id: randomUUID(), whole: full ? 'everything' : 'nothing' } as const;
  await beginSyncRun(db, { id: run.id, kind: full ? 'full' : 'delta', asOf: today, now });
  let outcome: SyncOutcome | null = null;
  try {
    outcome = await readAndApply(deps, request, run, lock);
    return outcome;
  } finally {
    if (request.dryRun !== true) await endSources(deps, outcome, (error) => deps.filesLeft?.(error));
  }
}

async function wantsFull(deps: SyncDeps, request: SyncRequest): Promise<boolean> {
  if (request.full === true) return true;
  const lastFull = await lastSyncRun(deps.db, 'applied', 'full');
  if (lastFull === null || deps.fullDue(lastFull.startedAt)) return true;
  // Its clock was set ahead of ours: it says nothing about when the next one is due.
  if (lastFull.startedAt > request.now) return true;
  if ((await readCursors(deps.db)).roster === null) return true;
  const year = await latestSchoolYear(deps.db, request.today);
  if (year !== null && !(await hasAppliedSince(deps.db, deps.termDays(year).firstDay))) return true;
  // A change of the policy asks for fields that reads of changes would tell of a few students only.
  if (
    await flagsUnread(
      deps.db,
      deps.holds.map((hold) => hold.field),
    )
  )
    return true;
  return anythingMissing(deps.db, request.today);
}

/** What is read whole; of the rest, what has changed. */
type Whole = 'nothing' | 'absences' | 'everything';

async function readAndApply(
  deps: SyncDeps,
  request: SyncRequest,
  { id: runId, whole }: { readonly id: string; readonly whole: Whole },
  lock: SyncLock,
): Promise<SyncOutcome> {
  const { db, trace = noTrace } = deps;
  const { now, today } = request;
  const reading = new Reading(deps.progress);
  const { refusedFiles } = reading;
  const counts = () => ({
    ...reading.counts(),
    ...summed(deps.roster.report(), deps.attendance.report()),
    ...(whole === 'absences' && { absencesReadWhole: 1 }),
  });
  const keep = request.dryRun !== true;
  const tried = async (wouldStop: string | null, all = counts(), evidence: readonly Evidence[] = []) => {
    await stopSyncRun(db, { id: runId, state: 'tried', reason: wouldStop, counts: all, evidence, now });
    return { kind: 'tried', runId, wouldStop, counts: all, refusedFiles } as const;
  };
  const stopped = async (
    kind: StoppedSync['kind'],
    reason: string,
    mayPass = false,
  ): Promise<SyncOutcome> => {
    if (kind === 'quarantined' && !keep) return tried(reason);
    await stopSyncRun(db, { id: runId, state: kind, reason, counts: counts(), now });
    return { kind, runId, reason, counts: counts(), refusedFiles, suspect: 'none', mayPass };
  };
  const heldBack = async (
    plan: RunPlan,
    reason: string,
    suspect: Suspect,
    evidence: readonly Evidence[] = [],
  ): Promise<SyncOutcome> => {
    if (!keep) return tried(reason, counts(), evidence);
    await quarantineRun(db, { id: runId, reason, counts: counts(), evidence, plan, now });
    return { kind: 'quarantined', runId, reason, counts: counts(), refusedFiles, suspect, mayPass: false };
  };
  try {
    const stage = await openStage(lock.client, runId);
    const inForce = await latestSchoolYear(db, today);
    const cursors = await readCursors(db);
    const read = await trace.span('sync read', { runId }, () =>
      readDistrict(deps, stage, reading, {
        after: {
          roster: whole === 'everything' ? null : cursors.roster,
          attendance: whole === 'nothing' ? cursors.attendance : null,
        },
        lastAttendance: cursors.attendance,
        chooseYear: (sessions) =>
          chooseSchoolYear(sessions, inForce, today, deps.termDays, (date) => hasAppliedSince(db, date)),
      }),
    );
    await recordProblems(db, runId, reading.problems);
    if (read.kind === 'refused') return await stopped('quarantined', read.reason);
    const term = deps.termDays(read.plan.schoolYear);
    const weighed = await weighSilence(db, read.plan, { runId, term, today });
    // Who follows a year from its first day has nothing to leave to the school.
    const plan: RunPlan = { ...weighed, needsBaseline: deps.baseline === 'mark' && today > term.firstDay };
    const doubt = reading.doubt(plan.roster === 'changes') ?? (await emptied(db, plan, counts()));
    const guards = { ...deps.guards, schoolDays: term.schoolDaysAfter(term.firstDay, today) };
    const run = { ...plan, id: runId, asOf: today, now, guards, holds: deps.holds };
    if (doubt !== null) return await heldBack(plan, doubt.reason, suspectOfDoubt(doubt));
    if (!(await lock.isHeld()))
      return await stopped('failed', 'the connection to the database was lost', true);
    try {
      const applied = await trace.span('sync apply', { runId }, () =>
        applyStage(db, run, counts(), { keep }),
      );
      return keep ? { kind: 'applied', runId, counts: applied, refusedFiles } : await tried(null, applied);
    } catch (error) {
      if (!(error instanceof RunStoppedError)) throw error;
      const { message: reason, evidence } = error;
      return await heldBack(plan, reason, suspectOfEvidence(evidence), evidence);
    }
  } catch (error) {
    const needed = wholeNeeded(error);
    if (needed !== null && WIDTH[needed] > WIDTH[whole]) {
      if (needed === 'everything') await markFull(db, runId);
      return readAndApply(deps, request, { id: runId, whole: needed }, lock);
    }
    if (isLocked(error)) {
      const reason = 'another session, perhaps a backup, keeps the database locked';
      return await stopped('failed', reason, true);
    }
    if (!isSisError(error)) {
      await stopped('failed', 'an unexpected error of the program');
      throw error;
    }
    const kind = error.kind ?? '';
    return stopped(BROKEN_DATA.has(kind) ? 'quarantined' : 'failed', error.message, MAY_PASS.has(kind));
  }
}

/** Kinds of errors of the SIS edge that mean: it came, and it is not what it should be. */
const BROKEN_DATA: ReadonlySet<string> = new Set(['protocol', 'incomplete', 'cut-off']);
/** Kinds that mean: nothing came, and a while later it may. */
const MAY_PASS: ReadonlySet<string> = new Set(['unreachable', 'busy', 'server-error']);

/** Missing data never reads as "nobody was absent": a collection that was there before cannot just be empty. */
async function emptied(db: Db, plan: RunPlan, counts: Record<string, number>): Promise<Doubt | null> {
  if (plan.phase === 'between') return null;
  const first = (await lastSyncRun(db, 'applied', 'full')) === null;
  if (first && (counts.schools === 0 || counts.students === 0)) {
    const reason = 'the first read found no schools or no students; the credentials may lack a permission';
    return { collection: 'students', reason };
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
    if (before > 0) {
      return { collection, reason: `${collection} came back empty; the last whole read had ${before}` };
    }
  }
  return plan.contacts === 'none' ? null : emptiedContacts(db, counts);
}

/** Contacts are not part of every full run. */
async function emptiedContacts(db: Db, counts: Record<string, number>): Promise<Doubt | null> {
  const before = (await lastCountOf(db, 'contacts')) ?? 0;
  if (before === 0 || counts.contacts !== 0) return null;
  const reason = `the contacts file has no rows that can be used; the last one had ${before}`;
  return { collection: 'contacts', reason };
}

/** Both sources tell how often they had to ask again. */
function summed(...reports: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of reports.flatMap((report) => Object.entries(report))) {
    sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

async function markFull(db: Db, runId: string): Promise<void> {
  await db.updateTable('sync_run').set({ kind: 'full' }).where('id', '=', runId).execute();
}

const WIDTH: Readonly<Record<Whole, number>> = { nothing: 0, absences: 1, everything: 2 };

/**
 * A server that cannot tell changes, or has lost them, and what only a whole read can tell apart.
 * @returns null: a whole read would not help
 */
function wholeNeeded(error: unknown): Whole | null {
  if (error instanceof NeedsWholeReadError) return error.of === 'roster' ? 'everything' : 'absences';
  return isSisError(error) && error.kind === 'no-changes' ? 'everything' : null;
}

/** Errors of the SIS edge are told in words that carry no payload; everything else is a defect of ours. */
function isSisError(error: unknown): error is Error & { readonly kind?: string } {
  return error instanceof Error && error.name === 'SisError';
}
