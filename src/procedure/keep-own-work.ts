import type { Block } from '../domain/ladder-facts.ts';
import type { Tx } from '../store/database.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import { closeTasks, openOrClosedFor, type Task } from '../store/tasks.ts';
import type { Assessment } from './assess.ts';
import { askForOwnWork } from './own-work.ts';
import type { Moment, Procedure } from './procedure.ts';
import { ownWork, stepTaskKey } from './step-tasks.ts';

const BLOCKED = 'blocked';

interface Assessed {
  readonly facts: StoredFacts;
  readonly assessment: Assessment;
}

/** A step whose letters or file the office sends by itself, and what stands in their way today. */
export interface OwnWorkStep {
  readonly step: string;
  readonly blocks: readonly Block[];
}

/**
 * What would keep a letter or a file of Rollcall's back keeps back those of the office: for as long as it stands
 * nobody is asked to send any, and then the office is asked again.
 * @returns the steps whose letters or file are left to the office, by student
 */
export async function keepOwnWork(
  tx: Tx,
  procedure: Procedure,
  assessed: readonly Assessed[],
  moment: Moment,
): Promise<ReadonlyMap<number, readonly OwnWorkStep[]>> {
  const kept = new Map<number, OwnWorkStep[]>();
  if (!procedure.calendarOf(null).inSession(moment.today)) return kept;
  const ofStudent = new Map(assessed.map((one) => [one.facts.studentId, one]));
  const tasks = await openOrClosedFor(tx, BLOCKED, {
    studentIds: [...ofStudent.keys()],
    schoolYear: procedure.schoolYear.id,
    kinds: Object.values(ownWork).map(({ kind }) => kind),
  });
  for (const task of tasks) {
    const one = ofStudent.get(task.studentId ?? 0);
    if (one === undefined || task.step === null) continue;
    const blocks = one.assessment.letterBlocks(task.step);
    await keep(tx, procedure, one, { ...task, step: task.step, blocks }, moment);
    const { studentId } = one.facts;
    kept.set(studentId, [...(kept.get(studentId) ?? []), { step: task.step, blocks }]);
  }
  return kept;
}

async function keep(
  tx: Tx,
  procedure: Procedure,
  assessed: Assessed,
  task: Task & OwnWorkStep,
  moment: Moment,
): Promise<void> {
  const { step, kind, state, blocks, detail } = task;
  const student = { studentId: assessed.facts.studentId, schoolYear: procedure.schoolYear.id };
  if (state === 'open') {
    if (blocks.length === 0) return;
    const keys = [stepTaskKey(kind, student, step)];
    await closeTasks(tx, { keys }, { reason: BLOCKED, on: moment.today, now: moment.now });
  } else if (blocks.length === 0 && stillAsked(assessed, step)) {
    const what = kind === ownWork.referral.kind ? 'referral' : 'letter';
    const { primarySchoolId: schoolId } = assessed.assessment;
    await askForOwnWork(tx, procedure, { ...student, step, what, schoolId, detail }, moment);
  }
}

/** Reached as before, still not by Rollcall's own hand, and not done in the meantime. */
function stillAsked({ facts, assessment: { evaluation } }: Assessed, step: string): boolean {
  if (evaluation.mode !== 'tasks' || facts.steps.some((one) => one.step === step && one.outside))
    return false;
  const verdict = evaluation.steps.find((one) => one.step === step);
  return (verdict?.state === 'owed' || verdict?.state === 'taken') && !verdict.superseded;
}
