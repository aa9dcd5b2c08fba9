import { sql } from 'kysely';
import { keepCalendars } from '../store/calendars.ts';
import type { Db, Tx } from '../store/database.ts';
import { countFailedEvaluation } from '../store/due-work.ts';
import { clearEvaluationDue } from '../store/evaluation-due.ts';
import { keepPolicy } from '../store/policies.ts';
import { loadFactsOf, type StoredFacts } from '../store/student-facts.ts';
import { tryLockStudents } from '../store/student-locks.ts';
import { applyActions } from './apply-actions.ts';
import { type Assessment, assess, type Look } from './assess.ts';
import { lookNow } from './baseline.ts';
import { keepBlockTasks } from './block-tasks.ts';
import { followContracts } from './follow-contracts.ts';
import { followPlaces } from './follow-places.ts';
import { keepOwnWork } from './keep-own-work.ts';
import type { Moment, Procedure } from './procedure.ts';
import { saveAssessed } from './save-assessed.ts';

export interface DecidedBatch {
  readonly decided: number;
  /** Students whom somebody else is deciding about right now; they stay due. */
  readonly busy: number;
  /** Stays due, and is decided about alone from now on. */
  readonly failed: readonly Failed[];
  /** Rows that the decisions have made and that now wait for their job. */
  readonly letters: readonly string[];
  readonly referrals: readonly string[];
}

interface Failed {
  readonly studentId: number;
  readonly error: unknown;
}

interface Assessed {
  readonly facts: StoredFacts;
  readonly assessment: Assessment;
}

/**
 * Decides about many students in one transaction, in a number of statements that does not grow with those for whom
 * nothing is to be done. One whose evaluation fails stops nobody else.
 */
export async function decideStudents(
  db: Db,
  procedure: Procedure,
  studentIds: readonly number[],
  moment: Moment,
): Promise<DecidedBatch> {
  return db.transaction().execute(async (tx) => {
    // Before any lock of a student: whoever else keeps the same version first is waited for with empty hands.
    await keepPolicy(tx, procedure.configuredPolicy, moment);
    await keepCalendars(tx, procedure.calendarVersion, procedure.calendars, moment.now);
    const locked = await tryLockStudents(tx, studentIds);
    // Before the facts are read: what becomes due from here on is not lost.
    await clearEvaluationDue(tx, locked);
    const facts = await loadFactsOf(tx, locked, procedure.schoolYear.id);
    const failed: Failed[] = [];
    const assessed = assessAll(facts, procedure, await lookNow(tx, procedure, moment), failed);
    const quiet = assessed.filter(isQuiet);
    await saveAssessed(tx, procedure, quiet, moment);
    await followPlaces(tx, procedure, quiet, moment);
    await followContracts(tx, procedure, quiet, moment);
    await followOwnWork(tx, procedure, quiet, moment);
    const made = { letters: [] as string[], referrals: [] as string[] };
    for (const one of assessed) {
      if (isQuiet(one)) continue;
      const acted = await actOn(tx, procedure, one, moment);
      if ('error' in acted) failed.push(acted);
      else {
        made.letters.push(...acted.letters);
        made.referrals.push(...acted.referrals);
      }
    }
    for (const { studentId } of failed) await countFailedEvaluation(tx, studentId, moment.now);
    return { decided: facts.size - failed.length, busy: studentIds.length - locked.length, failed, ...made };
  });
}

function assessAll(
  facts: ReadonlyMap<number, StoredFacts>,
  procedure: Procedure,
  look: Look,
  failed: Failed[],
): Assessed[] {
  return [...facts.values()].flatMap((one) => {
    try {
      return [{ facts: one, assessment: assess(one, procedure, look) }];
    } catch (error) {
      failed.push({ studentId: one.studentId, error });
      return [];
    }
  });
}

/** Nothing is to be done and no step waits: neither letters nor tasks of what blocks a step can be concerned. */
function isQuiet({ facts, assessment: { evaluation } }: Assessed): boolean {
  return (
    evaluation.actions.length === 0 &&
    !evaluation.steps.some((step) => step.state === 'owed') &&
    !facts.steps.some((step) => step.state === 'owed')
  );
}

/** What the office was asked to send by itself may have to wait, although no step of Rollcall's does. */
async function followOwnWork(
  tx: Tx,
  procedure: Procedure,
  quiet: readonly Assessed[],
  moment: Moment,
): Promise<void> {
  const ownWork = await keepOwnWork(tx, procedure, quiet, moment);
  for (const one of quiet) {
    const steps = ownWork.get(one.facts.studentId);
    if (steps !== undefined) await keepBlockTasks(tx, procedure, one, moment, steps);
  }
}

/** What fails for one student is taken back for this student alone. */
async function actOn(tx: Tx, procedure: Procedure, assessed: Assessed, moment: Moment) {
  const { studentId } = assessed.facts;
  await sql`savepoint student`.execute(tx);
  try {
    const evaluationIds = await saveAssessed(tx, procedure, [assessed], moment);
    const decision = { ...assessed, evaluationId: evaluationIds.get(studentId) ?? '' };
    return await applyActions(tx, procedure, decision, moment);
  } catch (error) {
    await sql`rollback to savepoint student`.execute(tx);
    return { studentId, error };
  } finally {
    await sql`release savepoint student`.execute(tx);
  }
}
